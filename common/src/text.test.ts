import { z } from 'zod';
import { text, trimmedText } from './text.js';

const emoji = '🎫';

test.each([
  ['a text that is too short is refused', text(2, 4), 'a', undefined],
  ['a text that is long enough is accepted', text(2, 4), 'ab', 'ab'],
  ['an emoji counts as one character', text(2, 4), emoji, undefined],
  ['four emojis count as four characters', text(2, 4), emoji.repeat(4), emoji.repeat(4)],
  ['five emojis count as five characters', text(2, 4), emoji.repeat(5), undefined],
  ['half of an emoji is refused', text(1, 4), emoji.slice(0, 1), undefined],
  ['white space around a text is kept', text(2, 4), ' ab ', ' ab '],
  ['white space around a trimmed text is removed', trimmedText(2), '  ab  ', 'ab'],
  ['only white space is refused', trimmedText(2), ' \t\n', undefined],
  ['a trimmed text that is too long is refused', trimmedText(2), 'abc', undefined],
])('%s', (_what, schema, input, output) => {
  const result = schema.safeParse(input);
  expect(result.success ? result.data : undefined).toBe(output);
});

// Written as escapes: an editor shows nothing of them.
const lines: [what: string, line: string, fault: string | undefined][] = [
  ['a family of joined emoji', '\u{1F469}\u200D\u{1F469}\u200D\u{1F467} day', undefined],
  ['an emoji with a variation selector', '\u2764\uFE0F', undefined],
  ['Persian with a non-joiner', '\u0646\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645', undefined],
  ['Hebrew with a direction mark', '\u05E9\u05DC\u05D5\u05DD (A)\u200F', undefined],
  ['Japanese', '\u6771\u4EAC\u30C9\u30FC\u30E0\u516C\u6F14', undefined],
  ['a decomposed accent', 'Cafe\u0301', undefined],
  ['a zero-width space', '\u200B', 'must contain a visible character'],
  ['joiners only', '\u200D\u200C\u2060', 'must contain a visible character'],
  ['an accent without a letter', '\u0301', 'must contain a visible character'],
  ['a Hangul filler', '\u3164', 'must contain a visible character'],
  ['a blank Braille pattern', '\u2800', 'must contain a visible character'],
  ['a direction mark only', '\u200F', 'must contain a visible character'],
  ['a null character', 'a\u0000b', 'must not contain control characters'],
  ['a line feed', 'a\nb', 'must not contain control characters'],
  ['an escape sequence', '\u001B[31mred', 'must not contain control characters'],
  ['a C1 control', 'a\u0085b', 'must not contain control characters'],
  ['a line separator', 'a\u2028b', 'must not contain control characters'],
  ['a noncharacter', 'a\uFFFEb', 'must not contain control characters'],
  ['a right-to-left override', '\u202Egnirts', 'must not contain characters that reorder text'],
  ['an embedding', 'a\u202Bb\u202C', 'must not contain characters that reorder text'],
  ['an isolate', 'a\u2067b\u2069', 'must not contain characters that reorder text'],
];
test.each(lines)('a line with %s: %j: %s', (_what, line, fault) => {
  const { error } = trimmedText(100).safeParse(line);
  expect(error?.issues.map(({ message }) => message)).toEqual(fault === undefined ? undefined : [fault]);
});

test('each fault of a text is one message', () => {
  for (const bad of ['', ' ', '\u0000', emoji.slice(0, 1), 'x'.repeat(9)])
    expect(
      trimmedText(3)
        .refine(() => false)
        .safeParse(bad).error?.issues,
    ).toHaveLength(1);
});

test('the lengths are part of the JSON Schema', () => {
  expect(z.toJSONSchema(text(2, 4), { io: 'input' })).toMatchObject({ minLength: 2, maxLength: 4 });
  expect(z.toJSONSchema(trimmedText(2), { io: 'input' })).toMatchObject({ minLength: 1, maxLength: 2 });
});
