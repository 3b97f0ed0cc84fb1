import { z } from 'zod';

/**
 * Schema of a text that a person enters, of `least` to `most` characters. A character is a code point, as in JSON Schema:
 * an emoji is one, where a JavaScript string would count two.
 */
export const text = (least: number, most: number) => lengthened(z.string(), least, most);

/** The same for a text whose outer white space does not count and is dropped; it has at least one character. */
export const trimmedText = (most: number) =>
  lengthened(z.string().trim(), 1, most).meta({ minLength: 1, maxLength: most, pattern: String.raw`\S` });

function lengthened(schema: z.ZodString, least: number, most: number) {
  const fits = (value: string) => {
    const characters = Array.from(value).length;
    return least <= characters && characters <= most;
  };
  return schema
    .refine((value) => !/\p{Surrogate}/u.test(value), 'must be whole characters')
    .refine(fits, `must have ${least} to ${most} characters`)
    .meta({ minLength: least, maxLength: most });
}
