// How an operation may refuse: what its declaration says, and what follows from it by the checks that stand before.

import type { RefusalTable, Route } from '@ticketing/common/http';
import type { Json } from './schemas.js';

type Code = Readonly<{ code: string; status: number; message: string; field?: string }>;

/** Every code that the route may answer. */
export function refusalsOf({ method, endpoint: { declaration } }: Route, table: RefusalTable): Code[] {
  const { user, params, body, rawBody, idempotent, refusals = [] } = declaration;
  const reads = body !== undefined || rawBody === true;
  const named = [
    'too-many-requests',
    ...(user === 'required' ? ['not-signed-in'] : []),
    ...(method === 'get' ? [] : ['cross-origin']),
    ...(params ? ['not-found'] : []),
    ...(reads ? ['body-too-large'] : []),
    ...(reads ? ['unsupported-media-type'] : []),
    ...(idempotent ? ['request-in-flight', 'idempotency-key-reused'] : []),
    ...refusals,
  ];
  const always: Code[] = [
    // Without a query of its own a route refuses every parameter.
    { code: 'invalid-input', status: 400, message: 'Invalid input', ...firstField(declaration) },
    ...(reads ? [{ code: 'invalid-json', status: 400, message: 'The body is not valid JSON.' }] : []),
    { code: 'internal-error', status: 500, message: 'Something went wrong on our side.' },
    { code: 'unavailable', status: 503, message: 'Not possible at the moment. Try again.' },
  ];
  const declared = [...new Set(named)].map((code) => ({ code, status: 500, message: '', ...table[code] }));
  return [...always, ...declared].sort((a, b) => a.status - b.status);
}

function firstField({ body, query }: Route['endpoint']['declaration']): { field?: string } {
  const { shape = {} } = (body ?? query ?? {}) as { shape?: object };
  const [field] = Object.keys(shape);
  return field === undefined ? {} : { field };
}

/** The answer of one status, with its codes and an example of each. */
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
          code: { type: 'string', enum: codes, description: 'what programs decide by' },
          message: { type: 'string', description: 'for people; may change' },
          field: { type: 'string', description: 'of the input, by its path' },
        },
        required: ['code', 'message'],
        additionalProperties: false,
      },
    },
  },
  required: ['errors'],
  additionalProperties: false,
});
