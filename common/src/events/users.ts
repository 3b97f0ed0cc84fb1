import { z } from 'zod';
import { Id } from '../id.js';
import { defineEvent } from './event.js';

/** Lifetime of a session's token, in seconds. */
export const sessionSeconds = 12 * 3_600;

/** A session that ended before its token expired. */
export type EndedSession = Readonly<{ sid: string; expiresAt: Date }>;

const data = z.object({
  id: Id,
  version: z.int().min(0),
  /** all sessions of the user that ended before their tokens expired, not only those of this change */
  sessions: z.array(z.object({ sid: z.string().min(1), expiresAt: z.iso.datetime() })),
});

export const SessionRevoked = defineEvent({
  type: 'session:revoked',
  source: 'auth',
  data,
  about: ({ id }) => id,
});

/** The account and its sessions are deleted. Each service decides what happens to its data about the user. */
export const UserDeleted = defineEvent({
  type: 'user:deleted',
  source: 'auth',
  data,
  about: ({ id }) => id,
});
