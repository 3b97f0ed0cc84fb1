// The collections of orders, their indexes and queries, and what use cases may use.

import { toState, withoutBookkeeping, type Documents, type Stored } from '@ticketing/common/documents';
import type { Base, Mongodb } from '@ticketing/common/service';
import { Schema, trusted } from 'mongoose';
import type { Config } from './config.js';
import { mostEarlier, type EarlierOrder } from './domain/cool-down.js';
import { holding, type Order } from './domain/order.js';
import { historyDetail, orderEvent } from './domain/order-events.js';
import type { Ticket } from './domain/ticket.js';
import { openMetrics } from './metrics.js';
import { openNetworkHolds } from './network-holds.js';

export type OrdersContext = ReturnType<typeof openContext>;

export function openContext(platform: Base<Config> & Mongodb) {
  const { config, log, now, newId, bus, parkedMessages } = platform;
  const orders = openOrders(platform);
  return {
    ...{ config, log, now, newId, bus, parkedMessages, orders },
    networkHolds: openNetworkHolds(config.MAX_ACTIVE_ORDERS_PER_NETWORK, orders.countAtNetwork),
    tickets: platform.collection<Ticket>({ name: 'ticket', schema: ticketSchema }),
    metrics: openMetrics(platform.metrics),
  };
}

const ticketFields = {
  title: String,
  priceInMinorUnits: Number,
  currency: String,
  sellerId: String,
  version: Number,
};
const ticketSchema = new Schema({ ...ticketFields, offerVersion: Number, withdrawn: Boolean });

const orderSchema = new Schema({
  userId: String,
  ticket: { ...ticketFields, id: String },
  status: String,
  slot: Number,
  repeat: Number,
  network: String,
  reason: String,
  byOperator: Boolean,
  stripeId: String,
  expiresAt: Date,
});
// One holder: this index lets one insert per ticket through.
orderSchema.index(
  { 'ticket.id': 1 },
  { name: 'one-holder', unique: true, partialFilterExpression: { status: { $in: holding } } },
);
// The limit of open and free orders: each takes one of the buyer's slots, and this index lets one insert per slot through.
orderSchema.index(
  { userId: 1, slot: 1 },
  { name: 'one-order-per-slot', unique: true, partialFilterExpression: { slot: { $gte: 0 } } },
);
// The cool-down: the orders of one buyer for one ticket are numbered, and this index lets one insert per number through.
orderSchema.index(
  { userId: 1, 'ticket.id': 1, repeat: 1 },
  { name: 'one-order-per-repeat', unique: true, partialFilterExpression: { repeat: { $gte: 0 } } },
);
// Counts the unpaid orders of a network.
orderSchema.index({ network: 1 }, { partialFilterExpression: { network: { $gt: '' } } });
// Lists a buyer's orders, newest first.
orderSchema.index({ userId: 1, status: 1, _id: -1 });
// Finds overdue orders.
orderSchema.index({ expiresAt: 1 }, { partialFilterExpression: { status: 'created' } });

function openOrders({ collection, database }: Mongodb) {
  const orders = collection<Order>({
    name: 'order',
    schema: orderSchema,
    toEvent: orderEvent,
    detail: historyDetail,
  });
  // The index of an older release does not cover free orders.
  database.retireIndex('orders', 'one-slot');

  const find = async (filter: object, sort: Record<string, 1 | -1>, limit: number): Promise<Order[]> => {
    const query = orders.model
      .find(filter as never, withoutBookkeeping)
      .sort(sort)
      .limit(limit);
    return (await query.lean<Stored<Order>[]>()).map(toState);
  };

  return {
    ...orders,
    ...limitQueries(orders),

    /** The order that holds a ticket. */
    async findHolderOf(ticketId: string): Promise<Order | undefined> {
      const [holder] = await find({ 'ticket.id': ticketId, status: trusted({ $in: holding }) }, {}, 1);
      return holder;
    },

    /** The slots that a buyer's open and free orders take. */
    async findSlotsOf(userId: string): Promise<number[]> {
      const slot = trusted({ $gte: 0 });
      const found = await orders.model
        .find({ userId, slot } as never, { _id: 0, slot: 1 })
        .lean<{ slot: number }[]>();
      return found.map((order) => order.slot);
    },

    /** A buyer's orders, newest first, with ids below `before`. */
    findByBuyer(
      userId: string,
      statuses: readonly Order['status'][],
      limit: number,
      before?: string,
    ): Promise<Order[]> {
      const below = before !== undefined && { _id: trusted({ $lt: before }) };
      return find({ userId, status: trusted({ $in: statuses }), ...below }, { _id: -1 }, limit);
    },

    /** The number of open orders, counted up to 100,000 on the index of overdue orders. */
    countOpen: (): Promise<number> =>
      orders.model
        .countDocuments({ status: 'created', expiresAt: trusted({ $gt: new Date(0) }) } as never)
        .limit(100_000)
        .exec(),

    /** Open orders that expired before `time`, oldest first. */
    findDueBefore: (time: Date, limit: number): Promise<Order[]> =>
      find({ status: 'created', expiresAt: trusted({ $lt: time }) }, { expiresAt: 1 }, limit),
  };
}

/** What the limits against hoarding count. */
function limitQueries({ model }: Documents<Order>) {
  return {
    /** The latest orders of a buyer for a ticket, newest first. */
    async findEarlier(userId: string, ticketId: string): Promise<EarlierOrder[]> {
      const { changedAt: _left, ...projection } = withoutBookkeeping;
      const found = await model
        .find({ userId, 'ticket.id': ticketId, repeat: trusted({ $gte: 0 }) } as never, projection)
        .sort({ repeat: -1 })
        .limit(mostEarlier)
        .lean<Stored<Order>[]>();
      return found.map((stored) => ({ order: toState(stored), endedAt: stored.changedAt }));
    },

    /** The number of unpaid orders of a network, counted up to `limit`. */
    countAtNetwork: (network: string, limit: number): Promise<number> =>
      model.countDocuments({ network }).limit(limit).exec(),
  };
}
