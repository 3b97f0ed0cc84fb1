// Converts the zod schemas of the declarations to JSON Schema. A schema with an `id` in its meta becomes a component.

import { z } from 'zod';

export type Json = { [key: string]: unknown };

type Direction = 'input' | 'output';

export type Schemas = Readonly<{
  /** the named schemas that `of` has converted so far */
  components: Record<string, Json>;
  /** @throws Error when two different schemas have the same name */
  of(schema: z.ZodType, direction: Direction): Json;
}>;

export function createSchemas(): Schemas {
  const components: Record<string, Json> = {};

  function of(schema: z.ZodType, direction: Direction): Json {
    // Wrapped in an object, so that a named schema becomes a reference even at the top level.
    const { properties, $defs = {} } = withComponentRefs(
      z.toJSONSchema(z.object({ it: schema }), { io: direction, override: simplify }),
    );
    for (const [name, { id: _, ...component }] of Object.entries($defs as Record<string, Json>)) {
      const known = components[name];
      if (known && JSON.stringify(known) !== JSON.stringify(component))
        throw new Error(`Two different schemas have the name ${name}.`);
      components[name] = component;
    }
    return (properties as { it: Json }).it;
  }
  return { components, of };
}

/** The names of the fields of a body or query. */
export function fieldsOf(schema: z.ZodType | undefined): string[] {
  const { properties = {} } = schema ? z.toJSONSchema(schema, { io: 'input' }) : {};
  return Object.keys(properties);
}

const withComponentRefs = (schema: object) =>
  JSON.parse(JSON.stringify(schema).replaceAll('#/$defs/', '#/components/schemas/')) as Json;

// Removes detail that zod adds and readers do not need: JavaScript's integer bounds, calendar patterns.
function simplify({ jsonSchema: json }: { jsonSchema: { [key: string]: unknown } }): void {
  if (json['maximum'] === Number.MAX_SAFE_INTEGER) delete json['maximum'];
  if (json['minimum'] === Number.MIN_SAFE_INTEGER) delete json['minimum'];
  // A union in the meta replaces the type.
  if (json['anyOf'] !== undefined) delete json['type'];
  if (json['format'] === 'date-time')
    json['pattern'] = String(json['pattern']).includes('[+-]') ? String.raw`(Z|[+-]\d{2}:\d{2})$` : 'Z$';
}
