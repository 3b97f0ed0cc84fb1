import { z } from 'zod';
import { Id } from '../id.js';
import { Currency, DecimalPrice } from '../money.js';
import { defineEvent } from './event.js';

const Ticket = z.object({
  id: Id,
  version: z.int().min(0),
  title: z.string(),
  price: DecimalPrice,
  currency: Currency,
  userId: Id,
  /** the order that holds or bought it */
  orderId: Id.optional(),
  /** what it lets its bearer into: an instant, and the IANA zone of the place, by which people there read it */
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

/** Not for sale any more, and never again. Whatever happens to the ticket later is told by this event too. */
export const TicketWithdrawn = defineEvent({
  type: 'ticket:withdrawn',
  source: 'tickets',
  data: Ticket,
  about: ({ id }) => id,
});
