// The session token: a JWT in the cookie `session` or in a bearer header. auth signs it; every service verifies it.

import { createSecretKey, randomUUID, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { z } from 'zod';
import { sessionSeconds } from '../events/users.js';
import { Id } from '../id.js';

/** A signed-in user and the session in use. */
export type User = Readonly<{
  id: string;
  email: string;
  /** The id of the session, by which it can be revoked. */
  sid: string;
  issuedAt: Date;
}>;

const issuer = 'ticketing';

const Claims = z.object({ sub: Id, email: z.string(), exp: z.number(), iat: z.number(), sid: z.string() });

// KeyObjects, because jsonwebtoken would try to parse a string as a public key at every call.
export type Keys = Readonly<{ signing: KeyObject; verifying: readonly KeyObject[] }>;

/** `JWT_KEY` signs and verifies. `JWT_KEY_PREVIOUS` only verifies, so a key can be rotated without ending sessions. */
export function sessionKeys(config: { JWT_KEY: string; JWT_KEY_PREVIOUS?: string | undefined }): Keys {
  const signing = createSecretKey(config.JWT_KEY, 'utf8');
  const previous = config.JWT_KEY_PREVIOUS;
  return {
    signing,
    verifying: previous === undefined ? [signing] : [signing, createSecretKey(previous, 'utf8')],
  };
}

/** Signs a token that is valid for `sessionSeconds`. Without `sid` and `issuedAt` it starts a new session. */
export function issueToken(
  { id, email, sid = randomUUID(), issuedAt = new Date() }: Pick<User, 'id' | 'email'> & Partial<User>,
  keys: Keys,
): string {
  const claims = { email, sid, iat: Math.floor(issuedAt.getTime() / 1_000) };
  const options = { algorithm: 'HS256', subject: id, issuer, expiresIn: sessionSeconds } as const;
  return jwt.sign(claims, keys.signing, options);
}

/** The user of a token; undefined if the token is forged, expired at `now`, of another issuer, or malformed. */
export function verifyToken(token: string, keys: Keys, now = new Date()): User | undefined {
  for (const key of keys.verifying) {
    const user = verify(token, key, now);
    if (user) return user;
  }
  return undefined;
}

function verify(token: string, key: KeyObject, now: Date): User | undefined {
  try {
    const clockTimestamp = Math.floor(now.getTime() / 1_000);
    const options = { algorithms: ['HS256' as const], issuer, clockTimestamp };
    const { sub, email, sid, iat } = Claims.parse(jwt.verify(token, key, options));
    return { id: sub, email, sid, issuedAt: new Date(iat * 1_000) };
  } catch {
    return undefined;
  }
}
