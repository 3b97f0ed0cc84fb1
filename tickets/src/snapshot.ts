import type { SnapshotEntry } from '@ticketing/common/operator';
import type { Holding } from './domain/holding.js';
import { isCounted, quantityOf } from './domain/places.js';
import { offerVersion } from './domain/ticket.js';
import type { TicketsContext } from './store.js';

// The tickets, and the orders that they record.
export async function* exportSnapshot(ctx: TicketsContext): AsyncGenerator<SnapshotEntry> {
  for await (const ticket of ctx.tickets.all()) {
    const { id, version, title, priceInMinorUnits, currency, userId } = ticket;
    const offer = { title, priceInMinorUnits, currency, userId, offerVersion: offerVersion(ticket) };
    const withdrawn = ticket.withdrawn ? 'yes' : 'no';
    const quantity = quantityOf(ticket);
    yield { about: 'tickets', id, values: { version, ...offer, quantity, withdrawn } };

    // Those that a pod of the previous release has written.
    if (!isCounted(ticket))
      yield* Object.entries(ticket.holds).map(([orderId, hold]) => toEntry({ orderId, ...hold }));
  }
  for await (const order of ctx.tickets.holdings.all()) yield toEntry(order);
}

const toEntry = ({
  orderId,
  version,
  status,
}: Pick<Holding, 'orderId' | 'version' | 'status'>): SnapshotEntry => ({
  about: 'orders',
  id: orderId,
  values: { version, status },
});
