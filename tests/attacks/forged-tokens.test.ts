// Every service verifies tokens with this function. tokens.ts attacks the running system.

import { createPrivateKey } from 'node:crypto';
import { issueToken, sessionKeys, verifyToken } from '@ticketing/common/http';
import { sessionKeyPair } from '@ticketing/common/testing';
import fc from 'fast-check';
import { forgedEs256Tokens, keysWithin } from './forged-es256-tokens.js';
import {
  claimsOf,
  damaged,
  forgedTokens,
  sign,
  signToken,
  type EcKey,
  type SigningKey,
} from './forged-tokens.js';

const JWT_KEY = 'c0ffee'.repeat(11).slice(0, 64);
const pair = sessionKeyPair();
const { JWT_PUBLIC_KEYS } = pair;
const kid = sessionKeys(pair).signing?.keyid ?? '';
const ecKey: EcKey = { privateKey: createPrivateKey(pair.JWT_PRIVATE_KEY), kid };
const removed = sessionKeyPair();
const victim = { id: 'a'.repeat(24), email: 'ann@example.com' };
const nowhere = 'http://127.0.0.1:9';

const forged = [
  ...forgedTokens(victim, JWT_KEY, nowhere),
  ...forgedEs256Tokens(victim, ecKey, nowhere),
  { what: 'by a removed key', token: issueToken(victim, sessionKeys(removed)) },
];
const byHs256 = { what: 'by the shared key', token: signToken(victim, JWT_KEY) };
const byEs256 = { what: 'by the key of auth', token: signToken(victim, ecKey) };

type Mode = readonly [name: string, keys: ReturnType<typeof sessionKeys>, accepted: string[]];
const modes: readonly Mode[] = [
  ['the shared key', sessionKeys({ JWT_KEY }), [byHs256.what]],
  ['public keys', sessionKeys({ JWT_PUBLIC_KEYS }), [byEs256.what]],
  ['both, during the change', sessionKeys({ JWT_KEY, JWT_PUBLIC_KEYS }), [byHs256.what, byEs256.what]],
];

describe.each(modes)('a service with %s', (_mode, keys, accepted) => {
  const acceptedOf = (all: readonly { what: string; token: string }[]) =>
    all.filter(({ token }) => verifyToken(token, keys)).map(({ what }) => what);

  test('control: accepts hand-built tokens of its keys, and of no others', () => {
    expect(acceptedOf([byHs256, byEs256])).toEqual(accepted);
  });

  test.each(forged)('rejects a token $what', ({ token }) => {
    expect(verifyToken(token, keys)).toBeUndefined();
  });

  test('rejects a token with any character changed, or truncated anywhere', () => {
    for (const { token } of [byHs256, byEs256]) {
      expect(acceptedOf(damaged(token))).toEqual([]);
      expect(damaged(token).length).toBeGreaterThan(500);
    }
  });

  test('rejects the same when the valid tokens are in its cache', () => {
    acceptedOf([byHs256, byEs256]);
    expect(acceptedOf([...forged, ...damaged(byHs256.token), ...damaged(byEs256.token)])).toEqual([]);
  });
});

describe('a service that has only public keys', () => {
  const own = sessionKeys({ JWT_PUBLIC_KEYS: JWT_PUBLIC_KEYS + sessionKeyPair().JWT_PUBLIC_KEYS });
  const signers = keysWithin(own.publicKeys);
  const kids = [...own.publicKeys.keys(), undefined, 'mine'];
  const algs = ['ES256', 'HS256', 'none', 'ES384'];
  const header = fc.record({
    alg: fc.constantFrom(...algs),
    typ: fc.constant('JWT'),
    kid: fc.constantFrom(...kids),
  });
  const tokensOf = (keys: readonly SigningKey[]) =>
    fc
      .tuple(header, fc.constantFrom(...keys), fc.constantFrom('sha256', 'sha384', 'sha512'))
      .map(([head, key, hash]) => sign(head, claimsOf(victim), key, hash));
  const rejectedByAnother = (keys: readonly SigningKey[]) =>
    fc.property(tokensOf(keys), (token) =>
      modes.slice(1).every(([, another]) => verifyToken(token, another) === undefined),
    );

  test('cannot make a token that another accepts', () => {
    fc.assert(rejectedByAnother(signers), { numRuns: 1_000 });
    expect(() => issueToken(victim, own)).toThrow('no key that signs');
  });

  test('control: with the private key it could', () => {
    expect(fc.check(rejectedByAnother([ecKey]), { numRuns: 2_000 }).failed).toBe(true);
  });

  test('control: with the shared key it could while both are accepted', () => {
    expect(fc.check(rejectedByAnother([JWT_KEY]), { numRuns: 2_000 }).failed).toBe(true);
  });
});
