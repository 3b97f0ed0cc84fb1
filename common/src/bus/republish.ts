// Republishes recent state after a broker may have lost events.
//
// Problem: a single server syncs to disk some seconds after it confirms, and its disk may be restored to an older copy.
// Then events are lost that no outbox holds any more. The databases hold the state, so it can be published again.
// Guarantee: when a service finds a new or restarted broker, it publishes the state of every recently changed document:
// every change since ten minutes before its last contact, except events still in an outbox. Consumers ignore duplicates.
// Not promised: events that a consumer had not received for more than ten minutes. They need a full `resync`.

import type { Logger } from '../observability/logger.js';
import type { Database } from '../documents/database.js';
import type { Job } from '../service/jobs.js';
import { toEnvelope, type DomainEvent } from '../events/event.js';
import type { Cause } from '../observability/trace.js';
import type { Bus } from './bus.js';
import type { Outbox } from './relay.js';

type Known = Readonly<{ serverId: string; seenAt: Date }>;

/** Stores which broker this service last saw, and when, so that a restarted service notices a new broker. */
export type BrokerIdentity = Readonly<{
  read(): Promise<Known | undefined>;
  write(known: Known): Promise<void>;
}>;

/** Keeps the broker's identity in the collection `broker` of the service's database. */
export function brokerIdentityIn({ connection }: Database): BrokerIdentity {
  const _id = 'known' as never;
  const collection = () => connection.collection<Known>('broker');
  return {
    async read() {
      return (await collection().findOne({ _id })) ?? undefined;
    },
    async write(known) {
      await collection().replaceOne({ _id }, known, { upsert: true });
    },
  };
}

type Parts = Readonly<{
  bus: Bus;
  brokerIdentity: BrokerIdentity;
  outboxes: readonly Outbox[];
  log: Logger;
  now: () => Date;
}>;

const lookBackMs = 10 * 60_000;
const saveEveryMs = 60_000;
const batchSize = 100;

/** The job that detects a new broker. It saves the new identity after everything is published, so a crash repeats it. */
export function republishAfterLoss({ bus, brokerIdentity, outboxes, log, now }: Parts): Job['run'] {
  let known: Known | undefined;

  return async ({ cause }) => {
    const serverId = bus.serverId();
    if (serverId === undefined) return;
    if (known?.serverId !== serverId) known = await brokerIdentity.read();
    if (known && known.serverId !== serverId) {
      // A clock that was ahead may have stored a time in the future.
      const since = new Date(Math.min(known.seenAt.getTime(), now().getTime()) - lookBackMs);
      let published = 0;
      for (const outbox of outboxes) published += await publishAll(outbox.republish(since), bus, cause, now);
      log.warn({ since, published }, 'new or restarted broker: recent changes published again');
    }
    if (known?.serverId === serverId && Math.abs(now().getTime() - known.seenAt.getTime()) < saveEveryMs)
      return;
    known = { serverId, seenAt: now() };
    await brokerIdentity.write(known);
  };
}

/**
 * Publishes each event with a fresh id, in batches of 100, and returns their number.
 * @throws DependencyDown when the broker does not confirm an event; earlier batches stay published
 */
export async function publishAll(
  events: AsyncIterable<DomainEvent>,
  bus: Bus,
  cause: Cause,
  now: () => Date,
): Promise<number> {
  let count = 0;
  let batch: DomainEvent[] = [];
  const flush = async () => {
    await Promise.all(batch.map((event) => bus.publish(toEnvelope(event, cause, now(), { repeat: true }))));
    count += batch.length;
    batch = [];
  };
  for await (const event of events) {
    batch.push(event);
    if (batch.length >= batchSize) await flush();
  }
  await flush();
  return count;
}
