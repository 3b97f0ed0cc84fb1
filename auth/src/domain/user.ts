// An account with its sessions, and the only place where they are decided.
//
//   active ◄──block, unblock──► blocked        blocked has no sessions, and none begins
//      └──────remove──────► deleted            deleted is final: personal data is gone and the id is never reused
//
// Sessions are part of the account, so ending them and its event are one write. An ended session is kept until its token
// expires. Each event lists all ended sessions, so a consumer needs no earlier event.

import { accept, already, refuse, type Decision } from '@ticketing/common/decision';
import {
  sessionSeconds,
  SessionRevoked,
  UserDeleted,
  type DomainEvent,
  type EndedSession,
} from '@ticketing/common/events';

export type Session = Readonly<{ sid: string; startedAt: Date; expiresAt: Date; device: string }>;

type Common = Readonly<{
  id: string;
  version: number;
  /** In the order of their start. Accounts and tokens from older versions have none. */
  sessions?: readonly Session[] | undefined;
  /** Ended sessions whose tokens have not expired yet. */
  ended?: readonly EndedSession[] | undefined;
}>;

export type Account = Common &
  Readonly<{
    /** Absent in an account that was never blocked. */
    status?: 'active' | 'blocked';
    /** Trimmed, lower-case and unique. */
    email: string;
    passwordHash: string;
  }>;

/** `eraseAt` is the time to remove the account's events from the bus; absent once they are removed. */
export type User = Account | (Common & Readonly<{ status: 'deleted'; eraseAt?: Date | undefined }>);

/** Most open sessions of an account, and most ended sessions whose tokens have not expired. */
export type SessionLimits = Readonly<{ open: number; ended: number }>;

const deviceLength = 200;
// An event that was being published at the deletion has arrived by then.
const eraseAfterMs = 60_000;

/** `device` is the User-Agent of the client. */
export function beginSession(sid: string, device: string, now: Date): Session {
  const expiresAt = expiryOf(now);
  return { sid, startedAt: now, expiresAt, device: device.slice(0, deviceLength) };
}

/** The time when a token expires that was issued at `issuedAt`. */
export function expiryOf(issuedAt: Date): Date {
  return new Date(issuedAt.getTime() + sessionSeconds * 1_000);
}

/** Registers an account. `holder` is the account that has this e-mail address. */
export function register(
  applicant: Pick<Account, 'id' | 'email' | 'passwordHash'>,
  holder: Account | undefined,
  session: Session,
): Decision<Account, 'email-in-use'> {
  if (holder) return refuse('email-in-use');
  return accept({ ...applicant, sessions: [session], ended: [], version: 0 });
}

/**
 * Adds a session if `passwordHash`, which the password was verified against, is still the account's. Above the limit of
 * open sessions, the oldest one ends.
 */
export function addSession(
  user: User,
  passwordHash: string,
  session: Session,
  limits: SessionLimits,
): Decision<Account, 'invalid-credentials' | 'account-blocked' | 'too-many-sessions'> {
  // Only the owner learns that the account is blocked.
  if (!hasPasswordHash(user, passwordHash)) return refuse('invalid-credentials');
  if (user.status === 'blocked') return refuse('account-blocked');
  const { sessions, ended } = unexpiredSessions(user, session.startedAt);
  if (ended.length >= limits.ended) return refuse('too-many-sessions');
  const open = [...sessions, session];
  const oldest = open.slice(0, -limits.open);
  const change = { sessions: open.slice(-limits.open), ended: [...ended, ...oldest.map(endedSession)] };
  return update({ ...user, ...change }, { publishes: oldest.length > 0 });
}

/** Ends a session of this user, even an unlisted one that an older version began. */
export function signOut<U extends User>(user: U, own: EndedSession, now: Date): Decision<U> {
  const { sessions, ended } = unexpiredSessions(user, now);
  if (own.expiresAt <= now || ended.some(({ sid }) => sid === own.sid)) return already(user);
  const others = sessions.filter(({ sid }) => sid !== own.sid);
  return update({ ...user, sessions: others, ended: [...ended, own] });
}

/** Ends a listed session. */
export function endSession<U extends User>(user: U, sid: string, now: Date): Decision<U, 'not-found'> {
  const { sessions, ended } = unexpiredSessions(user, now);
  if (ended.some((session) => session.sid === sid)) return already(user);
  const session = sessions.find((open) => open.sid === sid);
  return session ? signOut(user, endedSession(session), now) : refuse('not-found');
}

/** Proof of ownership: the session, and the hash that the password was verified against. */
export type Owner = Readonly<{ passwordHash: string; session: EndedSession }>;

