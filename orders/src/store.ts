// The collections of orders and their queries, and what use cases may use.

import { withoutBookkeeping, type Documents, type Stored } from '@ticketing/common/documents';
import { claimOf } from '@ticketing/common/events';
import type { Base, Mongodb } from '@ticketing/common/service';
import { trusted } from 'mongoose';
import type { Config } from './config.js';
import type { EarlierOrder } from './domain/cool-down.js';
import { placesOf } from './domain/items.js';
import { holdingStatuses, isHolding, soldStatuses, type Order } from './domain/order.js';
import { historyDetail, orderEvent } from './domain/order-events.js';
import { soldAt, type Sale } from './domain/sale.js';
import type { Ticket } from './domain/ticket.js';
import { openLive } from './live.js';
import { openMetrics } from './metrics.js';
import { openNetworkHolds } from './network-holds.js';
import { openPlaces, type Held } from './places.js';
import { orderFormat, orderSchema, retireIndexes, ticketSchema } from './schema.js';

export type OrdersContext = ReturnType<typeof openContext>;

export function openContext(platform: Base<Config> & Mongodb) {
  const { config, log, now, newId, bus, parkedMessages } = platform;
  const metrics = openMetrics(platform.metrics);
  const orders = openOrders(platform);
  const places = openPlaces(orders, metrics);
  // The places of an order that has ended are the first to be tried again.
  const change: typeof orders.change = async (...change) => {
    const decision = await orders.change(...change);
    if (decision.outcome === 'accepted' && !isHolding(decision.state)) places.freed(placesOf(decision.state));
    return decision;
  };
  return {
    ...{ config, log, now, newId, bus, parkedMessages, metrics, places },
    orders: { ...orders, change },
    live: openLive(platform, orders),
    networkHolds: openNetworkHolds(config.MAX_ACTIVE_ORDERS_PER_NETWORK, orders.countAtNetwork),
    tickets: platform.collection<Ticket>({ name: 'ticket', schema: ticketSchema }),
  };
}

