// The role of an account. A session's token carries it, so each change of the role ends all sessions: no token outlives it.

import { already, refuse, type Decision } from '@ticketing/common/decision';
import { sessionsRevoked, update, type Account, type User } from './account.js';
import { endAllSessions } from './sessions.js';

/** The account may use the back office from its next sign-in on. */
export function grantRole(user: User, now: Date): Decision<User, 'not-found'> {
  if (user.status === 'deleted') return refuse('not-found');
  return user.role === 'operator' ? already(user) : changeRole(user, 'operator', now);
}

/** The account may not use the back office any more. */
export function revokeRole(user: User, now: Date): Decision<User, 'not-found'> {
  if (user.status === 'deleted') return refuse('not-found');
  return user.role === undefined ? already(user) : changeRole(user, undefined, now);
}

function changeRole(account: Account, role: Account['role'], now: Date): Decision<User> {
  const ended = endAllSessions(account, now);
  const { status = 'active' } = account;
  const changed: User = { ...account, status, role, sessions: [], ended };
  return update(changed, ...(ended.length > 0 ? [sessionsRevoked] : []));
}

/** The detail of the history entry of a change of the role. */
export function roleChange(before: User | undefined, after: User): string | undefined {
  const [old, role] = [before, after].map((user) => (user && 'role' in user ? user.role : undefined));
  if (old === role || after.status === 'deleted') return undefined;
  return role === undefined ? 'is no operator any more' : 'is an operator';
}
