import {
  backupOf,
  deadLettersIn,
  knownBrokerIn,
  openDatabase,
  revokedSessionsIn,
  sessionKeys,
  type Platform,
} from '@ticketing/common';
import type { Config } from './config.js';
import { atFullStep } from './full-steps.js';
import { openPasswords } from './passwords.js';
import { openSignInLimits } from './sign-in-limits.js';
import { openUsers } from './storage.js';
import { createTurns } from './turns.js';

export type AuthContext = ReturnType<typeof openContext>;

export function openContext(platform: Platform<Config>) {
  const { config, now, newId } = platform;
  const database = openDatabase(platform);
  const revokedSessions = revokedSessionsIn(database);
  const users = openUsers(database, platform);
  const hashing = createTurns({
    atOnce: config.HASHING_CONCURRENCY,
    queue: config.HASHING_QUEUE,
    patienceMs: config.REQUEST_TIMEOUT_MS,
  });

  return {
    config,
    now,
    newId,
    users,
    sessionLimits: { open: config.SESSIONS_PER_USER, ended: config.ENDED_SESSIONS_PER_USER },
    signInLimits: openSignInLimits(database, platform),
    hashing,
    passwords: openPasswords(hashing),
    atFullStep,
    keys: sessionKeys(config),
    outboxes: [users.outbox],
    deadLetters: deadLettersIn(database),
    knownBroker: knownBrokerIn(database),
    backup: backupOf(database),
    revokedSessions,
    ready: { database: database.problem, sessions: revokedSessions.problem },
    close: database.close,
  };
}
