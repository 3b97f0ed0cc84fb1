import type { SnapshotEntry } from '@ticketing/common/operator';
import type { TicketsContext } from './context.js';

// The command `facts`: the tickets, and what is known here of their orders.
export async function* exportSnapshot(ctx: TicketsContext): AsyncGenerator<SnapshotEntry> {
  for await (const ticket of ctx.tickets.all()) {
    const { id, version, title, priceInMinorUnits, currency } = ticket;
    const withdrawn = ticket.withdrawn ? 'yes' : 'no';
    yield { about: 'tickets', id, values: { version, title, priceInMinorUnits, currency, withdrawn } };

    for (const [orderId, { version: orderVersion, status }] of Object.entries(ticket.holds))
      yield { about: 'orders', id: orderId, values: { version: orderVersion, status } };
  }
}
