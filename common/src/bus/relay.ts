// Sends the events in the outboxes to the broker.
//
// Problem: a state and its event must be saved together, even if the process dies at any moment. So the event is saved
// in the changed document (see documents/), and the relay publishes it: at once after the write (`kick`), or by a sweep
// after a crash or an outage.
// Guarantee: an entry leaves the outbox only after the broker has stored it. Every event is published at least once.
// Not promised: order and exactly-once. Several processes may relay the same entry; the broker drops most duplicates by
// their id, and consumers ignore the rest.

import { setTimeout as delay } from 'node:timers/promises';
import type { DomainEvent, Envelope } from '../events/event.js';
import { failPoint } from '../fail-points.js';
import type { Logger } from '../observability/logger.js';
import type { Metrics } from '../observability/metrics.js';
import type { Bus } from './bus.js';
import { publishWithSpan } from './publishing.js';

export type OutboxEntry = Readonly<{ documentId: string; envelope: Envelope }>;

export interface Outbox {
  /** Entries of at most `limit` documents: written before `olderThan`, or by a clock that is ahead. */
  pending(olderThan: Date, limit: number): Promise<OutboxEntry[]>;
  /** Removes entries that the broker has stored. */
  remove(entries: readonly OutboxEntry[]): Promise<void>;
  /** Number of entries and time of the oldest, counted in at most 10,000 documents. */
  depth(): Promise<{ entries: number; oldest: Date | undefined }>;
  /** Events with the state of each document changed since then, unless the outbox holds the event of its version. */
  republish(since: Date): AsyncIterable<DomainEvent>;
  /** Adds to every version, so that copies which are ahead of a restored backup accept its state. */
  raiseVersions(by: number): Promise<void>;
}

export type Relay = Readonly<{
  /** Publishes entries that were just written; returns at once. */
  kick(outbox: Outbox, entries: readonly OutboxEntry[]): void;
  /** Publishes the pending entries of crashed or failed publishes. Runs every second. */
  sweep(outboxes: readonly Outbox[]): Promise<void>;
  /** Resolves when nothing is being published. */
  drain(): Promise<void>;
}>;

const maxInFlight = 1_000;
const batchMs = 50;
const sweepBatch = 500;
/** younger entries are left to `kick` */
const sweepMinAgeMs = 1_000;

type Parts = Readonly<{ bus: Bus; log: Logger; metrics: Metrics; now: () => Date }>;

export function createRelay({ bus, log, metrics, now }: Parts): Relay {
  const inFlight = new Map<string, Promise<boolean>>();
  const remove = batchedRemoval();

  function send(outbox: Outbox, entry: OutboxEntry): Promise<boolean> {
    const { id, type } = entry.envelope;
    const running = inFlight.get(id);
    if (running) return running;
    const sending = publishWithSpan(entry.envelope, bus)
      .then(async () => {
        failPoint('before-mark');
        metrics.published.inc({ type });
        await remove(outbox, entry);
        return true;
      })
      .catch((error: unknown) => {
        log.debug({ err: error, event: id }, 'not published yet: left to the sweep');
        return false;
      })
      .finally(() => inFlight.delete(id));
    inFlight.set(id, sending);
    return sending;
  }

  // Continues while a batch is full. A failure ends it; the next sweep is a second away. So does a batch that was sent
  // already: until the majority has the removals, the database returns the same entries.
  async function sweepOne(outbox: Outbox): Promise<number> {
    const seen = new Set<string>();
    for (;;) {
      const entries = await outbox.pending(new Date(now().getTime() - sweepMinAgeMs), sweepBatch);
      const fresh = entries.filter(({ envelope }) => !seen.has(envelope.id));
      for (const { envelope } of fresh) seen.add(envelope.id);
      const sent = await Promise.all(fresh.map((entry) => send(outbox, entry)));
      if (entries.length < sweepBatch || fresh.length === 0 || sent.includes(false)) return seen.size;
    }
  }

  return {
    kick(outbox, entries) {
      if (!bus.connectedSince() || inFlight.size > maxInFlight) return;
      for (const entry of entries) void send(outbox, entry);
    },
    async sweep(outboxes) {
      if (!bus.connectedSince()) return;
      let found = 0;
      for (const outbox of outboxes) found += await sweepOne(outbox);
      metrics.outboxSwept.set(found);
      if (found > 0) metrics.swept.inc({ job: 'relay-outbox' }, found);
    },
    async drain() {
      while (inFlight.size > 0) await Promise.all(inFlight.values());
    },
  };
}

/** Removes entries of the same few milliseconds in one bulk write, which succeeds or fails for all of them. */
function batchedRemoval() {
  const batches = new Map<Outbox, { entries: OutboxEntry[]; removed: Promise<void> }>();

  return async (outbox: Outbox, entry: OutboxEntry): Promise<void> => {
    const batch = batches.get(outbox);
    if (batch) {
      batch.entries.push(entry);
      return batch.removed;
    }
    const entries = [entry];
    const removed = delay(batchMs).then(() => {
      batches.delete(outbox);
      return outbox.remove(entries);
    });
    batches.set(outbox, { entries, removed });
    return removed;
  };
}
