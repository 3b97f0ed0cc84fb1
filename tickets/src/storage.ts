import { openDocuments, toState, type Database, type Platform, type Stored } from '@ticketing/common';
import { Schema, trusted } from 'mongoose';
import type { Config } from './config.js';
import { tellTicket, type Ticket } from './domain/ticket.js';

const schema = new Schema({
  title: String,
  priceInMinorUnits: Number,
  currency: String,
  userId: String,
  status: String,
  orderId: String,
  holds: Object,
});
// What can be bought, newest first.
schema.index({ status: 1, _id: -1 });

const listed = { title: 1, priceInMinorUnits: 1, currency: 1, userId: 1, status: 1, version: 1 } as const;

export function openTickets(database: Database, { relay, now }: Platform<Config>) {
  const tickets = openDocuments<Ticket>({ name: 'ticket', database, schema, relay, now, tell: tellTicket });

  return {
    ...tickets,

    /** Newest first, from below the id `before`. */
    async findAvailable(limit: number, before?: string): Promise<Ticket[]> {
      const found = await tickets.model
        .find(
          { status: 'available', ...(before !== undefined && { _id: trusted({ $lt: before }) }) } as never,
          listed,
        )
        .sort({ _id: -1 })
        .limit(limit)
        .lean<Stored<Ticket>[]>();
      return found.map(toState);
    },
  };
}
