import type { SnapshotEntry } from '@ticketing/common/operator';
import { offerVersion } from './domain/ticket.js';
import type { TicketsContext } from './store.js';

// The tickets, and the orders that they record.
export async function* exportSnapshot(ctx: TicketsContext): AsyncGenerator<SnapshotEntry> {
  for await (const ticket of ctx.tickets.all()) {
    const { id, version, title, priceInMinorUnits, currency, userId } = ticket;
    const offer = { title, priceInMinorUnits, currency, userId, offerVersion: offerVersion(ticket) };
    const withdrawn = ticket.withdrawn ? 'yes' : 'no';
    yield { about: 'tickets', id, values: { version, ...offer, withdrawn } };

    for (const [orderId, { version: orderVersion, status }] of Object.entries(ticket.holds))
      yield { about: 'orders', id: orderId, values: { version: orderVersion, status } };
  }
}
