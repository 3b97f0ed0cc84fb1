// An account with its sessions, and the only place where they are decided.
//
//   account ──remove──► deleted        deleted is final: nothing of the person is left, and the id is not used again
//
// The sessions are part of the account, so that whatever ends them is one write with its event. What was ended is kept
// until its token expires, and each event tells all of it: nobody needs an earlier event.

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
  /** in the order they began; accounts of older versions, and tokens that these issued, are in none */
  sessions?: readonly Session[] | undefined;
  /** whose tokens have not expired yet */
  ended?: readonly EndedSession[] | undefined;
}>;

export type Account = Common &
  Readonly<{
    status?: never;
    /** trimmed and lower-cased; one account has it */
    email: string;
    passwordHash: string;
  }>;

export type User = Account | (Common & Readonly<{ status: 'deleted' }>);

/** How many sessions of an account may be open at once, and how many may have been ended before their tokens expire. */
export type SessionLimits = Readonly<{ open: number; ended: number }>;

const deviceLength = 200;

/** `device` is what the client calls itself. */
export function beginSession(sid: string, device: string, now: Date): Session {
  const expiresAt = endOf(now);
  return { sid, startedAt: now, expiresAt, device: device.slice(0, deviceLength) };
}

/** When a token that was issued at this time expires. */
export function endOf(issuedAt: Date): Date {
  return new Date(issuedAt.getTime() + sessionSeconds * 1_000);
}

/** `holder` is who has this e-mail address already. */
export function register(
  applicant: Pick<Account, 'id' | 'email' | 'passwordHash'>,
  holder: Account | undefined,
  session: Session,
): Decision<Account, 'email-in-use'> {
  if (holder) return refuse('email-in-use');
  return accept({ ...applicant, sessions: [session], ended: [], version: 0 });
}

/**
 * Begins a session for whose password fits `passwordHash`: if that is still the account's. Beyond as many as may be open,
 * the oldest ends.
 */
export function addSession(
  user: User,
  passwordHash: string,
  session: Session,
  limits: SessionLimits,
): Decision<Account, 'invalid-credentials' | 'too-many-sessions'> {
  if (!isTheirs(user, passwordHash)) return refuse('invalid-credentials');
  const { sessions, ended } = known(user, session.startedAt);
  if (ended.length >= limits.ended) return refuse('too-many-sessions');
  const open = [...sessions, session];
  const beyond = open.slice(0, -limits.open);
  const change = { sessions: open.slice(-limits.open), ended: [...ended, ...beyond.map(ending)] };
  return next({ ...user, ...change }, beyond.length > 0);
}

/** Ends a session of this user, also one that is not listed because an older version began it. */
export function signOut<U extends User>(user: U, ending: EndedSession, now: Date): Decision<U> {
  const { sessions, ended } = known(user, now);
  if (ending.expiresAt <= now || ended.some(({ sid }) => sid === ending.sid)) return already(user);
  const others = sessions.filter(({ sid }) => sid !== ending.sid);
  return next({ ...user, sessions: others, ended: [...ended, ending] }, true);
}

/** Ends one of those that are listed. */
export function endSession<U extends User>(user: U, sid: string, now: Date): Decision<U, 'not-found'> {
  const { sessions, ended } = known(user, now);
  if (ended.some((session) => session.sid === sid)) return already(user);
  const session = sessions.find((open) => open.sid === sid);
  return session ? signOut(user, ending(session), now) : refuse('not-found');
}

/** Who proves to be the owner: by a session, and by a password that fits `passwordHash`. */
export type Owner = Readonly<{ passwordHash: string; session: EndedSession }>;

/** Sets another password and ends all sessions, the owner's own too: `session` is the only one from now on. */
export function changePassword(
  user: User,
  owner: Owner,
  passwordHash: string,
  session: Session,
  limits: SessionLimits,
): Decision<Account, 'wrong-password' | 'too-many-sessions'> {
  if (!isTheirs(user, owner.passwordHash)) return refuse('wrong-password');
  // More than at a sign-in, so that who signs in all the time can still do this.
  if (known(user, session.startedAt).ended.length >= 2 * limits.ended) return refuse('too-many-sessions');
  const ended = withAllEnded(user, owner.session, session.startedAt);
  return next({ ...user, passwordHash, sessions: [session], ended }, true);
}

/** Forgets the person. The address may be used for another account at once. */
export function remove(user: User, owner: Owner, now: Date): Decision<User, 'wrong-password'> {
  if (!isTheirs(user, owner.passwordHash)) return refuse('wrong-password');
  const { id, version } = user;
  const ended = withAllEnded(user, owner.session, now);
  return next({ id, version, status: 'deleted', sessions: [], ended }, true);
}

/** Sessions that are open, and those that were ended, as long as their tokens have not expired. */
export function known({ sessions = [], ended = [] }: User, now: Date) {
  const isRunning = ({ expiresAt }: EndedSession) => expiresAt > now;
  return { sessions: sessions.filter(isRunning), ended: ended.filter(isRunning) };
}

/** The event that says which sessions are ended, if any is or the account is gone. */
export function userEvent(user: User, now: Date): DomainEvent | undefined {
  const ended = known(user, now).ended;
  if (user.status === 'deleted') return UserDeleted(dataOf(user, ended));
  return ended.length > 0 ? SessionRevoked(dataOf(user, ended)) : undefined;
}

function isTheirs(user: User, passwordHash: string): user is Account {
  return user.status !== 'deleted' && user.passwordHash === passwordHash;
}

const ending = ({ sid, expiresAt }: Session): EndedSession => ({ sid, expiresAt });

function withAllEnded(user: User, own: EndedSession, now: Date): readonly EndedSession[] {
  const { sessions, ended } = known(user, now);
  const all = [...ended, ...sessions.map(ending)];
  return all.some(({ sid }) => sid === own.sid) ? all : [...all, own];
}

function next<U extends User>(user: U, tells: boolean): Decision<U> {
  const after: U = { ...user, version: user.version + 1 };
  if (!tells) return accept(after);
  const data = dataOf(after, after.ended ?? []);
  return accept(after, after.status === 'deleted' ? UserDeleted(data) : SessionRevoked(data));
}

function dataOf({ id, version }: User, ended: readonly EndedSession[]) {
  const sessions = ended.map(({ sid, expiresAt }) => ({ sid, expiresAt: expiresAt.toISOString() }));
  return { id, version, sessions };
}
