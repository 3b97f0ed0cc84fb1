// The password of an account: changed by its owner, who knows it, or reset by a link in a mail.

import { accept, already, refuse, type Decision } from '@ticketing/common/decision';
import {
  hasPasswordHash,
  passwordChanged,
  sessionsRevoked,
  update,
  userUpdated,
  type Account,
  type Session,
  type User,
} from './account.js';
import { changePurposes } from './email.js';
import { addLinks, linksExcept, withOpenLink } from './links.js';
import { endAllSessions, unexpiredSessions, type SessionLimits } from './sessions.js';
import type { Owner } from './user.js';

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
  const now = session.startedAt;
  // Twice the limit of a sign-in: an account at that limit can still change its password.
  if (unexpiredSessions(user, now).ended.length >= 2 * limits.ended) return refuse('too-many-sessions');
  // An intruder with the old password may have asked for another address; a reader of the mails may hold a link.
  const links = linksExcept(user, 'reset-password', ...changePurposes);
  const passwordChange = { at: now, by: 'owner', version: user.version + 1 } as const;
  const ended = endAllSessions(user, now, owner.session);
  return update(
    { ...user, passwordHash, passwordChange, links, sessions: [session], ended },
    sessionsRevoked,
    passwordChanged(passwordChange),
  );
}

/** Asks for a mail with a link that resets the password. The owner of a blocked account gets none. */
export function requestReset(user: User, linkId: string, now: Date): Decision<User> {
  if (user.status === 'deleted' || user.status === 'blocked') return already(user);
  const link = { id: linkId, purpose: 'reset-password', email: user.email } as const;
  const { state, events } = addLinks({ ...user, version: user.version + 1 }, [link], now);
  return accept(state, ...events);
}

/**
 * Sets a new password by a link, and ends all sessions and links: an attacker may have begun them before the owner took the
 * account back (https://arxiv.org/abs/2205.10174). The link came by mail, so the address is verified.
 */
export function resetPassword(
  user: User,
  linkId: string,
  passwordHash: string,
  now: Date,
): Decision<Account, 'link-invalid' | 'account-blocked'> {
  const found = withOpenLink(user, { id: linkId, purpose: 'reset-password' }, now);
  if (!found) return refuse('link-invalid');
  const { account } = found;
  if (account.status === 'blocked') return refuse('account-blocked');
  const passwordChange = { at: now, by: 'reset', version: account.version + 1 } as const;
  const ended = endAllSessions(account, now);
  return update(
    { ...account, passwordHash, passwordChange, emailVerified: true, links: [], sessions: [], ended },
    passwordChanged(passwordChange),
    ...(ended.length > 0 ? [sessionsRevoked] : []),
    ...(account.emailVerified ? [] : [userUpdated]),
  );
}
