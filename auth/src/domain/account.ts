// An account as auth stores it, and the events that describe it. The other files of this folder decide its changes.

import { accept, type Decision } from '@ticketing/common/decision';
import {
  LinkRequested,
  PasswordChanged,
  SessionRevoked,
  UserCreated,
  UserDeleted,
  UserSignedIn,
  UserUpdated,
  type DomainEvent,
  type EndedSession,
  type LinkPurpose,
  type Locale,
} from '@ticketing/common/events';

export type Session = Readonly<{ sid: string; startedAt: Date; expiresAt: Date; device: string }>;

/** A link in a mail. Its token is not stored (common/http/account-links.ts). A used link is removed or `confirmed`. */
export type Link = Readonly<{
  id: string;
  purpose: LinkPurpose;
  /** The address that gets the mail. */
  email: string;
  /** The new address, if the link confirms a change of address. */
  newEmail?: string;
  /** The link has been used, and the change waits for the link at the other address. */
  confirmed?: true;
  expiresAt: Date;
  /** The version of the event that asked for the mail. */
  version: number;
}>;

export type Profile = Readonly<{
  name?: string | undefined;
  locale?: Locale | undefined;
  /** IANA name. */
  timeZone?: string | undefined;
}>;

type Common = Readonly<{
  id: string;
  version: number;
  /** In the order of their start. Sessions that an earlier release began are not listed. */
  sessions?: readonly Session[] | undefined;
  /** Ended sessions whose tokens have not expired yet. */
  ended?: readonly EndedSession[] | undefined;
}>;

export type Account = Common &
  Readonly<{
    /** Absent in an account that was never blocked and never had a role. */
    status?: 'active' | 'blocked';
    role?: 'operator' | undefined;
    /** Trimmed, lower-case and unique. */
    email: string;
    /** Absent: not verified. */
    emailVerified?: boolean;
    passwordHash: string;
    profile?: Profile | undefined;
    links?: readonly Link[] | undefined;
    /** The last change of the password, and the last sign-in from a new network: their events can be published again. */
    passwordChange?: Readonly<{ at: Date; by: 'owner' | 'reset'; version: number }>;
    newNetwork?: Readonly<{ at: Date; device: string; version: number }>;
  }>;

/** `eraseAt` is the time to remove the account's events from the bus; absent once they are removed. */
export type User = Account | (Common & Readonly<{ status: 'deleted'; eraseAt?: Date | undefined }>);

export function hasPasswordHash(user: User, passwordHash: string): user is Account {
  return user.status !== 'deleted' && user.passwordHash === passwordHash;
}

export type EventOf<U extends User> = (user: U) => DomainEvent;

/** Accepts a change of the user, whose version it raises, with the events of the changed user. */
export function update<U extends User>(changed: U, ...events: readonly EventOf<U>[]): Decision<U> {
  const next: U = { ...changed, version: changed.version + 1 };
  return accept(next, ...events.map((eventOf) => eventOf(next)));
}

/** All ended sessions whose tokens have not expired. */
export const sessionsRevoked = (user: User): DomainEvent => SessionRevoked(sessionData(user));
export const userDeleted = (user: User): DomainEvent => UserDeleted(sessionData(user));
export const userCreated = (account: Account): DomainEvent => UserCreated(profileData(account));
export const userUpdated = (account: Account): DomainEvent => UserUpdated(profileData(account));

export const passwordChanged =
  ({ at, by, version }: NonNullable<Account['passwordChange']>) =>
  ({ id }: Account): DomainEvent =>
    PasswordChanged({ id, version, at: at.toISOString(), by });

export const signedIn =
  ({ at, device, version }: NonNullable<Account['newNetwork']>) =>
  ({ id }: Account): DomainEvent =>
    UserSignedIn({ id, version, at: at.toISOString(), device });

export const linkRequested =
  ({ version, expiresAt, confirmed: _confirmed, ...link }: Link) =>
  ({ id }: Account): DomainEvent =>
    LinkRequested({ id, version, link: { ...link, expiresAt: expiresAt.toISOString() } });

/** Can the link still be used? */
export const isOpen = ({ confirmed, expiresAt }: Link, now: Date): boolean => !confirmed && expiresAt > now;

/** Older notices are not published again: their mails come too late to help. */
const noticeSeconds = 24 * 3_600;

/** The events that together carry the whole state of a user, to be published again. */
export function userEvents(user: User, now: Date): readonly DomainEvent[] {
  const current = { ...user, ended: (user.ended ?? []).filter(({ expiresAt }) => expiresAt > now) };
  if (current.status === 'deleted') return [userDeleted(current)];
  const { passwordChange, newNetwork, links = [] } = current;
  const isRecent = ({ at }: { at: Date }) => at.getTime() > now.getTime() - noticeSeconds * 1_000;
  return [
    userUpdated(current),
    ...(current.ended.length > 0 ? [sessionsRevoked(current)] : []),
    ...(passwordChange && isRecent(passwordChange) ? [passwordChanged(passwordChange)(current)] : []),
    ...(newNetwork && isRecent(newNetwork) ? [signedIn(newNetwork)(current)] : []),
    ...links.filter((link) => isOpen(link, now)).map((link) => linkRequested(link)(current)),
  ];
}

function sessionData({ id, version, ended = [] }: User) {
  const sessions = ended.map(({ sid, expiresAt }) => ({ sid, expiresAt: expiresAt.toISOString() }));
  return { id, version, sessions };
}

function profileData({ id, version, email, emailVerified = false, profile }: Account) {
  return { id, version, email, emailVerified, ...profile };
}
