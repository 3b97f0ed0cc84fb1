import { z } from 'zod';
import { Id } from '../id.js';
import { defineEvent } from './event.js';

/** Seconds from the issue of a session's token to its expiry. */
export const sessionSeconds = 12 * 3_600;

/** A session that ended before its token expires. */
export type EndedSession = Readonly<{ sid: string; expiresAt: Date }>;

const data = z.object({
  id: Id,
  version: z.int().min(0),
  /** all of the user's sessions that were ended before their tokens expire, not only those of this change */
  sessions: z.array(z.object({ sid: z.string().min(1), expiresAt: z.iso.datetime() })),
});

export const SessionRevoked = defineEvent({
  type: 'session:revoked',
  source: 'auth',
  data,
  about: ({ id }) => id,
});

/** The account is gone, with all its sessions. Who has something of this user decides what becomes of it. */
export const UserDeleted = defineEvent({
  type: 'user:deleted',
  source: 'auth',
  data,
  about: ({ id }) => id,
});
