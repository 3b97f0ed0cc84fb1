import { Id } from '@ticketing/common/id';
import { Currency, DecimalPrice, toDecimal } from '@ticketing/common/money';
import { z } from 'zod';
import { availableOf, quantityOf } from '../domain/places.js';
import type { Ticket } from '../domain/ticket.js';

const EventView = z
  .object({ name: z.string(), venue: z.string(), startsAt: z.iso.datetime(), timeZone: z.string() })
  .meta({ id: 'TicketedEvent' });

/** A ticket as HTTP clients see it. */
export const TicketView = z
  .object({
    id: Id,
    title: z.string(),
    price: DecimalPrice,
    currency: Currency,
    userId: Id,
    event: EventView.optional(),
    quantity: z.int().min(1).meta({ description: 'The number of equal places.' }),
    available: z.int().min(0).meta({ description: 'The number of places that can be bought.' }),
    status: z.enum(['available', 'reserved', 'sold', 'withdrawn']),
    orderId: Id.optional(),
    version: z.int().min(0),
  })
  .meta({ id: 'Ticket' });

export function viewTicket(ticket: Ticket): z.infer<typeof TicketView> {
  const { id, title, priceInMinorUnits, currency, userId, event, status, orderId, version } = ticket;
  return {
    ...{ id, title, price: toDecimal(priceInMinorUnits, currency), currency, userId },
    ...(event && { event: { ...event, startsAt: event.startsAt.toISOString() } }),
    ...{ quantity: quantityOf(ticket), available: availableOf(ticket), status },
    ...(orderId !== undefined && { orderId }),
    version,
  };
}
