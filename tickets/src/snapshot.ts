import { claimOf } from '@ticketing/common/events';
import type { SnapshotEntry } from '@ticketing/common/operator';
import { quantityOf } from './domain/places.js';
import { offerVersion } from './domain/ticket.js';
import type { TicketsContext } from './store.js';

// The tickets, and the orders that they record: one entry for each order and ticket.
export async function* exportSnapshot(ctx: TicketsContext): AsyncGenerator<SnapshotEntry> {
  for await (const ticket of ctx.tickets.all()) {
    const { id, version, title, priceInMinorUnits, currency, userId } = ticket;
    const offer = { title, priceInMinorUnits, currency, userId, offerVersion: offerVersion(ticket) };
    const withdrawn = ticket.withdrawn ? 'yes' : 'no';
    yield { about: 'tickets', id, values: { version, ...offer, quantity: quantityOf(ticket), withdrawn } };
  }
  for await (const { orderId, ticketId, version, status, places } of ctx.tickets.holdings.all()) {
    const claims = places.map((place) => claimOf({ ticketId, place })).join(' ');
    yield { about: 'orders', id: orderId, values: { version, status, places: claims || undefined } };
  }
}
