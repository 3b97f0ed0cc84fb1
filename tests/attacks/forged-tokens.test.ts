// Every service verifies tokens with this function. tokens.ts attacks the running system.

import { sessionKeys, verifyToken } from '@ticketing/common/http';
import { damaged, forgedTokens, signToken } from './forged-tokens.js';

const key = 'c0ffee'.repeat(11).slice(0, 64);
const keys = sessionKeys({ JWT_KEY: key });
const victim = { id: 'a'.repeat(24), email: 'ann@example.com' };

test('control: a hand-built token with the right key is accepted', () => {
  expect(verifyToken(signToken(victim, key), keys)).toMatchObject(victim);
});

test.each(forgedTokens(victim, key, 'http://127.0.0.1:9'))('a token $what is rejected', ({ token }) => {
  expect(verifyToken(token, keys)).toBeUndefined();
});

test('a token with any character changed, or truncated anywhere, is rejected', () => {
  const all = damaged(signToken(victim, key));
  expect(all.filter(({ token }) => verifyToken(token, keys)).map(({ what }) => what)).toEqual([]);
  expect(all.length).toBeGreaterThan(500);
});
