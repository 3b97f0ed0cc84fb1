// Checks a request's input and describes each fault in a sentence that is clear without its field.
//
// Messages in schemas are predicates: "must be at least 0.50 usd". The sentence adds the subject: "The price must …".

import { z } from 'zod';
import { InvalidInput, NotFound, type InputProblem } from '../errors.js';
import { predicateOf } from '../predicates.js';

/**
 * Parses a body or a query.
 * @throws InvalidInput with one problem per field
 */
export function parseInput(schema: z.ZodType, input: unknown): unknown {
  const result = schema.safeParse(input, { error: predicateOf });
  if (result.success) return result.data;
  throw new InvalidInput(result.error.issues.flatMap(problemsOf));
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

// A body of 100 kB has room for thousands of unknown fields. The answer names the first of them.
const maxUnknownFields = 20;

function problemsOf(issue: z.core.$ZodIssue): InputProblem[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.slice(0, maxUnknownFields).map((key) => {
      const field = [...issue.path, key].join('.');
      return { field, message: `The request has an unknown field: ${field}.` };
    });
  const field = issue.path.join('.');
  return [field === '' ? { message: `The request ${issue.message}.` } : problemWith(field, issue.message)];
}

// newPassword → new password; a path such as event.startsAt stays as it is.
function inWords(field: string): string {
  return /^[a-z]+([A-Z][a-z]+)*$/.test(field)
    ? field.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    : field;
}
