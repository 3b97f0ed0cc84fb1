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

test('the lengths are part of the JSON Schema', () => {
  expect(z.toJSONSchema(text(2, 4), { io: 'input' })).toMatchObject({ minLength: 2, maxLength: 4 });
  expect(z.toJSONSchema(trimmedText(2), { io: 'input' })).toMatchObject({ minLength: 1, maxLength: 2 });
});
