// The e-mail address of an account: its verification, and its change.
//
//   unverified ──verify──► verified
//
//   requestEmailChange ──► waits for both ──confirm at one──► waits for the other ──confirm──► changed, and verified

import { accept, already, refuse, type Decision } from '@ticketing/common/decision';
import { hasPasswordHash, sessionsRevoked, update, userUpdated, type Account, type User } from './account.js';
import { addLinks, linksExcept, unexpiredLinks, withOpenLink } from './links.js';
import { endAllSessions } from './sessions.js';
import type { Owner } from './user.js';

/** Asks for another mail with a link that verifies the address. */
export function requestVerification(user: User, linkId: string, now: Date): Decision<User> {
  if (user.status === 'deleted' || user.status === 'blocked' || user.emailVerified) return already(user);
  const link = { id: linkId, purpose: 'verify-email', email: user.email } as const;
  const { state, events } = addLinks({ ...user, version: user.version + 1 }, [link], now);
  return accept(state, ...events);
}

/** Verifies the address by a link that was sent there. */
export function verifyEmail(user: User, linkId: string, now: Date): Decision<Account, 'link-invalid'> {
  const found = withOpenLink(user, { id: linkId, purpose: 'verify-email' }, now);
  if (!found) return refuse('link-invalid');
  const { account } = found;
  const links = linksExcept(account, 'verify-email');
  return update({ ...account, emailVerified: true, links }, userUpdated);
}

/** The purposes of the two links that confirm a change of address. */
export const changePurposes = ['confirm-old-email', 'confirm-new-email'] as const;
type ChangePurpose = (typeof changePurposes)[number];
const otherPurpose = {
  'confirm-old-email': 'confirm-new-email',
  'confirm-new-email': 'confirm-old-email',
} as const;

type Requested = Readonly<{ newEmail: string; linkIds: Readonly<Record<'old' | 'new', string>> }>;

/**
 * Asks both addresses to confirm a change. It replaces an earlier one. Whether the new address has an account is not asked:
 * the unique index of addresses decides when the change takes effect.
 */
export function requestEmailChange(
  user: User,
  { passwordHash }: Pick<Owner, 'passwordHash'>,
  { newEmail, linkIds }: Requested,
  now: Date,
): Decision<Account, 'wrong-password' | 'account-blocked'> {
  if (!hasPasswordHash(user, passwordHash)) return refuse('wrong-password');
  if (user.status === 'blocked') return refuse('account-blocked');
  const links = linksExcept(user, ...changePurposes);
  const { state, events } = addLinks(
    { ...user, links, version: user.version + 1 },
    [
      { id: linkIds.old, purpose: 'confirm-old-email', email: user.email, newEmail },
      { id: linkIds.new, purpose: 'confirm-new-email', email: newEmail, newEmail },
    ],
    now,
  );
  return accept(state, ...events);
}

/**
 * Confirms a change at one address. The second confirmation changes the address and ends all sessions, because their tokens
 * name the old one.
 */
export function confirmEmailChange(
  user: User,
  link: Readonly<{ id: string; purpose: ChangePurpose }>,
  now: Date,
): Decision<Account, 'link-invalid' | 'account-blocked'> {
  const found = withOpenLink(user, link, now);
  if (!found) return refuse('link-invalid');
  const { account } = found;
  if (account.status === 'blocked') return refuse('account-blocked');
  const links = unexpiredLinks(account, now);
  const other = links.find(({ purpose }) => purpose === otherPurpose[link.purpose]);
  const { newEmail } = found.link;
  if (!other?.confirmed || newEmail === undefined)
    return update({
      ...account,
      links: links.map((each) => (each.id === link.id ? { ...each, confirmed: true } : each)),
    });
  const ended = endAllSessions(account, now);
  return update(
    // Every other link was sent to the old address.
    { ...account, email: newEmail, emailVerified: true, links: [], sessions: [], ended },
    userUpdated,
    ...(ended.length > 0 ? [sessionsRevoked] : []),
  );
}
