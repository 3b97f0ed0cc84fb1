// The sessions of an account. They are part of it, so ending them and its event are one write. An ended session is kept until
// its token expires. Each event lists all ended sessions, so a consumer needs no earlier event.

import { already, refuse, type Decision } from '@ticketing/common/decision';
import { sessionSeconds, type EndedSession } from '@ticketing/common/events';
import {
  hasPasswordHash,
  sessionsRevoked,
  signedIn,
  update,
  type Account,
  type Session,
  type User,
} from './account.js';
import { unexpiredLinks } from './links.js';

/** Most open sessions of an account, and most ended sessions whose tokens have not expired. */
export type SessionLimits = Readonly<{ open: number; ended: number }>;

const deviceLength = 200;

/** `device` is the User-Agent of the client. */
export function beginSession(sid: string, device: string, now: Date): Session {
  const expiresAt = expiryOf(now);
  return { sid, startedAt: now, expiresAt, device: device.slice(0, deviceLength) };
}

/** The time when a token expires that was issued at `issuedAt`. */
export function expiryOf(issuedAt: Date): Date {
  return new Date(issuedAt.getTime() + sessionSeconds * 1_000);
}

/** The facts that decide on a sign-in, besides the account and the password. */
type SignIn = Readonly<{
  session: Session;
  limits: SessionLimits;
  /** Has this account not signed in from this network lately? */
  isNewNetwork?: boolean;
  needsVerifiedEmail?: boolean;
}>;

/**
 * Adds a session if `passwordHash`, which the password was verified against, is still the account's. Above the limit of
 * open sessions, the oldest one ends.
 */
export function addSession(
  user: User,
  passwordHash: string,
  { session, limits, isNewNetwork, needsVerifiedEmail }: SignIn,
): Decision<Account, 'invalid-credentials' | 'account-blocked' | 'email-not-verified' | 'too-many-sessions'> {
  // Only the owner learns that the account is blocked or not verified.
  if (!hasPasswordHash(user, passwordHash)) return refuse('invalid-credentials');
  if (user.status === 'blocked') return refuse('account-blocked');
  if (needsVerifiedEmail && !user.emailVerified) return refuse('email-not-verified');
  const { sessions, ended } = unexpiredSessions(user, session.startedAt);
  if (ended.length >= limits.ended) return refuse('too-many-sessions');
  const open = [...sessions, session];
  const oldest = open.slice(0, -limits.open);
  const change = {
    sessions: open.slice(-limits.open),
    ended: [...ended, ...oldest.map(endedSession)],
    // An expired link may name the address of somebody else.
    links: unexpiredLinks(user, session.startedAt),
  };
  const revoked = oldest.length > 0 ? [sessionsRevoked] : [];
  if (!isNewNetwork) return update({ ...user, ...change }, ...revoked);
  const newNetwork = { at: session.startedAt, device: session.device, version: user.version + 1 };
  return update({ ...user, ...change, newNetwork }, ...revoked, signedIn(newNetwork));
}

/** Ends a session of this user, even an unlisted one that an older version began. */
export function signOut<U extends User>(user: U, own: EndedSession, now: Date): Decision<U> {
  const { sessions, ended } = unexpiredSessions(user, now);
  if (own.expiresAt <= now || ended.some(({ sid }) => sid === own.sid)) return already(user);
  const others = sessions.filter(({ sid }) => sid !== own.sid);
  const all = { sessions: others, ended: [...ended, own] };
  return update({ ...user, ...all }, sessionsRevoked);
}

/** Ends a listed session. */
export function endSession<U extends User>(user: U, sid: string, now: Date): Decision<U, 'not-found'> {
  const { sessions, ended } = unexpiredSessions(user, now);
  if (ended.some((session) => session.sid === sid)) return already(user);
  const session = sessions.find((open) => open.sid === sid);
  return session ? signOut(user, endedSession(session), now) : refuse('not-found');
}

/** Open and ended sessions whose tokens have not expired. */
export function unexpiredSessions({ sessions = [], ended = [] }: User, now: Date) {
  const isUnexpired = ({ expiresAt }: EndedSession) => expiresAt > now;
  return { sessions: sessions.filter(isUnexpired), ended: ended.filter(isUnexpired) };
}

const endedSession = ({ sid, expiresAt }: Session): EndedSession => ({ sid, expiresAt });

/** All sessions as ended ones, and `own`, which an older version may have begun without listing it. */
export function endAllSessions(user: User, now: Date, own?: EndedSession): readonly EndedSession[] {
  const { sessions, ended } = unexpiredSessions(user, now);
  const all = [...ended, ...sessions.map(endedSession)];
  return !own || all.some(({ sid }) => sid === own.sid) ? all : [...all, own];
}
