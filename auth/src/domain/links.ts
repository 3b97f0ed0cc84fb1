// The links of an account: each allows one thing, once, until it expires. The holder of a link can read the mails of its
// address. Links are part of the account, so using one and its effect are one write.

import type { DomainEvent, LinkPurpose } from '@ticketing/common/events';
import { isOpen, linkRequested, type Account, type Link, type User } from './account.js';

export type NewLink = Pick<Link, 'id' | 'purpose' | 'email' | 'newEmail'>;

const validSeconds: Readonly<Record<LinkPurpose, number>> = {
  'verify-email': 24 * 3_600,
  'reset-password': 30 * 60,
  'confirm-old-email': 24 * 3_600,
  'confirm-new-email': 24 * 3_600,
};

/** Links of one purpose that are open at once. The limits on mails allow fewer in the time that a link is valid. */
const maxPerPurpose = 10;

/**
 * Adds links to the account and asks for their mails. Each event has a version of its own, because two events of one type
 * must differ: the account's version for the first one, one more for the next.
 */
export function addLinks(
  account: Account,
  added: readonly NewLink[],
  now: Date,
): Readonly<{ state: Account; events: readonly DomainEvent[] }> {
  const links = added.map((link, index) => ({
    ...link,
    expiresAt: new Date(now.getTime() + validSeconds[link.purpose] * 1_000),
    version: account.version + index,
  }));
  const state = {
    ...account,
    links: newest([...unexpiredLinks(account, now), ...links]),
    version: account.version + Math.max(0, links.length - 1),
  };
  return { state, events: links.map((link) => linkRequested(link)(state)) };
}

function newest(links: readonly Link[]): readonly Link[] {
  return links.filter(
    ({ purpose }, index) =>
      links.slice(index).filter((later) => later.purpose === purpose).length <= maxPerPurpose,
  );
}

export const unexpiredLinks = ({ links = [] }: Account, now: Date): readonly Link[] =>
  links.filter(({ expiresAt }) => expiresAt > now);

/** The account with an open link; undefined if the link has been used, has expired or has another purpose. */
export function withOpenLink(
  user: User,
  { id, purpose }: Pick<Link, 'id' | 'purpose'>,
  now: Date,
): Readonly<{ account: Account; link: Link }> | undefined {
  if (user.status === 'deleted') return undefined;
  const isWanted = (link: Link) => link.id === id && link.purpose === purpose && isOpen(link, now);
  const link = (user.links ?? []).find(isWanted);
  return link && { account: user, link };
}

/** The links of the account without those of these purposes. */
export const linksExcept = ({ links = [] }: Account, ...purposes: readonly LinkPurpose[]): readonly Link[] =>
  links.filter(({ purpose }) => !purposes.includes(purpose));
