// The collection of tickets, its queries, and what use cases may use.

import { batch, toState, withoutBookkeeping, type Documents, type Stored } from '@ticketing/common/documents';
import type { Base, Mongodb } from '@ticketing/common/service';
import { Schema, trusted } from 'mongoose';
import type { Config } from './config.js';
import { openCounts } from './count-places.js';
import { anyTicket, keysFormat, keysOf } from './domain/search.js';
import { historyDetail, overBefore, ticketEvent, type Ticket } from './domain/ticket.js';
import { openHoldings } from './holdings.js';
import { openLive } from './live.js';
import { createScan, forSale, type Page, type PageRequest } from './scan.js';
import { openSellers } from './sellers.js';

export type TicketsContext = ReturnType<typeof openContext>;

export function openContext(platform: Base<Config> & Mongodb) {
  const { config, log, now, newId } = platform;
  const tickets = openTickets(platform);
  const sellers = openSellers(platform);
  return { config, log, now, newId, tickets, sellers, live: openLive(platform, tickets, sellers) };
}

const schema = new Schema({
  title: String,
  priceInMinorUnits: Number,
  currency: String,
  userId: String,
  event: { name: String, venue: String, startsAt: Date, timeZone: String },
  quantity: Number,
  quantitySince: Number,
  status: String,
  orderId: String,
  held: Object,
  holds: Object,
  offered: Object,
  forgottenUntil: Date,
  withdrawn: Boolean,
});
// Tickets for sale, newest first.
schema.index({ status: 1, _id: -1 });
// Tickets for sale by tag, and all tickets of a seller, in each order.
for (const order of ['_id', 'keys.price', 'keys.starts']) {
  schema.index({ status: 1, 'keys.tags': 1, [order]: 1 }, { partialFilterExpression: { status: forSale } });
  schema.index({ userId: 1, [order]: 1 });
}
// Finds tickets whose search keys an earlier release has stored.
schema.index({ 'keys.format': 1 });

const notInState = { ...withoutBookkeeping, keys: 0 } as const;

function openTickets({ collection, config, database, now }: Base<Config> & Mongodb) {
  const tickets = collection<Ticket>({
    name: 'ticket',
    schema,
    toEvent: ticketEvent,
    detail: historyDetail,
    derived: { keys: keysOf },
  });
  const holdings = openHoldings(database, config.MONGO_TIMEOUT_MS);
  const counts = openCounts({ tickets, holdings, now });
  const readPage = createScan(tickets, config.MONGO_TIMEOUT_MS);
  // Most clients ask for the first page: equal requests of one event-loop turn share a query.
  const sharedPage = batch<string, Page>((requests) =>
    Promise.all(requests.map((request) => readPage(JSON.parse(request) as PageRequest))),
  );

  return {
    ...tickets,
    ...counts,
    ...queriesOf(tickets),
    holdings,

    /** The next page of a search. It can be short, or empty, before the last page. */
    search: async (request: PageRequest): Promise<Page> => sharedPage(JSON.stringify(request)),

    repairSearchKeys: (signal: AbortSignal) => repairSearchKeys(tickets, signal),
  };
}

function queriesOf(tickets: Documents<Ticket>) {
  return {
    /** The tickets that were last written by a release without holdings, if an order may hold them. */
    async *findUncounted(): AsyncGenerator<Ticket> {
      const mayBeHeld = [{ status: { $in: ['reserved', 'sold'] } }, { holds: { $ne: {} } }];
      const filter = { $expr: { $ne: ['$held.at', '$version'] }, $or: mayBeHeld };
      for await (const { state } of tickets.scan(filter)) yield state;
    },

    /** Ids of tickets for sale whose event is over; at most 1,000, the earliest events first. */
    async findPast(now: Date): Promise<string[]> {
      const starts = trusted({ $lt: overBefore(now).toISOString() });
      const past = { status: forSale, 'keys.tags': anyTicket, 'keys.starts': starts };
      const found = tickets.model
        .find(past as never, { _id: 1 })
        .sort({ 'keys.starts': 1 })
        .limit(1_000);
      return (await found.lean<Pick<Stored<Ticket>, '_id'>[]>()).map(({ _id }) => _id);
    },

    /** A seller's tickets, newest first. */
    async findNewestOf(userId: string, limit: number): Promise<Ticket[]> {
      const found = tickets.model
        .find({ userId } as never, notInState)
        .sort({ _id: -1 })
        .limit(limit);
      return (await found.lean<Stored<Ticket>[]>()).map(toState);
    },

    /** Ids of a seller's tickets that are not withdrawn. A sold one is for sale again if its order is refunded. */
    async findIdsOfferedBy(userId: string): Promise<string[]> {
      const found = tickets.model
        .find({ userId, withdrawn: trusted({ $ne: true }) } as never, { _id: 1 })
        .lean<Pick<Stored<Ticket>, '_id'>[]>();
      return (await found).map(({ _id }) => _id);
    },
  };
}

/**
 * Recomputes search keys that an earlier release has stored, or none has, and returns their number. A ticket that changes
 * meanwhile is skipped: either its write stores the right keys, or the next pass finds it.
 */
async function repairSearchKeys(
  { model }: Pick<Documents<Ticket>, 'model'>,
  signal: AbortSignal,
): Promise<number> {
  let repaired = 0;
  const isEarlier = [{ 'keys.format': null }, { 'keys.format': trusted({ $lt: keysFormat }) }];
  const found = model.find({ $or: isEarlier } as never, notInState).lean<Stored<Ticket>[]>();
  for await (const document of found.cursor()) {
    if (signal.aborted) break;
    const ticket = document as Stored<Ticket>;
    const { _id, version } = ticket;
    const keys = keysOf(toState(ticket));
    repaired += (await model.updateOne({ _id, version }, { $set: { keys } } as never)).modifiedCount;
  }
  return repaired;
}
