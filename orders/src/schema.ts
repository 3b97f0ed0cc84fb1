// How orders and tickets are stored: fields, indexes, and what is left to do after an upgrade.

import { claimOf } from '@ticketing/common/events';
import type { Mongodb } from '@ticketing/common/service';
import { Schema } from 'mongoose';
import { placesOf, type Item } from './domain/items.js';
import { holdingStatuses, soldStatuses, type Order } from './domain/order.js';

const ticketFields = {
  title: String,
  priceInMinorUnits: Number,
  currency: String,
  sellerId: String,
  version: Number,
};

export const ticketSchema = new Schema({
  ...ticketFields,
  offerVersion: Number,
  quantity: Number,
  available: Number,
  withdrawn: Boolean,
});

export const orderSchema = new Schema({
  userId: String,
  // A string or strings: the claims of the order.
  ticket: { ...ticketFields, id: Schema.Types.Mixed },
  items: [Object],
  status: String,
  slots: { type: [Number], default: undefined },
  repeats: { type: [String], default: undefined },
  network: String,
  reason: String,
  byOperator: Boolean,
  stripeId: String,
  expiresAt: Date,
});
// All unique indexes begin with the seller, so that orders can be sharded by it.
// One holder per place: this index lets one order per claim through, and an order with all its claims or not at all.
orderSchema.index(
  { 'ticket.sellerId': 1, 'ticket.id': 1 },
  {
    name: 'one-holder-per-place',
    unique: true,
    partialFilterExpression: { status: { $in: holdingStatuses } },
  },
);
// The limit of unpaid and free places: each takes one of the buyer's slots, and this index lets one place per slot through.
orderSchema.index(
  { 'ticket.sellerId': 1, userId: 1, slots: 1 },
  { name: 'one-place-per-slot', unique: true, partialFilterExpression: { slots: { $gte: 0 } } },
);
// The cool-down, and one order for the same request twice: a buyer's orders for a ticket are numbered, and this index lets
// one order per number through.
orderSchema.index(
  { 'ticket.sellerId': 1, userId: 1, repeats: 1 },
  { name: 'one-order-per-number', unique: true, partialFilterExpression: { repeats: { $gt: '' } } },
);
// Lists a seller's sales, newest first: all, or those of a ticket, which stands in `items` or, without them, in `ticket`.
const sold = { partialFilterExpression: { status: { $in: [...soldStatuses] } } };
orderSchema.index({ 'ticket.sellerId': 1, _id: -1 }, { name: 'sales', ...sold });
orderSchema.index({ 'ticket.sellerId': 1, 'items.ticketId': 1, _id: -1 }, { name: 'sales-by-item', ...sold });
orderSchema.index({ 'ticket.sellerId': 1, 'ticket.id': 1, _id: -1 }, { name: 'sales-by-ticket', ...sold });
// Counts the unpaid places of a network.
orderSchema.index({ network: 1 }, { partialFilterExpression: { network: { $gt: '' } } });
// Lists a buyer's orders, newest first.
orderSchema.index({ userId: 1, status: 1, _id: -1 });
// Finds overdue orders.
orderSchema.index({ expiresAt: 1 }, { partialFilterExpression: { status: 'created' } });

type Fields = Readonly<{
  id: string;
  ticket: Readonly<{ id: string | readonly string[] }>;
  items?: readonly Item[];
}>;

/**
 * `ticket.id` is stored as the claim of the order, or as an array of its claims if it has items. An order without items is
 * stored as the previous release stores it.
 */
export const orderFormat = {
  encode: (order: Order) =>
    order.items ? { ...order, ticket: { ...order.ticket, id: placesOf(order).map(claimOf) } } : order,
  decode(fields: Readonly<{ id: string }>): Order {
    const order = fields as Fields;
    const [first] = order.items ?? [];
    return (first
      ? { ...order, ticket: { ...order.ticket, id: first.ticketId } }
      : order) as unknown as Order;
  },
};

// The indexes of earlier releases.
export function retireIndexes(database: Mongodb['database']): void {
  database.migrate(() => giveSellers(database));
  const retired = { collection: 'orders', dropIn: '1.0' } as const;
  for (const name of ['one-slot', 'one-order-per-slot', 'one-order-per-repeat'])
    database.retireIndex({ ...retired, name });
  // Of an order without its seller, only the old index knows that it holds its ticket.
  database.retireIndex({ ...retired, name: 'one-holder', isNeeded: () => lacksSellers(database) });
}

const withoutSeller = { status: { $in: [...holdingStatuses] }, 'ticket.sellerId': null };
const atOnce = 1_000;

/** Orders of earlier releases that hold a ticket get its seller, so that their claim excludes new orders. */
async function giveSellers({ connection }: Mongodb['database']): Promise<void> {
  const orders = connection.collection('orders');
  const ids = await orders.distinct('ticket.id', withoutSeller);
  for (let start = 0; start < ids.length; start += atOnce) {
    const known = { _id: { $in: ids.slice(start, start + atOnce) }, sellerId: { $gt: '' } };
    const found = connection.collection('tickets').find(known, { projection: { sellerId: 1 } });
    for await (const { _id, sellerId } of found)
      await orders.updateMany(
        { ...withoutSeller, 'ticket.id': _id },
        { $set: { 'ticket.sellerId': sellerId } },
      );
  }
}

/** Can there be an order without its seller, of this release or an earlier one? */
async function lacksSellers({ connection }: Mongodb['database']): Promise<boolean> {
  const found = [
    await connection.collection('orders').findOne(withoutSeller),
    await connection.collection('tickets').findOne({ sellerId: null }),
  ];
  return found.some((document) => document !== null);
}
