// The session token: a JWT in the cookie `session` or in a bearer header. auth signs it; every service verifies it.

import { randomUUID, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { z } from 'zod';
import { sessionSeconds } from '../events/users.js';
import { Id } from '../id.js';
import type { Keys } from './session-keys.js';

/** A right beyond buying and selling: to see and repair stored data in the back office. */
export const Role = z.literal('operator');
export type Role = z.infer<typeof Role>;

/** A signed-in user and the session in use. */
export type User = Readonly<{
  id: string;
  email: string;
  /** The id of the session, by which it can be revoked. */
  sid: string;
  issuedAt: Date;
  /** Auth ends all sessions of an account when its role changes, so a session that is not revoked has the present one. */
  role?: Role | undefined;
}>;

const issuer = 'ticketing';

/** A token may come from a process whose clock is ahead by this much. Beyond it, a token would outlast its session. */
const clockLeewaySeconds = 15 * 60;

const Claims = z
  .object({
    sub: Id,
    email: z.string(),
    exp: z.int(),
    iat: z.int(),
    sid: z.string(),
    // A role of a later release means nothing here.
    role: Role.optional().catch(undefined),
  })
  .refine(({ exp, iat }) => exp - iat <= sessionSeconds);

/**
 * Signs a token that is valid for `sessionSeconds`. Without `sid` and `issuedAt` it starts a new session.
 * @throws Error in a service that has only public keys
 */
export function issueToken(
  { id, email, role, sid = randomUUID(), issuedAt = new Date() }: Pick<User, 'id' | 'email'> & Partial<User>,
  { signing }: Keys,
): string {
  if (!signing) throw new Error('This service has no key that signs sessions.');
  const { key, ...algorithm } = signing;
  const claims = { email, sid, ...(role && { role }), iat: Math.floor(issuedAt.getTime() / 1_000) };
  return jwt.sign(claims, key, { ...algorithm, subject: id, issuer, expiresIn: sessionSeconds });
}

/**
 * The user of a token; undefined if the token is forged, expired at `now`, of another issuer, or malformed. Verified tokens
 * are cached: a signature of ES256 costs as much as the rest of a cheap request.
 */
export function verifyToken(token: string, keys: Keys, now = new Date()): User | undefined {
  const known = keys.verified.get(token);
  const { user, expiresAt } = known ?? verifyByKeys(token, keys, now) ?? {};
  if (!user || expiresAt === undefined || expiresAt <= now.getTime()) return undefined;
  if (!known) keys.verified.set(token, { user, expiresAt });
  return user;
}

type Verified = Readonly<{ user: User; expiresAt: number }>;

// The kind of a key decides its algorithm, so that no token can have a public key taken for a secret.
function verifyByKeys(token: string, { secrets, publicKeys }: Keys, now: Date): Verified | undefined {
  const { alg, kid } = publicKeys.size > 0 ? headerOf(token) : {};
  if (alg === 'ES256') {
    const key = typeof kid === 'string' ? publicKeys.get(kid) : undefined;
    return key && isCanonical(token) ? verify(token, key, 'ES256', now) : undefined;
  }
  for (const secret of secrets) {
    const verified = verify(token, secret, 'HS256', now);
    if (verified) return verified;
  }
  return undefined;
}

function headerOf(token: string): { alg?: unknown; kid?: unknown } {
  try {
    const [header = ''] = token.split('.', 1);
    return JSON.parse(Buffer.from(header, 'base64url').toString()) ?? {};
  } catch {
    return {};
  }
}

// The last letter of a signature has unused bits, which decoding ignores: 16 spellings of one token.
function isCanonical(token: string): boolean {
  const signature = token.slice(token.lastIndexOf('.') + 1);
  return Buffer.from(signature, 'base64url').toString('base64url') === signature;
}

function verify(
  token: string,
  key: KeyObject,
  algorithm: 'HS256' | 'ES256',
  now: Date,
): Verified | undefined {
  const clockTimestamp = Math.floor(now.getTime() / 1_000);
  try {
    const claims = jwt.verify(token, key, { algorithms: [algorithm], issuer, clockTimestamp });
    const { sub: id, email, sid, iat, exp, role } = Claims.parse(claims);
    if (iat > clockTimestamp + clockLeewaySeconds) return undefined;
    const user = { id, email, sid, issuedAt: new Date(iat * 1_000), ...(role && { role }) };
    return { user, expiresAt: exp * 1_000 };
  } catch {
    return undefined;
  }
}
