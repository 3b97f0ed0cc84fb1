// Messages for built-in checks of zod. Each is a predicate that continues "The <field> …" or "<VARIABLE> …".

import type { z } from 'zod';

type Issue = Parameters<z.core.$ZodErrorMap>[0];

/** The predicate for a built-in check of zod. The message of a schema takes precedence. */
export function predicateOf(issue: Issue): string {
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
  datetime: 'must be a time with its offset from UTC, for example 2026-06-01T12:00:00Z',
  uuid: 'must be a UUID',
  url: 'must be a URL',
};
