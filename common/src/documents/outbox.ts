// The outbox of a collection: each document holds the events that are not published yet.

import { trusted } from 'mongoose';
import type { Outbox, OutboxEntry } from '../bus/relay.js';
import type { DomainEvent } from '../events/event.js';
import { decode, type Opened, type Stored, type Versioned } from './collection.js';
import { runWrite } from './writes.js';

const hasEntries = () => ({ 'outbox.id': trusted({ $gt: '' }) });
/** one second for the write's own publishing, one for the difference of the clocks */
const youngForMs = 2_000;
const maxCounted = 10_000;
const raisedAtOnce = 1_000;

export function outboxOf<S extends Versioned>(collection: Opened<S>): Outbox {
  return {
    pending: (olderThan, limit) => pending(collection, olderThan, limit),
    remove: (entries) => remove(collection, entries),
    depth: () => depth(collection),
    republish: (since) => republish(collection, since),
    raiseVersions: (by) => raiseVersions(collection, by),
  };
}

// Entries that are not young: older than `olderThan`, or so far ahead of it that their writer's clock must be fast. A fast
// clock must not hide an entry.
async function pending<S>({ model }: Opened<S>, olderThan: Date, limit: number): Promise<OutboxEntry[]> {
  const from = olderThan.toISOString();
  const until = new Date(olderThan.getTime() + youngForMs).toISOString();
  const notYoung = [{ 'outbox.time': trusted({ $lt: from }) }, { 'outbox.time': trusted({ $gt: until }) }];
  const documents = await model
    .find({ ...hasEntries(), $or: notYoung } as never, { outbox: 1 })
    .limit(limit)
    .lean<Pick<Stored<S>, '_id' | 'outbox'>[]>();
  return documents.flatMap(({ _id, outbox }) =>
    outbox
      .filter(({ time }) => time < from || time > until)
      .map((envelope) => ({ documentId: _id, envelope })),
  );
}

async function remove<S>({ model, database }: Opened<S>, entries: readonly OutboxEntry[]): Promise<void> {
  const updates = entries.map(({ documentId, envelope }) => ({
    q: { _id: documentId },
    u: { $pull: { outbox: { id: envelope.id } } },
  }));
  // A lost removal only means that the event is published once more.
  await runWrite(database, { update: model.collection.name, updates }, { w: 1 });
}

async function depth<S>({ model }: Opened<S>): ReturnType<Outbox['depth']> {
  const [found] = await model.aggregate<{ entries: number; oldest: string | null }>([
    { $match: hasEntries() },
    { $limit: maxCounted },
    {
      $group: {
        _id: null,
        entries: { $sum: { $size: '$outbox' } },
        oldest: { $min: { $min: '$outbox.time' } },
      },
    },
  ]);
  return { entries: found?.entries ?? 0, oldest: found?.oldest ? new Date(found.oldest) : undefined };
}

async function* republish<S extends Versioned>(
  collection: Opened<S>,
  since: Date,
): AsyncGenerator<DomainEvent> {
  const { model, projection, toEvent } = collection;
  if (!toEvent) return;
  const { outbox: _outbox, ...withOutbox } = projection;
  const changed = model
    .find({ changedAt: trusted({ $gte: since }) } as never, withOutbox)
    .sort({ changedAt: 1 })
    .lean<Stored<S>[]>();
  for await (const document of changed.cursor()) {
    const stored = document as Stored<S>;
    const isPending = stored.outbox.some(({ id }) => id.endsWith(`/${stored.version}`));
    if (!isPending) yield* [toEvent(decode(collection, stored)) ?? []].flat();
  }
}

// In batches, because no database call may take long.
async function raiseVersions<S>({ model, now }: Opened<S>, by: number): Promise<void> {
  let ids: string[] = [];
  const raise = async () => {
    const update = { $inc: { version: by }, $set: { changedAt: now() } };
    await model.updateMany({ _id: trusted({ $in: ids }) } as never, update as never);
    ids = [];
  };
  const found = model.find({}, { _id: 1 }).sort({ _id: 1 }).lean<{ _id: string }[]>();
  for await (const document of found.cursor())
    if (ids.push(String(document._id)) === raisedAtOnce) await raise();
  await raise();
}
