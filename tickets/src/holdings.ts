// The collection of holdings: one document for each order and ticket.

import { batch, results, runWrite, type Database } from '@ticketing/common/documents';
import { Schema, type mongo } from 'mongoose';
import {
  forgetAt,
  holdingStatuses,
  countHeldPlaces,
  type Holding,
  type HeldPlaces,
} from './domain/holding.js';

type Stored = Holding &
  Readonly<{
    /** `<order>/<ticket>` */
    _id: string;
    count: number;
    /** the highest place + 1 */
    least: number;
    forgetAt: Date | undefined;
  }>;

const schema = new Schema(
  {
    ...{ _id: String, orderId: String, ticketId: String, places: [Number], count: Number, least: Number },
    ...{ version: Number, status: String, expiresAt: Date, forgetAt: Date },
  },
  { versionKey: false },
);
// Counts the held places of a ticket from the index alone.
schema.index({ ticketId: 1, status: 1, count: 1, least: 1 });
schema.index({ forgetAt: 1 }, { expireAfterSeconds: 0 });

const name = 'holdings';

export type Holdings = ReturnType<typeof openHoldings>;

export function openHoldings(database: Database, timeoutMs: number) {
  const model = database.connection.model<Stored>('holding', schema, name);
  const native = () => model.collection as unknown as mongo.Collection<Stored>;
  const findIds = batch<string, boolean>(async (ids) => {
    const found = await native()
      .find({ _id: { $in: [...ids] } }, { projection: { _id: 1 } })
      .toArray();
    const stored = new Set(found.map(({ _id }) => _id));
    return ids.map((id) => stored.has(id));
  });

  return {
    model,
    /** Stores the state of an order, or returns false because the stored one is not older. */
    save: batch<Holding, boolean>((orders) => saveMany(database, orders)),
    isStored: (order: Holding) => findIds(idOf(order)),
    /** Counts a ticket of one place, with its holders. */
    tallyOne: batch<string, HeldPlaces>((ticketIds) => findHolders(native(), ticketIds, timeoutMs)),
    /** Counts a ticket of many places. */
    tallyMany: batch<string, HeldPlaces>((ticketIds) => countPlaces(native(), ticketIds, timeoutMs)),
    /** All holdings, by order. */
    all: () => native().find({}).sort({ _id: 1 }),
  };
}

const idOf = ({ orderId, ticketId }: Holding) => `${orderId}/${ticketId}`;

// A refused upsert means that the stored order is not older, or that another process has inserted it at the same moment.
// The second try decides by what is stored.
async function saveMany(database: Database, orders: readonly Holding[]): Promise<(boolean | Error)[]> {
  const first = await upsertOlder(database, orders);
  const refused = orders.filter((_order, index) => first[index] === false);
  if (refused.length === 0) return first;
  const second = await upsertOlder(database, refused);
  return first.map((result) => (result === false ? (second.shift() ?? false) : result));
}

/** Inserts each order, or replaces its older version. If the stored one is not older, the upsert fails on its `_id`. */
async function upsertOlder(database: Database, orders: readonly Holding[]): Promise<(boolean | Error)[]> {
  const updates = orders.map((order) => {
    const _id = idOf(order);
    const { orderId, ticketId, places, version, status, expiresAt } = order;
    const { sold, reserved, least } = countHeldPlaces([order]);
    const state = { orderId, ticketId, places, version, status, expiresAt };
    const document = { _id, ...state, count: sold + reserved, least, forgetAt: forgetAt(order) };
    // The shard key is part of `_id`, but MongoDB does not know that.
    return { q: { _id, ticketId, version: { $lt: version } }, u: document, upsert: true };
  });
  const { writeErrors } = await runWrite(database, { update: name, updates });
  return results(orders.length, writeErrors);
}

const heldOf = (ticketIds: readonly string[]) => ({
  ticketId: { $in: [...ticketIds] },
  status: { $in: [...holdingStatuses] },
});

async function findHolders(
  collection: mongo.Collection<Stored>,
  ticketIds: readonly string[],
  maxTimeMS: number,
): Promise<HeldPlaces[]> {
  const found = await collection.find(heldOf(ticketIds), { maxTimeMS }).toArray();
  return ticketIds.map((id) => countHeldPlaces(found.filter(({ ticketId }) => ticketId === id)));
}

type Counted = Omit<HeldPlaces, 'holders'> & { _id: string };

async function countPlaces(
  collection: mongo.Collection<Stored>,
  ticketIds: readonly string[],
  maxTimeMS: number,
): Promise<HeldPlaces[]> {
  const placesOf = (status: Holding['status']) => ({
    $sum: { $cond: [{ $eq: ['$status', status] }, '$count', 0] },
  });
  const group = {
    _id: '$ticketId',
    ...{ reserved: placesOf('created'), sold: placesOf('complete'), least: { $max: '$least' } },
  };
  const pipeline = [{ $match: heldOf(ticketIds) }, { $group: group }];
  const found = await collection.aggregate<Counted>(pipeline, { maxTimeMS }).toArray();
  const byTicket = new Map(found.map(({ _id, ...counted }) => [_id, counted]));
  return ticketIds.map((id) => ({
    ...(byTicket.get(id) ?? { reserved: 0, sold: 0, least: 0 }),
    holders: [],
  }));
}
