import type { SnapshotEntry } from '@ticketing/common/operator';
import type { ExpirationContext } from './store.js';

// The orders whose timer is set.
export async function* exportSnapshot(ctx: ExpirationContext): AsyncGenerator<SnapshotEntry> {
  for (const orderId of await ctx.timers.running()) yield { about: 'orders', id: orderId, values: {} };
}
