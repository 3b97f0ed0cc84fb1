// The store of a service that owns a MongoDB: its collections, and what every such service keeps beside them.

import type { Outbox } from '../bus/relay.js';
import { deadLettersIn } from '../bus/dead-letters.js';
import { forgetPerson } from '../bus/forget-person.js';
import { parkedMessagesIn } from '../bus/parked-messages.js';
import { brokerIdentityIn } from '../bus/republish.js';
import { openDatabase } from '../documents/database.js';
import { openDocuments, type Documents, type Versioned } from '../documents/documents.js';
import { idempotencyKeysIn } from '../documents/idempotency-keys.js';
import { revokedSessionsIn } from '../http/revoked-sessions.js';
import { backupOf } from '../operator/backup.js';
import type { HistoryEntry } from '../operator/history.js';
import type { BaseConfig, DatabaseConfig } from './config.js';
import type { Base, Storage } from './service.js';

type CollectionOptions<S extends Versioned> = Omit<
  Parameters<typeof openDocuments<S>>[0],
  'database' | 'relay' | 'now' | 'metrics' | 'appeared'
>;

export type Mongodb = ReturnType<typeof mongodb>;

/** Opens the service's database at once; it connects in the background. */
export function mongodb(base: Base<BaseConfig & DatabaseConfig>) {
  const { relay, now, metrics } = base;
  const database = openDatabase(base);
  const parkedMessages = parkedMessagesIn(database);
  const { appeared } = parkedMessages;
  const outboxes: Outbox[] = [];
  const histories: ((id: string) => Promise<readonly HistoryEntry[]>)[] = [];
  const searches: ((request: string) => Promise<string[]>)[] = [];

  return {
    database,

    /** Opens the collection `<name>s`. A collection with `toEvent` publishes its changes and has a history. */
    collection<S extends Versioned>(options: CollectionOptions<S>): Documents<S> {
      const documents = openDocuments<S>({ ...options, database, relay, now, metrics, appeared });
      if (!options.toEvent) return documents;
      outboxes.push(documents.outbox);
      histories.push(async (id) => {
        const entries = await documents.historyOf(id);
        return entries.map((entry) => ({ about: options.name, id, ...entry }));
      });
      searches.push((request) => documents.changedBy(request));
      return documents;
    },

    outboxes,
    history: async (id: string) => (await Promise.all(histories.map((historyOf) => historyOf(id)))).flat(),
    changedBy: async (request: string) =>
      (await Promise.all(searches.map((changedBy) => changedBy(request)))).flat(),
    deadLetters: deadLettersIn(database),
    parkedMessages,
    forgetPerson: (userId: string) => forgetPerson(database, userId),
    brokerIdentity: brokerIdentityIn(database),
    backup: backupOf(database),
    idempotencyKeys: idempotencyKeysIn(database, base),
    revokedSessions: revokedSessionsIn(database, now),
    time: database.time,
    ready: { database: database.problem },
    close: database.close,
  } satisfies Storage & Record<string, unknown>;
}
