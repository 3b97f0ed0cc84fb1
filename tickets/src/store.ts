// The collection of tickets, its queries, and what use cases may use.

import { batch, type Stored } from '@ticketing/common/documents';
import type { Base, Mongodb } from '@ticketing/common/service';
import { Schema, trusted } from 'mongoose';
import type { Config } from './config.js';
import { keysOf } from './domain/search.js';
import { ticketEvent, type Ticket } from './domain/ticket.js';
import { createScan, forSale, type Asked, type Page } from './scan.js';

export type TicketsContext = ReturnType<typeof openContext>;

export function openContext(platform: Base<Config> & Mongodb) {
  const { config, log, now, newId } = platform;
  return { config, log, now, newId, tickets: openTickets(platform) };
}

const schema = new Schema({
  title: String,
  priceInMinorUnits: Number,
  currency: String,
  userId: String,
  event: { name: String, venue: String, startsAt: Date, timeZone: String },
  status: String,
  orderId: String,
  holds: Object,
  withdrawn: Boolean,
});
// What can be bought, newest first.
schema.index({ status: 1, _id: -1 });
// What can be bought and has a certain tag; what a seller offers or has offered: in each of the orders.
for (const order of ['_id', 'keys.price', 'keys.starts']) {
  schema.index({ status: 1, 'keys.tags': 1, [order]: 1 }, { partialFilterExpression: { status: forSale } });
  schema.index({ userId: 1, [order]: 1 });
}

function openTickets({ collection, config }: Base<Config> & Mongodb) {
  const tickets = collection<Ticket>({ name: 'ticket', schema, toEvent: ticketEvent, keys: keysOf });
  const page = createScan(tickets, config.MONGO_TIMEOUT_MS);
  // Most people look at the first page.
  const pageOnce = batch<string, Page>((pages) =>
    Promise.all(pages.map((asked) => page(JSON.parse(asked) as Asked))),
  );

  return {
    ...tickets,

    /** The next tickets that a search finds: at most `limit`, perhaps none although there are more further on. */
    search: async (asked: Asked): Promise<Page> => pageOnce(JSON.stringify(asked)),

    /** Those that a seller has neither sold nor taken back. */
    async findIdsOfferedBy(userId: string): Promise<string[]> {
      const found = tickets.model
        .find({ userId, status: trusted({ $in: ['available', 'reserved'] }) } as never, { withdrawn: 1 })
        .lean<Pick<Stored<Ticket>, '_id' | 'withdrawn'>[]>();
      return (await found).filter(({ withdrawn }) => !withdrawn).map(({ _id }) => _id);
    },
  };
}
