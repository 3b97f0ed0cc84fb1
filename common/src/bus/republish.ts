// What a broker may have lost is told again.
//
// Problem: a single server writes to its disk some seconds after it has confirmed, and a disk may be put back to an older
// copy. Then events are gone that every outbox has let go. The databases are the truth, so their state can be told again.
// Guarantee: whoever finds another server than the one it knew (or the same one, restarted) publishes the present state of
// everything that changed from ten minutes before it last saw the old one, unless that still waits in its outbox.
// Consumers take only what is new to them.
// Not promised: what had not reached a consumer for more than ten minutes before; that is for a full resync.

import type { Logger } from '../observability/logger.js';
import type { Database } from '../documents/database.js';
import type { Job } from '../service/jobs.js';
import { toEnvelope, type DomainEvent } from '../events/event.js';
import type { Cause } from '../observability/trace.js';
import type { Bus } from './bus.js';
import type { Outbox } from './relay.js';

type Known = Readonly<{ serverId: string; seenAt: Date }>;

/** Which broker this service has last spoken to, and when; survives the service. */
export type BrokerIdentity = Readonly<{
  read(): Promise<Known | undefined>;
  write(known: Known): Promise<void>;
}>;

/** The known broker, in the collection `broker` of the service's own database. */
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

const toldAgainMs = 10 * 60_000;
const notedEveryMs = 60_000;
const inFlight = 100;

/** The job that notices another broker. It notes the new one only when everything is told, so a crash repeats it. */
export function republishAfterLoss({ bus, brokerIdentity, outboxes, log, now }: Parts): Job['run'] {
  let known: Known | undefined;

  return async ({ cause }) => {
    const serverId = bus.serverId();
    if (serverId === undefined) return;
    if (known?.serverId !== serverId) known = await brokerIdentity.read();
    if (known && known.serverId !== serverId) {
      const since = new Date(known.seenAt.getTime() - toldAgainMs);
      let told = 0;
      for (const outbox of outboxes) told += await publishAll(outbox.republish(since), bus, cause, now);
      log.warn({ since, told }, 'the broker was restarted: what changed lately is told again');
    }
    if (known?.serverId === serverId && now().getTime() - known.seenAt.getTime() < notedEveryMs) return;
    known = { serverId, seenAt: now() };
    await brokerIdentity.write(known);
  };
}

/**
 * Publishes each event under a fresh id, a hundred at a time, and returns how many.
 * @throws DependencyDown at the first that the broker does not confirm
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
    if (batch.length >= inFlight) await flush();
  }
  await flush();
  return count;
}
