import type { SnapshotEntry } from '@ticketing/common/operator';
import type { ExpirationContext } from './context.js';

// The command `facts`: the orders whose timer runs.
export async function* exportSnapshot(ctx: ExpirationContext): AsyncGenerator<SnapshotEntry> {
  for (const orderId of await ctx.timers.running()) yield { about: 'orders', id: orderId, values: {} };
}
