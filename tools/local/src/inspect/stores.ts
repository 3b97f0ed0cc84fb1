// Follows the documents of all services with a change stream of MongoDB. Only ids, versions, statuses and names of fields
// leave this file.

import type { Logger } from '@ticketing/common/observability';
import mongoose from 'mongoose';
import { setTimeout as delay } from 'node:timers/promises';
import type { InspectConfig } from './config.js';
import type { DocumentStep, Feed } from './feed.js';
import type { Purchases } from './purchases.js';

type Parts = Readonly<{
  feed: Feed;
  purchases: Purchases;
  log: Logger;
  /** whether changes are seen at the moment */
  seen: (isOpen: boolean) => void;
}>;

// Collections that help a service to work and say nothing about a purchase.
const bookkeeping =
  /^(broker|idempotencyKeys|revokedSessions|signInFailures|knownNetworks|mailCounts|declines|writeChecks)$/;
const ownFields = new Set(['outbox', 'history', 'changedAt', 'mark', 'madeBy', '_id']);

type Change = Readonly<{
  operationType: string;
  ns?: Readonly<{ db: string; coll: string }>;
  documentKey?: Readonly<{ _id: unknown }>;
  fullDocument?: Readonly<Record<string, unknown>>;
  updateDescription?: Readonly<{
    updatedFields?: Readonly<Record<string, unknown>>;
    removedFields?: string[];
  }>;
  wallTime?: Date;
}>;

/** Follows until `stopping`, also across restarts of MongoDB. */
export async function followStores(
  { MONGO_URI, NAMESPACE }: InspectConfig,
  { feed, purchases, log, seen }: Parts,
  stopping: AbortSignal,
): Promise<void> {
  const databases = new RegExp(`^${NAMESPACE}-(\\w+)$`);
  while (!stopping.aborted) {
    const connection = mongoose.createConnection();
    const close = () => void connection.close().catch(() => undefined);
    stopping.addEventListener('abort', close);
    try {
      const opened = await connection.openUri(MONGO_URI, { serverSelectionTimeoutMS: 3_000 });
      const changes = opened.getClient().watch([{ $match: { 'ns.db': databases } }]);
      seen(true);
      for await (const change of changes) {
        const step = stepOf(change as unknown as Change, databases, purchases);
        if (step) feed.add(step);
      }
    } catch (error) {
      log.debug({ err: error }, 'the change stream has ended and is opened again');
    } finally {
      stopping.removeEventListener('abort', close);
      seen(false);
      await connection.close().catch(() => undefined);
    }
    await delay(1_000, undefined, { signal: stopping }).catch(() => undefined);
  }
}

export function stepOf(change: Change, databases: RegExp, purchases: Purchases): DocumentStep | undefined {
  const { operationType: what, ns, documentKey } = change;
  if (what !== 'insert' && what !== 'update' && what !== 'delete') return undefined;
  const service = databases.exec(ns?.db ?? '')?.[1];
  if (!ns || service === undefined || bookkeeping.test(ns.coll)) return undefined;
  const { updatedFields = {}, removedFields = [] } = change.updateDescription ?? {};
  const changes = what === 'insert' ? (change.fullDocument ?? {}) : updatedFields;
  const names = [...Object.keys(changes), ...removedFields].map((name) => name.split('.', 1)[0] ?? name);
  const fields = [...new Set(names)].filter((name) => !ownFields.has(name));
  // The relay removes a published event from its document.
  if (what === 'update' && fields.length === 0) return undefined;
  const id = String(documentKey?._id);
  const { version, status } = changes as { version?: unknown; status?: unknown };
  return {
    kind: 'document',
    at: (change.wallTime ?? new Date()).toISOString(),
    ...{ service, collection: ns.coll, documentId: id, what, fields, events: eventsIn(changes) },
    version: typeof version === 'number' ? version : undefined,
    status: typeof status === 'string' ? status : undefined,
    orderId: purchases.ofDocument({ service, collection: ns.coll, id, changes }),
  };
}

/** An update names the whole outbox, or its changed entries: `outbox.0`. */
function eventsIn(changes: Readonly<Record<string, unknown>>): string[] {
  const stored = Object.entries(changes).filter(([field]) => /^outbox(\.\d+)?$/.test(field));
  return stored.flatMap(([, entries]) => [entries].flat().map((entry) => (entry as { id: string }).id));
}
