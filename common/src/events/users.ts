import { z } from 'zod';
import { Id } from '../id.js';
import { defineEvent } from './event.js';

/** Lifetime of a session's token, in seconds. */
export const sessionSeconds = 12 * 3_600;

/** A session that ended before its token expired. */
export type EndedSession = Readonly<{ sid: string; expiresAt: Date }>;

const user = { id: Id, version: z.int().min(0) };
const about = ({ id }: { id: string }) => id;

const ended = z.object({
  ...user,
  /** all sessions of the user that ended before their tokens expired, not only those of this change */
  sessions: z.array(z.object({ sid: z.string().min(1), expiresAt: z.iso.datetime() })),
});

export const SessionRevoked = defineEvent({
  type: 'session:revoked',
  source: 'auth',
  data: ended,
  about,
});

/** The account and its sessions are deleted. Each service decides what happens to its data about the user. */
export const UserDeleted = defineEvent({ type: 'user:deleted', source: 'auth', data: ended, about });

/** The languages of mails and pages. */
export const Locale = z.enum(['en', 'de']);
export type Locale = z.infer<typeof Locale>;

const profile = z.object({
  ...user,
  email: z.string(),
  emailVerified: z.boolean(),
  /** the name that others see */
  name: z.string().optional(),
  locale: Locale.optional(),
  /** IANA name, for example Europe/Berlin */
  timeZone: z.string().optional(),
});

export const UserCreated = defineEvent({ type: 'user:created', source: 'auth', data: profile, about });

/** The e-mail address, its verification or the profile changed. Holds the whole profile. */
export const UserUpdated = defineEvent({ type: 'user:updated', source: 'auth', data: profile, about });

/** The owner signed in from a network from which this account has not signed in lately. */
export const UserSignedIn = defineEvent({
  type: 'user:signed-in',
  source: 'auth',
  data: z.object({ ...user, at: z.iso.datetime(), device: z.string() }),
  about,
});

export const PasswordChanged = defineEvent({
  type: 'user:password-changed',
  source: 'auth',
  data: z.object({ ...user, at: z.iso.datetime(), by: z.enum(['owner', 'reset']) }),
  about,
});

/** The action that a link in a mail allows. */
export const LinkPurpose = z.enum([
  'verify-email',
  'reset-password',
  'confirm-old-email',
  'confirm-new-email',
]);
export type LinkPurpose = z.infer<typeof LinkPurpose>;

/**
 * Requests a mail with a link. The link's token is an HMAC of `link.id` and `link.purpose` by a key that auth and
 * notifications share, so a reader of the bus cannot make the token.
 */
export const LinkRequested = defineEvent({
  type: 'user:link-requested',
  source: 'auth',
  data: z.object({
    ...user,
    link: z.object({
      id: z.string().min(1),
      purpose: LinkPurpose,
      /** the address that gets the mail, which may not be that of the account yet */
      email: z.string(),
      /** the new address, in a mail that asks for confirmation of a change */
      newEmail: z.string().optional(),
      expiresAt: z.iso.datetime(),
    }),
  }),
  about,
});

/** The types of the events that hold personal data. What is stored of them is removed with the account. */
export const personalEvents: readonly string[] = [
  UserCreated,
  UserUpdated,
  UserSignedIn,
  PasswordChanged,
  LinkRequested,
].map(({ type }) => type);
