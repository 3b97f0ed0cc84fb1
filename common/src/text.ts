import { z } from 'zod';

/**
 * Schema of a text of `least` to `most` characters. A character is a code point, as in JSON Schema: an emoji counts as
 * one, although its JavaScript string has a length of two.
 */
export const text = (least: number, most: number) => withLength(z.string(), least, most);

/** Schema of a text of 1 to `most` characters. White space around it is removed and not counted. */
export const trimmedText = (most: number) =>
  withLength(z.string().trim(), 1, most).meta({ minLength: 1, maxLength: most, pattern: String.raw`\S` });

function withLength(schema: z.ZodString, least: number, most: number) {
  const hasLength = (value: string) => {
    const characters = Array.from(value).length;
    return least <= characters && characters <= most;
  };
  return schema
    .refine((value) => !/\p{Surrogate}/u.test(value), 'must not contain half of a character')
    .refine(hasLength, `must have ${least} to ${most} characters`)
    .meta({ minLength: least, maxLength: most });
}
