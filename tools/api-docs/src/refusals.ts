// The error responses of an operation: declared refusals, and those of the checks that run before the use case.

import type { RefusalTable, Route } from '@ticketing/common/http';
import type { Json } from './schemas.js';

type Code = Readonly<{ code: string; status: number; message: string; field?: string }>;

/** All error codes of the route, ordered by status. */
export function refusalsOf({ method, endpoint: { declaration } }: Route, table: RefusalTable): Code[] {
  const { user, params, body, rawBody, idempotent, refusals = [] } = declaration;
  const hasBody = body !== undefined || rawBody === true;
  const named = [
    'too-many-requests',
    ...(user === 'required' ? ['not-signed-in'] : []),
    ...(method === 'get' ? [] : ['cross-origin']),
    ...(params ? ['not-found'] : []),
    ...(hasBody ? ['request-timeout', 'body-too-large'] : []),
    ...(hasBody ? ['unsupported-media-type'] : []),
    ...(idempotent ? ['request-in-flight', 'idempotency-key-reused'] : []),
    ...refusals,
  ];
  const always: Code[] = [
    // Applies to every route: a route without declared input still rejects unknown query parameters.
    {
      code: 'invalid-input',
      status: 400,
      message: 'A part of the input is missing or invalid.',
      ...firstField(declaration),
    },
    ...(hasBody ? [{ code: 'invalid-json', status: 400, message: 'The body is not valid JSON.' }] : []),
    { code: 'internal-error', status: 500, message: 'An unexpected error occurred.' },
    { code: 'unavailable', status: 503, message: 'The service is unavailable. Try again.' },
  ];
  const declared = [...new Set(named)].map((code) => ({ code, status: 500, message: '', ...table[code] }));
  return [...always, ...declared].sort((a, b) => a.status - b.status);
}

function firstField({ body, query }: Route['endpoint']['declaration']): { field?: string } {
  const { shape = {} } = (body ?? query ?? {}) as { shape?: object };
  const [field] = Object.keys(shape);
  return field === undefined ? {} : { field };
}

/** The response of one status: the schema with its codes, and an example for each code. */
export function refusalAnswer(codes: readonly Code[], headers: Json): Json {
  return {
    description: codes.map(({ message }) => message).join(' '),
    headers,
    content: {
      'application/json': {
        schema: problemsSchema(codes.map(({ code }) => code)),
        examples: Object.fromEntries(
          codes.map(({ code, message, field }) => [
            code,
            { summary: message, value: { errors: [{ code, ...(field && { field }), message }] } },
          ]),
        ),
      },
    },
  };
}

const problemsSchema = (codes: readonly string[]): Json => ({
  type: 'object',
  properties: {
    errors: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        properties: {
          code: { type: 'string', enum: codes, description: 'The error code, for programs.' },
          message: { type: 'string', description: 'A sentence for people; may change.' },
          field: { type: 'string', description: 'The path of the invalid input field.' },
        },
        required: ['code', 'message'],
        additionalProperties: false,
      },
    },
  },
  required: ['errors'],
  additionalProperties: false,
});
