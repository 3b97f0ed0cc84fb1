import { deadLettersIn, brokerIdentityIn } from '@ticketing/common/bus';
import { idempotencyKeysIn, openDatabase } from '@ticketing/common/documents';
import { revokedSessionsIn } from '@ticketing/common/http';
import { backupOf } from '@ticketing/common/operator';
import type { Platform } from '@ticketing/common/service';
import type { Config } from './config.js';
import { openTickets } from './store.js';

export type TicketsContext = ReturnType<typeof openContext>;

export function openContext(platform: Platform<Config>) {
  const { config, log, now, newId } = platform;
  const database = openDatabase(platform);
  const revokedSessions = revokedSessionsIn(database);
  const tickets = openTickets(database, platform);

  return {
    config,
    log,
    now,
    newId,
    tickets,
    outboxes: [tickets.outbox],
    idempotencyKeys: idempotencyKeysIn(database, platform),
    deadLetters: deadLettersIn(database),
    brokerIdentity: brokerIdentityIn(database),
    backup: backupOf(database),
    async history(id: string) {
      return (await tickets.historyOf(id)).map((entry) => ({ about: 'ticket' as const, id, ...entry }));
    },
    revokedSessions,
    ready: { database: database.problem, sessions: revokedSessions.problem },
    close: database.close,
  };
}
