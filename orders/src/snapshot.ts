import type { SnapshotEntry } from '@ticketing/common/operator';
import type { OrdersContext } from './store.js';

// The orders, the copies of tickets, and the payments of complete orders.
export async function* exportSnapshot(ctx: OrdersContext): AsyncGenerator<SnapshotEntry> {
  for await (const order of ctx.orders.all()) {
    const { id, version, status, userId, ticket } = order;
    const { priceInMinorUnits, currency } = ticket;
    const expiresAt = order.expiresAt.toISOString();
    const values = { version, status, userId, priceInMinorUnits, currency, expiresAt };
    yield { about: 'orders', id, values };

    if (order.status === 'complete')
      yield { about: 'payments', id, values: { status: 'succeeded', stripeId: order.stripeId } };
  }
  for await (const { id, withdrawn, ...rest } of ctx.tickets.all())
    yield { about: 'tickets', id, values: { ...rest, withdrawn: withdrawn ? 'yes' : 'no' } };
}
