import { isFinal } from './final-answer.js';

test.each([
  [409, 'refund-too-large', true],
  [409, 'request-in-flight', false],
  [400, 'invalid-input', true],
  [401, 'not-signed-in', false],
  [408, 'body-too-slow', false],
  [429, 'too-many-requests', false],
  [500, 'internal-error', false],
  [503, 'unavailable', false],
])('an answer %i %s is final: %s', (status, code, expected) => {
  expect(isFinal({ status, code })).toBe(expected);
});