function openOrders({ collection, database }: Mongodb) {
  const orders = collection<Order>({
    name: 'order',
    schema: orderSchema,
    format: orderFormat,
    // An order of a release without sellers has null.
    shardKey: ({ ticket }) => ({ 'ticket.sellerId': ticket.sellerId ?? null }),
    toEvent: orderEvent,
    detail: historyDetail,
  });
  retireIndexes(database);

  const find = async (filter: object, sort: Record<string, 1 | -1>, limit: number): Promise<Order[]> => {
    const query = orders.model
      .find(filter as never, withoutBookkeeping)
      .sort(sort)
      .limit(limit);
    return (await query.lean<Stored<Order>[]>()).map(orders.toState);
  };

  return {
    ...orders,
    ...claimQueries(orders),
    ...limitQueries(orders),
    ...saleQueries(orders),

    /** The orders that hold one of these claims. */
    findHolders: (sellerId: string | undefined, claims: readonly string[]): Promise<Order[]> =>
      find({ ...heldOf(sellerId), 'ticket.id': trusted({ $in: claims }) }, {}, claims.length),

    /** Orders that hold places of a ticket. */
    findHoldersOf: ({ sellerId, id }: Ticket, limit: number): Promise<Order[]> =>
      find({ ...heldOf(sellerId), ...anyPlaceOf(id) }, { _id: -1 }, limit),

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

function saleQueries({ model, toState }: Documents<Order>) {
  const { history: _kept, changedAt: _left, ...projection } = withoutBookkeeping;
  return {
    /** A seller's sales, of one ticket or of all, newest first, with ids below `before`. */
    async findSales(
      sellerId: string,
      { ticketId, limit, before }: Readonly<{ ticketId?: string; limit: number; before?: string }>,
    ): Promise<Sale[]> {
      const sales = {
        'ticket.sellerId': sellerId,
        status: trusted({ $in: soldStatuses }),
        ...(before !== undefined && { _id: trusted({ $lt: before }) }),
      };
      // Each branch has an index in the order of the list.
      const filter =
        ticketId === undefined
          ? sales
          : { $or: ['items.ticketId', 'ticket.id'].map((field) => ({ ...sales, [field]: ticketId })) };
      const found = await model
        .find(filter as never, projection)
        .sort({ _id: -1 })
        .limit(limit)
        .lean<Stored<Order>[]>();
      return found.map((stored) => ({ order: toState(stored), soldAt: soldAt(stored) }));
    },
  };
}

// An order of a release without sellers has null.
const heldOf = (sellerId: string | undefined) => ({
  'ticket.sellerId': sellerId ?? null,
  status: trusted({ $in: holdingStatuses }),
});

// The claims of a ticket begin with its id. Place 0 is its id alone, which an order may store outside of an array.
const anyPlaceOf = (ticketId: string) => ({
  $or: [
    { 'ticket.id': ticketId },
    { 'ticket.id': trusted({ $elemMatch: { $gte: `${ticketId}/`, $lt: `${ticketId}0` } }) },
  ],
});

/** The queries by which places of tickets are chosen. */
function claimQueries({ model }: Documents<Order>) {
  const heldIn = async (filter: object): Promise<Held[]> => {
    const found = await model
      .find(filter as never, { _id: 0, userId: 1, status: 1, 'ticket.id': 1 })
      .readConcern('local')
      .lean<{ userId: string; status: string; ticket: { id: string | string[] } }[]>();
    return found.map(({ userId, status, ticket }) => ({
      userId,
      isPaid: status === 'complete',
      claims: [ticket.id].flat(),
    }));
  };
  return {
    /** The orders that hold these places of a ticket. */
    findHeld: ({ sellerId, id: ticketId }: Ticket, places: readonly number[]): Promise<Held[]> =>
      heldIn({
        ...heldOf(sellerId),
        'ticket.id': trusted({ $in: places.map((place) => claimOf({ ticketId, place })) }),
      }),

    /** The orders that hold any place of a ticket. */
    findAllHeld: ({ sellerId, id }: Ticket): Promise<Held[]> =>
      heldIn({ ...heldOf(sellerId), ...anyPlaceOf(id) }),
  };
}

/** The queries of the limits against hoarding. */
function limitQueries({ model, toState }: Documents<Order>) {
  return {
    /** The slots that a buyer's unpaid and free places of a seller take. */
    async findSlotsOf(sellerId: string | undefined, userId: string): Promise<number[]> {
      const slots = trusted({ $gte: 0 });
      const found = await model
        .find({ 'ticket.sellerId': sellerId, userId, slots } as never, { _id: 0, slots: 1 })
        .lean<{ slots: number[] }[]>();
      return found.flatMap((order) => order.slots);
    },

    /** All orders of a buyer for any of these tickets. */
    async findEarlier(
      sellerId: string | undefined,
      userId: string,
      ticketIds: readonly string[],
    ): Promise<EarlierOrder[]> {
      const { changedAt: _left, ...projection } = withoutBookkeeping;
      const repeats = trusted({ $gt: '', $in: ticketIds.map((id) => new RegExp(`^${id}/`)) });
      const found = await model
        .find({ 'ticket.sellerId': sellerId, userId, repeats } as never, projection)
        .lean<Stored<Order>[]>();
      return found.map((stored) => ({ order: toState(stored), endedAt: stored.changedAt }));
    },

    /** The number of unpaid places of a network, counted up to `limit` orders. */
    async countAtNetwork(network: string, limit: number): Promise<number> {
      const places = { $size: { $ifNull: ['$slots', ['of an earlier release']] } };
      const [found] = await model.aggregate<{ places: number }>([
        { $match: { network } },
        { $limit: limit },
        { $group: { _id: null, places: { $sum: places } } },
      ]);
      return found?.places ?? 0;
    },
  };
}
