// A body with an unknown field is refused, at every depth: an ignored field would change what the client asked for.

import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';

/**
 * The paths of the objects in a schema that accept unknown fields; the schema itself is `body`.
 * @param schema of a request body
 */
export function openObjectsIn(schema: z.ZodType): string[] {
  return [...openObjects(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), 'body')];
}

function* openObjects(schema: unknown, path: string): Generator<string> {
  if (typeof schema !== 'object' || schema === null) return;
  const { type, additionalProperties = {} } = schema as { type?: unknown; additionalProperties?: unknown };
  if (type === 'object' && acceptsAnything(additionalProperties)) yield path;
  for (const [keyword, inner] of Object.entries(schema))
    yield* openObjects(inner, keyword === 'properties' ? path : `${path}.${keyword}`);
}

const acceptsAnything = (schema: unknown) => schema === true || isDeepStrictEqual(schema, {});
