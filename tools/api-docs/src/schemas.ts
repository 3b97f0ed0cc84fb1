// JSON Schemas of the API description, made from the zod schemas that the routes are declared with. A schema that has an
// `id` in its meta becomes a component, told once.

import { z } from 'zod';

export type Json = { [key: string]: unknown };

type Way = 'input' | 'output';

export type Schemas = Readonly<{
  /** the schemas that have a name, as they have been met */
  components: Record<string, Json>;
  of(schema: z.ZodType, way: Way): Json;
}>;

export function createSchemas(): Schemas {
  const components: Record<string, Json> = {};

  function of(schema: z.ZodType, way: Way): Json {
    // Inside of another one, so that a schema with a name is a reference also when it stands alone.
    const { properties, $defs = {} } = pointed(
      z.toJSONSchema(z.object({ it: schema }), { io: way, override: plainer }),
    );
    for (const [name, { id: _, ...component }] of Object.entries($defs as Record<string, Json>)) {
      const known = components[name];
      if (known && JSON.stringify(known) !== JSON.stringify(component))
        throw new Error(`two schemas are called ${name}`);
      components[name] = component;
    }
    return (properties as { it: Json }).it;
  }
  return { components, of };
}

const pointed = (schema: object) =>
  JSON.parse(JSON.stringify(schema).replaceAll('#/$defs/', '#/components/schemas/')) as Json;

// What zod adds to be exact and a reader does not need: the bounds of JavaScript's integers, the calendar as a pattern.
function plainer({ jsonSchema: json }: { jsonSchema: { [key: string]: unknown } }): void {
  if (json['maximum'] === Number.MAX_SAFE_INTEGER) delete json['maximum'];
  if (json['minimum'] === Number.MIN_SAFE_INTEGER) delete json['minimum'];
  // A union that its meta tells better.
  if (json['anyOf'] !== undefined) delete json['type'];
  if (json['format'] === 'date-time') json['pattern'] = 'Z$';
}
