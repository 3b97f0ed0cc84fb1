import { Currency, DecimalPrice, Id, toDecimal } from '@ticketing/common';
import { z } from 'zod';
import type { Ticket } from './domain/ticket.js';

/** A ticket as HTTP clients see it. */
export const TicketView = z
  .object({
    id: Id,
    title: z.string(),
    price: DecimalPrice,
    currency: Currency,
    userId: Id,
    status: z.enum(['available', 'reserved', 'sold', 'withdrawn']),
    orderId: Id.optional(),
    version: z.int().min(0),
  })
  .meta({ id: 'Ticket' });

export function viewTicket(ticket: Ticket): z.infer<typeof TicketView> {
  const { id, title, priceInMinorUnits, currency, userId, status, orderId, version } = ticket;
  const price = toDecimal(priceInMinorUnits, currency);
  return { id, title, price, currency, userId, status, ...(orderId !== undefined && { orderId }), version };
}
