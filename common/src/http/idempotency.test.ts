import { InvalidInput } from '../errors.js';
import { isFinal, keyIn } from './idempotency.js';

describe('an Idempotency-Key', () => {
  test.each([
    ['"8e03978e-40d5-43dd-bc93-6894a57f9324"', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    ['8e03978e-40d5-43dd-bc93-6894a57f9324', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    [String.raw`"say \"it\" \\ once"`, String.raw`say "it" \ once`],
    ['"with a space, and a comma"', 'with a space, and a comma'],
    [`"${'k'.repeat(255)}"`, 'k'.repeat(255)],
  ])('%s is read', (header, key) => {
    expect(keyIn(header)).toBe(key);
  });

  test('need not be there', () => {
    expect(keyIn(undefined)).toBeUndefined();
  });

  test.each([
    '',
    '""',
    ' ',
    'two words',
    'one, two',
    '"open',
    'inner"quote',
    '"a", "b"',
    '"ü"',
    'ü',
    '"tab\t"',
    'k'.repeat(256),
    `"${'k'.repeat(256)}"`,
  ])('%j is refused', (header) => {
    expect(() => keyIn(header)).toThrow(InvalidInput);
  });
});

test.each([
  [200, true],
  [201, true],
  [202, false],
  [204, true],
  [400, true],
  [401, false],
  [402, true],
  [403, true],
  [404, true],
  [409, true],
  [429, false],
  [500, false],
  [503, false],
])('an answer %i is kept: %s', (status, kept) => {
  expect(isFinal(status)).toBe(kept);
});
