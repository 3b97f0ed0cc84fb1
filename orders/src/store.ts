import {
  openDocuments,
  toState,
  type Database,
  type Stored,
  withoutBookkeeping,
} from '@ticketing/common/documents';
import type { Platform } from '@ticketing/common/service';
import { Schema, trusted } from 'mongoose';
import type { Config } from './config.js';
import { holding, historyDetail, orderEvent, type Order } from './domain/order.js';
import type { Ticket } from './domain/ticket.js';

const ticket = { title: String, priceInMinorUnits: Number, currency: String, version: Number };

const orderSchema = new Schema({
  userId: String,
  ticket: { ...ticket, id: String },
  status: String,
  slot: Number,
  reason: String,
  stripeId: String,
  expiresAt: Date,
});
// One holder: of all the buyers of a ticket, this index lets one insert through.
orderSchema.index(
  { 'ticket.id': 1 },
  { name: 'one-holder', unique: true, partialFilterExpression: { status: { $in: holding } } },
);
// So many open orders as a buyer has places: of two that take the same place, this index lets one insert through.
orderSchema.index(
  { userId: 1, slot: 1 },
  { name: 'one-slot', unique: true, partialFilterExpression: { status: 'created', slot: { $gte: 0 } } },
);
// A buyer's orders, newest first.
orderSchema.index({ userId: 1, status: 1, _id: -1 });
// What is overdue.
orderSchema.index({ expiresAt: 1 }, { partialFilterExpression: { status: 'created' } });

export function openOrders(database: Database, { relay, now, metrics }: Platform<Config>) {
  const orders = openDocuments<Order>({
    name: 'order',
    database,
    schema: orderSchema,
    relay,
    now,
    metrics,
    toEvent: orderEvent,
    detail: historyDetail,
  });

  return {
    ...orders,

    /** The order that holds the ticket now. */
    async findHolderOf(ticketId: string): Promise<Order | undefined> {
      const found = await orders.model
        .findOne({ 'ticket.id': ticketId, status: trusted({ $in: holding }) } as never, withoutBookkeeping)
        .lean<Stored<Order>>();
      return found ? toState(found) : undefined;
    },

    /** The buyer's places that open orders take. */
    async findSlotsOf(userId: string): Promise<number[]> {
      const slot = trusted({ $gte: 0 });
      const found = await orders.model
        .find({ userId, status: 'created', slot } as never, { _id: 0, slot: 1 })
        .lean<{ slot: number }[]>();
      return found.map((order) => order.slot);
    },

    /** Newest first, from below the id `before`. */
    async findOf(
      userId: string,
      statuses: readonly Order['status'][],
      limit: number,
      before?: string,
    ): Promise<Order[]> {
      const below = before !== undefined && { _id: trusted({ $lt: before }) };
      const found = await orders.model
        .find({ userId, status: trusted({ $in: statuses }), ...below } as never, withoutBookkeeping)
        .sort({ _id: -1 })
        .limit(limit)
        .lean<Stored<Order>[]>();
      return found.map(toState);
    },

    /** How many wait to be paid, at most 100,000; from the index of what is overdue. */
    countOpen: (): Promise<number> =>
      orders.model
        .countDocuments({ status: 'created', expiresAt: trusted({ $gt: new Date(0) }) } as never)
        .limit(100_000)
        .exec(),

    /** Open orders whose window closed before `time`, the oldest first. */
    async findDueBefore(time: Date, limit: number): Promise<Order[]> {
      const found = await orders.model
        .find({ status: 'created', expiresAt: trusted({ $lt: time }) } as never, withoutBookkeeping)
        .sort({ expiresAt: 1 })
        .limit(limit)
        .lean<Stored<Order>[]>();
      return found.map(toState);
    },
  };
}

export function openTickets(database: Database, { relay, now, metrics }: Platform<Config>) {
  const schema = new Schema({ ...ticket, withdrawn: Boolean });
  return openDocuments<Ticket>({ name: 'ticket', database, schema, relay, now, metrics });
}
