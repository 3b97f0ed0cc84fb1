import { z } from 'zod';

/**
 * Schema of a text of `least` to `most` characters. A character is a code point, as in JSON Schema: an emoji counts as
 * one, although its JavaScript string has a length of two.
 */
export const text = (least: number, most: number) => checked(z.string(), { least, most });

/**
 * Schema of one line of text that people read, of 1 to `most` characters. White space around it is removed and not
 * counted. Refuses what hides or reorders text: invisible lines, control characters and bidirectional overrides.
 */
export const trimmedText = (most: number) =>
  checked(z.string().trim(), { least: 1, most }, lineFault).meta({ pattern: String.raw`\S` });

type Fault = (value: string) => string | undefined;

function checked(
  schema: z.ZodString,
  { least, most }: Readonly<{ least: number; most: number }>,
  more: Fault = () => undefined,
) {
  const faultOf: Fault = (value) => {
    if (/\p{Surrogate}/u.test(value)) return 'must not contain an unpaired surrogate';
    const characters = Array.from(value).length;
    if (characters < least || most < characters) return `must have ${least} to ${most} characters`;
    return more(value);
  };
  return schema
    .superRefine((value, context) => {
      const message = faultOf(value);
      if (message !== undefined) context.addIssue({ code: 'custom', message, continue: false });
    })
    .meta({ minLength: least, maxLength: most });
}

const control = /[\p{Control}\p{Line_Separator}\p{Paragraph_Separator}\p{Noncharacter_Code_Point}]/u;
// The three direction marks stay: Arabic and Hebrew need them, and they reorder nothing beyond their neighbours.
const reordering = /(?![\u061C\u200E\u200F])\p{Bidi_Control}/u;
// Joiners and variation selectors are invisible, but emoji and Persian need them beside a visible character.
const visible =
  /(?![\p{Default_Ignorable_Code_Point}\u2800])[\p{Letter}\p{Number}\p{Punctuation}\p{Symbol}]/u;

function lineFault(value: string): string | undefined {
  if (control.test(value)) return 'must not contain control characters';
  if (reordering.test(value)) return 'must not contain characters that reorder text';
  if (!visible.test(value)) return 'must contain a visible character';
  return undefined;
}

// Intl also accepts names that are no IANA zones: offsets such as +01:00, which have no daylight saving time, and
// abbreviations such as BST, which means London for people and Dhaka for Intl.
const noZone =
  /^([^a-z].*|systemv\/.*|act|aet|agt|art|ast|bet|bst|cat|cnt|cst|ctt|eat|ect|iet|ist|jst|mit|net|nst|plt|pnt|prt|pst|sst|vst)$/i;

/** Schema of the IANA name of a time zone that this process knows. */
export const timeZoneName = z
  .string()
  .min(1, { abort: true })
  .max(100, { abort: true })
  .refine(isTimeZone, { error: 'must be an IANA time zone, for example Europe/Berlin', abort: true })
  .meta({ examples: ['Europe/Berlin'] });

function isTimeZone(name: string): boolean {
  try {
    return !noZone.test(name) && Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}
