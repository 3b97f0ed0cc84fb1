// Checks a request's input and describes each fault in a sentence that is clear without its field.
//
// Messages in schemas are predicates: "must be at least 0.50 usd". The sentence adds the subject: "The price must …".

import { z } from 'zod';
import { InvalidInput, NotFound, type InputProblem } from '../errors.js';

/**
 * Parses a body or a query.
 * @throws InvalidInput with one problem per field
 */
export function parseInput(schema: z.ZodType, input: unknown): unknown {
  const result = schema.safeParse(input, { error: predicateOf });
  if (result.success) return result.data;
  throw new InvalidInput(result.error.issues.map(problemOf));
}

/**
 * Parses path parameters.
 * @throws NotFound if they do not match: no entity has such an id
 */
export function parsePath(schema: z.ZodType | undefined, input: unknown): unknown {
  const result = schema?.safeParse(input);
  if (result?.success === false) throw new NotFound('path');
  return result?.data;
}

/** One fault of a field. `predicate` continues the sentence "The <field> …". */
export function problemWith(field: string, predicate: string): InputProblem {
  return { field, message: `The ${inWords(field)} ${predicate}.` };
}

function problemOf(issue: z.core.$ZodIssue): InputProblem {
  if (issue.code === 'unrecognized_keys') {
    const field = issue.keys.join(', ');
    return { field, message: `The request has unknown fields: ${field}.` };
  }
  const field = issue.path.join('.');
  return field === '' ? { message: `The request ${issue.message}.` } : problemWith(field, issue.message);
}

// newPassword → new password; a path such as event.startsAt stays as it is.
function inWords(field: string): string {
  return /^[a-z]+([A-Z][a-z]+)*$/.test(field)
    ? field.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    : field;
}

type Issue = Parameters<z.core.$ZodErrorMap>[0];

/** Replaces zod's own message of a built-in check. Messages of schemas take precedence. */
function predicateOf(issue: Issue): string {
  switch (issue.code) {
    case 'unrecognized_keys':
    case 'invalid_key':
    case 'invalid_element':
    case 'not_multiple_of':
    case 'custom':
      return 'must match the API description';
    case 'invalid_type':
      return issue.input === undefined
        ? 'is missing'
        : `must be ${typeNames[issue.expected] ?? issue.expected}`;
    case 'too_small':
      return issue.origin === 'string' ? 'must not be empty' : `must be at least ${issue.minimum}`;
    case 'too_big':
      return issue.origin === 'string'
        ? `must have at most ${issue.maximum} characters`
        : `must be at most ${issue.maximum}`;
    case 'invalid_format':
      return formats[issue.format] ?? 'must have the documented format';
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}`;
    case 'invalid_union':
      return issue.input === undefined ? 'is missing' : 'must have a documented type';
  }
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
};

const formats: Readonly<Record<string, string>> = {
  email: 'must be an e-mail address, for example name@example.com',
  datetime: 'must be a time in UTC, for example 2026-06-01T12:00:00Z',
  uuid: 'must be a UUID',
  url: 'must be a URL',
};
