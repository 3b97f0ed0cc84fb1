// Who is asking: a JWT, in the cookie `session` or as a bearer token. Signed by auth, checked by every service alone.

import { createSecretKey, randomUUID, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { z } from 'zod';
import { sessionSeconds } from '../events/users.js';
import { Id } from '../id.js';

/** Who is signed in, and by which of their sessions. */
export type User = Readonly<{
  id: string;
  email: string;
  /** of the session, which may be revoked before it expires */
  sid: string;
  issuedAt: Date;
}>;

const issuer = 'ticketing';

const Claims = z.object({ sub: Id, email: z.string(), exp: z.number(), iat: z.number(), sid: z.string() });

// A KeyObject and not the text: with a text, jsonwebtoken tries to read a public key from it at every call.
export type Keys = Readonly<{ signing: KeyObject; verifying: readonly KeyObject[] }>;

/** `JWT_KEY` signs and verifies; `JWT_KEY_PREVIOUS` only verifies, so that a key can be replaced without signing all out. */
export function sessionKeys(config: { JWT_KEY: string; JWT_KEY_PREVIOUS?: string | undefined }): Keys {
  const signing = createSecretKey(config.JWT_KEY, 'utf8');
  const previous = config.JWT_KEY_PREVIOUS;
  return {
    signing,
    verifying: previous === undefined ? [signing] : [signing, createSecretKey(previous, 'utf8')],
  };
}

/** A token that says for twelve hours who its bearer is; without `sid` and `issuedAt`, by a new session that begins now. */
export function issueToken(
  { id, email, sid = randomUUID(), issuedAt = new Date() }: Pick<User, 'id' | 'email'> & Partial<User>,
  keys: Keys,
): string {
  const claims = { email, sid, iat: Math.floor(issuedAt.getTime() / 1_000) };
  const options = { algorithm: 'HS256', subject: id, issuer, expiresIn: sessionSeconds } as const;
  return jwt.sign(claims, keys.signing, options);
}

/** Whose token this is; undefined when it is forged, expired, not ours, or not a token. */
export function verifyToken(token: string, keys: Keys): User | undefined {
  for (const key of keys.verifying) {
    const user = verify(token, key);
    if (user) return user;
  }
  return undefined;
}

function verify(token: string, key: KeyObject): User | undefined {
  try {
    const { sub, email, sid, iat } = Claims.parse(jwt.verify(token, key, { algorithms: ['HS256'], issuer }));
    return { id: sub, email, sid, issuedAt: new Date(iat * 1_000) };
  } catch {
    return undefined;
  }
}
