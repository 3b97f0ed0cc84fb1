// Each service believes a token by this one function; attacks on the running system are in tokens.ts.

import { sessionKeys, verifyToken } from '@ticketing/common/http';
import { damaged, forgedTokens, madeByHand } from './forged-tokens.js';

const key = 'c0ffee'.repeat(11).slice(0, 64);
const keys = sessionKeys({ JWT_KEY: key });
const victim = { id: 'a'.repeat(24), email: 'ann@example.com' };

test('a token made by hand with the key is believed, so that the refusals below mean something', () => {
  expect(verifyToken(madeByHand(victim, key), keys)).toMatchObject(victim);
});

test.each(forgedTokens(victim, key, 'http://127.0.0.1:9'))('a token $what is nobody', ({ token }) => {
  expect(verifyToken(token, keys)).toBeUndefined();
});

test('a token with one character changed, or cut off, anywhere, is nobody', () => {
  const all = damaged(madeByHand(victim, key));
  expect(all.filter(({ token }) => verifyToken(token, keys)).map(({ what }) => what)).toEqual([]);
  expect(all.length).toBeGreaterThan(500);
});
