import {
  openDocuments,
  toState,
  together,
  type Database,
  type Platform,
  type Stored,
} from '@ticketing/common';
import { Schema, trusted } from 'mongoose';
import type { Config } from './config.js';
import { tellTicket, type Ticket } from './domain/ticket.js';

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
// What a seller offers, or has offered.
schema.index({ userId: 1, _id: 1 });

type Page = Readonly<{ limit: number; before: string | undefined }>;

const listed = {
  title: 1,
  priceInMinorUnits: 1,
  currency: 1,
  userId: 1,
  event: 1,
  status: 1,
  version: 1,
} as const;

export function openTickets(database: Database, { relay, now, metrics }: Platform<Config>) {
  const tickets = openDocuments<Ticket>({
    name: 'ticket',
    database,
    schema,
    relay,
    now,
    metrics,
    tell: tellTicket,
  });

  const page = async ({ limit, before }: Page): Promise<Ticket[]> => {
    const below = before !== undefined && { _id: trusted({ $lt: before }) };
    const found = await tickets.model
      .find({ status: 'available', ...below } as never, listed)
      .sort({ _id: -1 })
      .limit(limit)
      .lean<Stored<Ticket>[]>();
    return found.map(toState);
  };
  // Most people look at the first page.
  const pageOnce = together<string, Ticket[]>((pages) =>
    Promise.all(pages.map((asked) => page(JSON.parse(asked) as Page))),
  );

  return {
    ...tickets,

    /** Newest first, from below the id `before`. */
    findAvailable: async (asked: Page): Promise<Ticket[]> => pageOnce(JSON.stringify(asked)),

    /** Those that a seller has neither sold nor taken back. */
    async findIdsOfferedBy(userId: string): Promise<string[]> {
      const found = tickets.model
        .find({ userId, status: trusted({ $in: ['available', 'reserved'] }) } as never, { withdrawn: 1 })
        .lean<Pick<Stored<Ticket>, '_id' | 'withdrawn'>[]>();
      return (await found).filter(({ withdrawn }) => !withdrawn).map(({ _id }) => _id);
    },
  };
}
