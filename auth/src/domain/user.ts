// The life of an account, and the only place where it is decided.
//
//   active ◄──block, unblock──► blocked        blocked has no sessions, and none begins
//      └──────remove──────► deleted            deleted is final: personal data is gone and the id is never reused

import { accept, already, refuse, type Decision } from '@ticketing/common/decision';
import type { EndedSession } from '@ticketing/common/events';
import {
  hasPasswordHash,
  sessionsRevoked,
  update,
  userCreated,
  userDeleted,
  type Account,
  type Session,
  type User,
} from './account.js';
import { addLinks, type NewLink } from './links.js';
import { endAllSessions } from './sessions.js';

type Applicant = Pick<Account, 'id' | 'email' | 'passwordHash'>;
/** The first session, and the link that verifies the address; both may be left out. */
type First = Readonly<{ session?: Session | undefined; link?: NewLink | undefined }>;

/** Registers an account. `holder` is the account that has this e-mail address. */
export function register(
  applicant: Applicant,
  holder: Account | undefined,
  { session, link }: First,
  now: Date,
): Decision<Account, 'email-in-use'> {
  if (holder) return refuse('email-in-use');
  const account: Account = { ...applicant, sessions: session ? [session] : [], ended: [], version: 0 };
  const { state, events } = addLinks(account, link ? [link] : [], now);
  return accept(state, userCreated(state), ...events);
}

/** Proof of ownership: the session, and the hash that the password was verified against. */
export type Owner = Readonly<{ passwordHash: string; session: EndedSession }>;

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
  return update<User>({ id, version, status: 'deleted', sessions: [], ended }, userDeleted);
}

/** An operator blocks the account: all its sessions end, and no other begins. */
export function block(user: User, now: Date): Decision<User, 'not-found'> {
  if (user.status === 'deleted') return refuse('not-found');
  if (user.status === 'blocked') return already(user);
  const ended = endAllSessions(user, now);
  const blocked: User = { ...user, status: 'blocked', sessions: [], ended };
  return update(blocked, ...(ended.length > 0 ? [sessionsRevoked] : []));
}

/** An operator lets the owner of the account sign in again. */
export function unblock(user: User): Decision<User, 'not-found'> {
  if (user.status === 'deleted') return refuse('not-found');
  if (user.status !== 'blocked') return already(user);
  return update<User>({ ...user, status: 'active' });
}
