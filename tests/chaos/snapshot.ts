// The state of a settled system: the stores, the stream, the card network's ledger, and the differences between copies.

import { setTimeout as delay } from 'node:timers/promises';
import type { Envelope } from '@ticketing/common/events';
import { collectSnapshots, describeDifference, findDifferences, type RunCommand } from '@ticketing/ops';
import { MongoClient, type Db, type Document } from 'mongodb';
import { checkCounters } from './places.js';
import { readLedger, readStream } from './stream-and-ledger.js';

type HistoryEntry = Readonly<{
  at: Date;
  by: string;
  why: string;
  from?: string;
  to: string;
  version: number;
  detail?: string;
}>;
type Stored = Document & {
  _id: string;
  version: number;
  status: string;
  history: HistoryEntry[];
  outbox: Document[];
};

export type OrderDocument = Stored & {
  userId: string;
  expiresAt: Date;
  reason?: string;
  /** `id`: the ticket's id, or the keys of all places that the order claims; the price is that of the whole order */
  ticket: { id: string | readonly string[]; priceInMinorUnits: number };
};
export type TicketDocument = Stored & {
  userId: string;
  title: string;
  withdrawn?: boolean;
  /** only of a ticket of several places */
  quantity?: number;
  /** the places of unpaid and of paid orders, and the highest held place + 1; absent before the first count */
  held?: Readonly<{ reserved: number; sold: number; least: number }>;
};
export type PaymentDocument = Stored & {
  refunds?: readonly {
    amountInMinorUnits: number;
    status: string;
    places?: readonly { ticketId: string; place: number }[];
  }[];
};
export type Intent = Readonly<{
  id: string;
  orderId: string;
  charged: number;
  refunded: number;
  status: string;
  disputes?: readonly { amount: number; status: string }[];
}>;

export type Snapshot = Readonly<{
  orders: readonly OrderDocument[];
  tickets: readonly TicketDocument[];
  payments: readonly PaymentDocument[];
  deadLetters: readonly Document[];
  intents: readonly Intent[];
  /** all events in the stream, duplicates included, by subject */
  events: ReadonlyMap<string, readonly Envelope[]>;
  differences: readonly string[];
  alarms: readonly string[];
}>;

/** A system that can be inspected: on this machine or in a cluster. */
export type System = Readonly<{
  /** URL of the MongoDB server of a service */
  storeOf: (service: string) => string;
  /** the environment of a service, with a NATS_URL that the checker can reach */
  busEnv: Readonly<Record<string, string | undefined>>;
  cardsUrl: string;
  reach: RunCommand;
  alarms: readonly string[];
  /** by how much the clocks of clients and services may differ, if not by 0 */
  clockDifferenceMs?: number;
  /** Resolves when all processes serve. */
  allUp(): Promise<void>;
}>;

const databases = ['tickets', 'orders', 'payments'] as const;
const unsettled = ['pending', 'requires-action', 'cancelling', 'refunding'];
const stillChangingMs = 300_000;

export async function withStores<T>(
  { storeOf }: Pick<System, 'storeOf'>,
  use: (db: (service: string) => Db) => Promise<T>,
): Promise<T> {
  const clients = new Map<string, MongoClient>();
  const clientOf = (url: string) => {
    const client = clients.get(url) ?? new MongoClient(url);
    clients.set(url, client);
    return client;
  };
  try {
    return await use((service) => clientOf(storeOf(service)).db(`ticketing-${service}`));
  } finally {
    for (const client of clients.values()) await client.close();
  }
}

type PendingWork = Record<'open' | 'unsettled' | 'unpublished', number>;

/** Counts open orders, unsettled payments, and documents with unpublished events. */
export async function pendingWork(system: System): Promise<PendingWork> {
  return withStores(system, async (db) => {
    const unpublished = databases.map((name) =>
      db(name)
        .collection(name)
        .countDocuments({ 'outbox.id': { $gt: '' } }),
    );
    const counts = await Promise.all(unpublished);
    return {
      open: await db('orders').collection('orders').countDocuments({ status: 'created' }),
      unsettled: await db('payments')
        .collection('payments')
        .countDocuments({ status: { $in: unsettled } }),
      unpublished: counts.reduce((sum, count) => sum + count, 0),
    };
  });
}

/** Waits until no work of these kinds is pending. Returns the seconds that took; undefined after `withinMs`. */
export async function waitUntilSettled(
  system: System,
  withinMs: number,
  kinds: readonly (keyof PendingWork)[],
): Promise<number | undefined> {
  const begin = Date.now();
  for (;;) {
    const left = await pendingWork(system).catch(() => undefined);
    if (left && kinds.every((kind) => left[kind] === 0)) return (Date.now() - begin) / 1_000;
    if (Date.now() - begin > withinMs) return undefined;
    await delay(250);
  }
}

/**
 * Waits until all copies agree with their owners, and the counts of places with the orders: a process that dies may have
 * stored an order without counting it, and the event comes again after its ack wait. Returns the differences that remain: those that did not change between
 * two readings, because on a busy machine copies may change during a reading.
 */
export async function waitUntilConsistent(
  system: System,
  withinMs: number,
  say: (line: string) => void = () => undefined,
): Promise<string[]> {
  const read = async () => {
    try {
      const copies = findDifferences(await collectSnapshots(system.reach), new Date()).map(
        describeDifference,
      );
      const counts: string[] = [];
      checkCounters(await readStores(system), (problem, ...ids) =>
        counts.push(`${problem}: ${ids.join(' ')}`),
      );
      return [...copies, ...counts];
    } catch (error) {
      return [`a service cannot be read: ${String(error)}`];
    }
  };
  const begin = Date.now();
  for (let previous: string | undefined; ;) {
    const differences = await read();
    const text = differences.join('\n');
    const waitedMs = Date.now() - begin;
    const isOver = waitedMs > withinMs && (text === previous || waitedMs > stillChangingMs);
    if (differences.length === 0 || isOver) return differences;
    say(`${differences.length} differences between copies after ${(waitedMs / 1_000).toFixed(1)} s`);
    previous = text;
  }
}

/** Says whether the events hold all that the rest of the snapshot expects. */
type IsWhole = (snapshot: Pick<Snapshot, 'orders' | 'tickets' | 'payments' | 'events'>) => boolean;

export async function takeSnapshot(
  system: System,
  { withinMs, isWhole, say }: Readonly<{ withinMs: number; isWhole: IsWhole; say: (line: string) => void }>,
): Promise<Snapshot> {
  const differences = await waitUntilConsistent(system, withinMs, say);
  const [stores, intents] = await Promise.all([readStores(system), readLedger(system)]);
  const events = await readStream(system, (read) => isWhole({ ...stores, events: read }));
  return { ...stores, events, intents, differences, alarms: system.alarms };
}

export async function readStores(system: System) {
  return withStores(system, async (db) => {
    const all = async <T extends Document>(service: string, name: string) =>
      (await db(service).collection(name).find().toArray()) as unknown as T[];
    const letters = [...databases, 'auth', 'notifications'];
    const deadLetters = await Promise.all(letters.map((name) => all<Document>(name, 'deadLetters')));
    return {
      orders: await all<OrderDocument>('orders', 'orders'),
      tickets: await all<TicketDocument>('tickets', 'tickets'),
      payments: await all<PaymentDocument>('payments', 'payments'),
      deadLetters: deadLetters.flat(),
    };
  });
}
