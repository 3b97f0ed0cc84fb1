// The error responses of an operation: declared refusals, and those of the checks that run before the use case.

import type { RefusalTable, Route } from '@ticketing/common/http';
import { z } from 'zod';
import { exampleOf } from './examples.js';
import { fieldsOf, type Json, type Schemas } from './schemas.js';

export type Code = RefusalTable[string] & Readonly<{ code: string; field?: string }>;

/** All error codes of the route, ordered by status. */
export function refusalsOf({ method, endpoint: { declaration } }: Route, table: RefusalTable): Code[] {
  const { user, params, body, rawBody, idempotent, streams, refusals = [] } = declaration;
  const hasBody = body !== undefined || rawBody === true;
  const named = [
    'too-many-requests',
    ...(streams ? ['too-many-streams'] : []),
    ...(user === 'required' || user === 'operator' ? ['not-signed-in'] : []),
    ...(user === 'operator' ? ['not-an-operator'] : []),
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
  const [field] = fieldsOf(body ?? query);
  return field === undefined ? {} : { field };
}

/** The response of one status: the schema with its codes, and an example for each code. */
export function refusalAnswer(codes: readonly Code[], headers: Json, schemas: Schemas): Json {
  const described = codes.map(({ details = z.object({}), ...code }) => ({
    ...code,
    details: schemas.of(details, 'output'),
  }));
  return {
    description: codes.map(({ message }) => message).join(' '),
    headers,
    content: {
      'application/json': {
        schema: { $ref: '#/components/schemas/ErrorResponse' },
        'x-narrowSchema': problemsSchema(described),
        examples: Object.fromEntries(
          described.map(({ code, message, field, details }) => {
            const more = exampleOf(details, code, schemas) as Json;
            const error = { code, ...(field && { field }), message, ...more };
            return [code, { summary: message, value: { errors: [error] } }];
          }),
        ),
      },
    },
  };
}

/** The schemas that every error refers to. `Problem` has the fields of all details. */
export function errorSchemas(codes: readonly Code[], schemas: Schemas): Record<string, Json> {
  const described = codes.flatMap(({ details }) => (details ? [schemas.of(details, 'output')] : []));
  const details = Object.assign({}, ...described.map((schema) => schema['properties'])) as Json;
  return {
    ErrorResponse: {
      type: 'object',
      description: 'The body of every 4xx and 5xx response.',
      properties: {
        errors: { type: 'array', minItems: 1, items: { $ref: '#/components/schemas/Problem' } },
      },
      required: ['errors'],
      examples: [{ errors: [anExample] }],
    },
    Problem: {
      type: 'object',
      description: 'Why a request was refused. Some codes have further fields.',
      properties: { ...problemFields, ...details },
      required: ['code', 'message'],
      examples: [anExample],
    },
  };
}

const anExample = { code: 'invalid-input', field: 'title', message: 'The title is missing.' };

const problemFields = {
  code: { type: 'string', description: 'The error code, for programs.' },
  message: { type: 'string', description: 'A sentence for people; may change.' },
  field: { type: 'string', description: 'The path of the invalid input field.' },
};

// The codes and details of this response. Generators of code need one schema for all errors; the types of
// `@ticketing/client` and the checks of answers read this one.
const problemsSchema = (codes: readonly Readonly<{ code: string; details: Json }>[]): Json => ({
  type: 'object',
  properties: {
    errors: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        properties: {
          ...problemFields,
          code: { ...problemFields.code, enum: codes.map(({ code }) => code) },
          ...Object.assign({}, ...codes.map(({ details }) => details['properties'])),
        },
        required: ['code', 'message'],
        additionalProperties: false,
      },
    },
  },
  required: ['errors'],
  additionalProperties: false,
});