/** Sets a new password and ends all sessions, also the owner's. `session` becomes the only one. */
export function changePassword(
  user: User,
  owner: Owner,
  passwordHash: string,
  session: Session,
  limits: SessionLimits,
): Decision<Account, 'wrong-password' | 'account-blocked' | 'too-many-sessions'> {
  if (!hasPasswordHash(user, owner.passwordHash)) return refuse('wrong-password');
  if (user.status === 'blocked') return refuse('account-blocked');
  // Twice the limit of a sign-in: an account at that limit can still change its password.
  if (unexpiredSessions(user, session.startedAt).ended.length >= 2 * limits.ended)
    return refuse('too-many-sessions');
  const ended = endAllSessions(user, session.startedAt, owner.session);
  return update({ ...user, passwordHash, sessions: [session], ended });
}

/** The number of the user's paid tickets, and whether the user accepts that nobody can use them any more. */
type Tickets = Readonly<{ paid: number; isLossAccepted: boolean }>;

/** Erases the account. Its e-mail address is free at once. */
export function remove(
  user: User,
  owner: Owner,
  tickets: Tickets,
  now: Date,
): Decision<User, 'wrong-password' | 'account-blocked' | 'has-paid-tickets'> {
  if (!hasPasswordHash(user, owner.passwordHash)) return refuse('wrong-password');
  if (user.status === 'blocked') return refuse('account-blocked');
  if (tickets.paid > 0 && !tickets.isLossAccepted)
    return refuse('has-paid-tickets', { details: { paidTickets: tickets.paid } });
  const { id, version } = user;
  const ended = endAllSessions(user, now, owner.session);
  const eraseAt = new Date(now.getTime() + eraseAfterMs);
  return update({ id, version, status: 'deleted', sessions: [], ended, eraseAt });
}

/** Records that the events of a deleted account are removed from the bus. */
export function markErased(user: User): Decision<User> {
  if (user.status !== 'deleted' || !user.eraseAt) return already(user);
  return update({ ...user, eraseAt: undefined }, { publishes: false });
}

/** An operator blocks the account: all its sessions end, and no other begins. */
export function block(user: User, now: Date): Decision<User, 'not-found'> {
  if (user.status === 'deleted') return refuse('not-found');
  if (user.status === 'blocked') return already(user);
  const ended = endAllSessions(user, now);
  return update({ ...user, status: 'blocked', sessions: [], ended }, { publishes: ended.length > 0 });
}

/** An operator lets the owner of the account sign in again. */
export function unblock(user: User): Decision<User, 'not-found'> {
  if (user.status === 'deleted') return refuse('not-found');
  if (user.status !== 'blocked') return already(user);
  return update({ ...user, status: 'active' }, { publishes: false });
}

/** Open and ended sessions whose tokens have not expired. */
export function unexpiredSessions({ sessions = [], ended = [] }: User, now: Date) {
  const isUnexpired = ({ expiresAt }: EndedSession) => expiresAt > now;
  return { sessions: sessions.filter(isUnexpired), ended: ended.filter(isUnexpired) };
}

/** The event that lists the ended sessions; undefined if the account exists and has none. */
export function userEvent(user: User, now: Date): DomainEvent | undefined {
  const { ended } = unexpiredSessions(user, now);
  if (user.status === 'deleted') return UserDeleted(dataOf(user, ended));
  return ended.length > 0 ? SessionRevoked(dataOf(user, ended)) : undefined;
}

function hasPasswordHash(user: User, passwordHash: string): user is Account {
  return user.status !== 'deleted' && user.passwordHash === passwordHash;
}

const endedSession = ({ sid, expiresAt }: Session): EndedSession => ({ sid, expiresAt });

/** All sessions, and `own`, which an older version may have begun without listing it. */
function endAllSessions(user: User, now: Date, own?: EndedSession): readonly EndedSession[] {
  const { sessions, ended } = unexpiredSessions(user, now);
  const all = [...ended, ...sessions.map(endedSession)];
  return !own || all.some(({ sid }) => sid === own.sid) ? all : [...all, own];
}

function update<U extends User>(changed: U, { publishes } = { publishes: true }): Decision<U> {
  const next: U = { ...changed, version: changed.version + 1 };
  if (!publishes) return accept(next);
  const data = dataOf(next, next.ended ?? []);
  return accept(next, next.status === 'deleted' ? UserDeleted(data) : SessionRevoked(data));
}

function dataOf({ id, version }: User, ended: readonly EndedSession[]) {
  const sessions = ended.map(({ sid, expiresAt }) => ({ sid, expiresAt: expiresAt.toISOString() }));
  return { id, version, sessions };
}
