import { etagOf } from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import { Currency, DecimalPrice, toDecimal } from '@ticketing/common/money';
import { z } from 'zod';
import { availableOf, quantityOf } from '../domain/places.js';
import type { Seller } from '../domain/seller.js';
import type { Ticket } from '../domain/ticket.js';

const EventView = z
  .object({ name: z.string(), venue: z.string(), startsAt: z.iso.datetime(), timeZone: z.string() })
  .meta({ id: 'TicketedEvent' });

const SellerView = z
  .object({
    id: Id,
    name: z
      .string()
      .optional()
      .meta({ description: 'Absent if the seller has given none.', examples: ['Ann'] }),
  })
  .meta({ id: 'Seller' });

/** A ticket as HTTP clients see it. */
export const TicketView = z
  .object({
    id: Id,
    title: z.string(),
    price: DecimalPrice,
    currency: Currency,
    userId: Id,
    seller: SellerView,
    event: EventView.optional(),
    quantity: z.int().min(1).meta({ description: 'The number of equal places.' }),
    available: z.int().min(0).meta({ description: 'The number of places that can be bought.' }),
    status: z.enum(['available', 'reserved', 'sold', 'withdrawn']),
    orderId: Id.optional(),
    version: z.int().min(0),
  })
  .meta({ id: 'Ticket' });

/** `seller` is the copy of the seller; undefined if none has arrived. */
export function viewTicket(ticket: Ticket, seller: Seller | undefined): z.infer<typeof TicketView> {
  const { id, title, priceInMinorUnits, currency, userId, event, status, orderId, version } = ticket;
  return {
    ...{ id, title, price: toDecimal(priceInMinorUnits, currency), currency, userId },
    seller: { id: userId, ...(seller?.name !== undefined && { name: seller.name }) },
    ...(event && { event: { ...event, startsAt: event.startsAt.toISOString() } }),
    ...{ quantity: quantityOf(ticket), available: availableOf(ticket), status },
    ...(orderId !== undefined && { orderId }),
    version,
  };
}

/** The `ETag` of a ticket with its seller: a new name is a new representation of the same version. */
export const ticketEtag = (ticket: Ticket, seller: Seller | undefined) =>
  etagOf(ticket, seller?.name === undefined ? undefined : seller.version);
