import { z } from 'zod';
import { Id } from '../id.js';
import { Currency, DecimalPrice } from '../money.js';
import { defineEvent } from './event.js';

/** The largest number of places of one ticket. */
export const maxPlaces = 100_000;

const Ticket = z.object({
  id: Id,
  version: z.int().min(0),
  title: z.string(),
  price: DecimalPrice,
  currency: Currency,
  userId: Id,
  /** the version at which the seller last changed what is offered: title, price, currency or event */
  offerVersion: z.int().min(0).optional(),
  /** the number of equal places; without it, the ticket is one place */
  quantity: z.int().min(1).max(maxPlaces).optional(),
  /** the number of free places, as far as the orders have arrived; only with `quantity` */
  available: z.int().min(0).optional(),
  /** the order that holds or bought a ticket of one place */
  orderId: Id.optional(),
  /** the concert or show that the ticket admits to; `timeZone` is the IANA zone of the venue */
  event: z
    .object({ name: z.string(), venue: z.string(), startsAt: z.iso.datetime(), timeZone: z.string() })
    .optional(),
});

export const TicketCreated = defineEvent({
  type: 'ticket:created',
  source: 'tickets',
  data: Ticket,
  about: ({ id }) => id,
});

export const TicketUpdated = defineEvent({
  type: 'ticket:updated',
  source: 'tickets',
  data: Ticket,
  about: ({ id }) => id,
});

/** The ticket is off sale for ever. Every later change of it is published as this type too. */
export const TicketWithdrawn = defineEvent({
  type: 'ticket:withdrawn',
  source: 'tickets',
  data: Ticket,
  about: ({ id }) => id,
});
