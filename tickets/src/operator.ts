// The search of operators for tickets.

import type { Found } from '@ticketing/common/operator';
import { availableOf, quantityOf } from './domain/places.js';
import type { Ticket } from './domain/ticket.js';
import type { TicketsContext } from './store.js';

const maxListed = 20;

/** The ticket with this id, and the newest tickets of the seller with this id. */
export async function* findTickets({ tickets }: TicketsContext, text: string): AsyncGenerator<Found> {
  const ticket = await tickets.find(text);
  if (ticket) yield toFound(ticket);
  yield* (await tickets.findNewestOf(text, maxListed)).map(toFound);
}

function toFound(ticket: Ticket): Found {
  const { id, status, userId, orderId } = ticket;
  const quantity = quantityOf(ticket);
  const free = quantity > 1 ? `${availableOf(ticket)} of ${quantity}` : undefined;
  return { what: 'ticket', id, status, related: { seller: userId, order: orderId, free } };
}
