import { deadLettersIn, brokerIdentityIn } from '@ticketing/common/bus';
import { openDatabase } from '@ticketing/common/documents';
import { revokedSessionsIn, sessionKeys } from '@ticketing/common/http';
import { backupOf } from '@ticketing/common/operator';
import type { Platform } from '@ticketing/common/service';
import type { Config } from './config.js';
import { atFullStep } from './constant-time-response.js';
import { openPasswords } from './passwords.js';
import { openSignInLimits } from './sign-in-limits.js';
import { openUsers } from './store.js';
import { createTurns } from './concurrency-limit.js';

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
    brokerIdentity: brokerIdentityIn(database),
    backup: backupOf(database),
    revokedSessions,
    ready: { database: database.problem, sessions: revokedSessions.problem },
    close: database.close,
  };
}
