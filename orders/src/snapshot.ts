import { claimOf } from '@ticketing/common/events';
import type { SnapshotEntry } from '@ticketing/common/operator';
import { placesOf } from './domain/items.js';
import type { OrdersContext } from './store.js';

const paymentStatus = { complete: 'succeeded', refunded: 'refunded' } as const;

// The orders, the copies of tickets, and the payments of complete and refunded orders.
export async function* exportSnapshot(ctx: OrdersContext): AsyncGenerator<SnapshotEntry> {
  for await (const order of ctx.orders.all()) {
    const { id, version, status, userId, ticket } = order;
    const { priceInMinorUnits, currency } = ticket;
    const expiresAt = order.expiresAt.toISOString();
    const places = placesOf(order).map(claimOf).join(' ');
    const values = { version, status, userId, priceInMinorUnits, currency, expiresAt, places };
    yield { about: 'orders', id, values };

    if ('stripeId' in order)
      yield {
        about: 'payments',
        id,
        values: { status: paymentStatus[order.status], stripeId: order.stripeId },
      };
  }
  for await (const { id, withdrawn, sellerId, available: _hint, ...rest } of ctx.tickets.all())
    yield {
      about: 'tickets',
      id,
      values: { ...rest, userId: sellerId, withdrawn: withdrawn ? 'yes' : 'no' },
    };
}
