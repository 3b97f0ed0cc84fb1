import { toMinorUnits } from '@ticketing/common/money';
import type { SnapshotEntry } from '@ticketing/common/operator';
import type { NotificationsContext } from './store.js';

// The copies of orders.
export async function* exportSnapshot(ctx: NotificationsContext): AsyncGenerator<SnapshotEntry> {
  for await (const { id, userId, total, currency, expiresAt } of ctx.orders.all()) {
    const priceInMinorUnits = toMinorUnits(total, currency);
    const values = { userId, priceInMinorUnits, currency, expiresAt: expiresAt.toISOString() };
    yield { about: 'orders', id, values };
  }
}
