// Sends what the outboxes hold.
//
// Problem: a state and its event must not part, whatever dies in between. So the event is saved inside the document
// that changed (storage/documents.ts), and this relay carries it to the broker afterwards: at once when the write
// returns (`kick`), and by a sweep for whatever a crash or an outage left behind.
// Guarantee: an entry leaves the outbox only after the broker has stored it; so every event is published at least once.
// Not promised: order, and "only once". Several processes may relay at the same time; the broker drops most of the
// second copies by their id, and consumers take the rest.

import { setTimeout as delay } from 'node:timers/promises';
import type { DomainEvent, Envelope } from '../events/event.js';
import { failPoint } from '../fail-points.js';
import type { Logger } from '../observability/logger.js';
import type { Metrics } from '../observability/metrics.js';
import type { Bus } from './bus.js';
import { publishing } from './publishing.js';

export type OutboxEntry = Readonly<{ documentId: string; envelope: Envelope }>;

export interface Outbox {
  /** Entries written before `olderThan`, at most `limit`. */
  pending(olderThan: Date, limit: number): Promise<OutboxEntry[]>;
  /** Forgets entries that the broker has stored. */
  remove(entries: readonly OutboxEntry[]): Promise<void>;
  /** How many wait, and since when the oldest; counted in at most 10,000 things. */
  depth(): Promise<{ entries: number; oldest: Date | undefined }>;
  /** For each thing that changed since, the event that tells how it is now; not of what is still to be published. */
  republish(since: Date): AsyncIterable<DomainEvent>;
  /** Adds to every version, so that copies which are ahead of a restored backup take what it says. */
  raiseVersions(by: number): Promise<void>;
}

export type Relay = Readonly<{
  /** Publishes what was just written; returns at once. */
  kick(outbox: Outbox, entries: readonly OutboxEntry[]): void;
  /** Publishes everything that was left behind. Runs every second. */
  sweep(outboxes: readonly Outbox[]): Promise<void>;
  /** Resolves when nothing is being published. */
  drain(): Promise<void>;
}>;

const maxInFlight = 1_000;
const batchMs = 50;
const sweepBatch = 500;
const leaveToTheKickMs = 1_000;

export function createRelay(bus: Bus, log: Logger, metrics: Metrics): Relay {
  const inFlight = new Map<string, Promise<boolean>>();
  const stored = new Map<Outbox, { entries: OutboxEntry[]; removed: Promise<void> }>();

  function send(outbox: Outbox, entry: OutboxEntry): Promise<boolean> {
    const { id, type } = entry.envelope;
    const running = inFlight.get(id);
    if (running) return running;
    const sending = publishing(entry.envelope, bus)
      .then(async () => {
        failPoint('before-mark');
        metrics.published.inc({ type });
        await forget(outbox, entry);
        return true;
      })
      .catch((error: unknown) => {
        log.debug({ err: error, event: id }, 'not published yet: the sweep will');
        return false;
      })
      .finally(() => inFlight.delete(id));
    inFlight.set(id, sending);
    return sending;
  }

  // Removals of the same few milliseconds travel as one bulk write, and fail as one.
  async function forget(outbox: Outbox, entry: OutboxEntry): Promise<void> {
    const running = stored.get(outbox);
    if (running) {
      running.entries.push(entry);
      return running.removed;
    }
    const entries = [entry];
    const removed = delay(batchMs).then(() => {
      stored.delete(outbox);
      return outbox.remove(entries);
    });
    stored.set(outbox, { entries, removed });
    return removed;
  }

  // Goes on while there is more; stops at the first failure, the next second is soon enough.
  async function sweepOne(outbox: Outbox): Promise<number> {
    for (let found = 0; ;) {
      const entries = await outbox.pending(new Date(Date.now() - leaveToTheKickMs), sweepBatch);
      const sent = await Promise.all(entries.map((entry) => send(outbox, entry)));
      found += entries.length;
      if (entries.length < sweepBatch || sent.includes(false)) return found;
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
