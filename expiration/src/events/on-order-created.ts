import type { Incoming, OrderCreated } from '@ticketing/common/events';
import type { ExpirationContext } from '../store.js';
import { delayUntilAnnounced } from '../domain/timer.js';

// on order:created: sets the timer that fires when the order expires.
export function scheduleExpiration(ctx: ExpirationContext) {
  return async ({ data, cause }: Incoming<typeof OrderCreated>) => {
    const delayMs = delayUntilAnnounced(new Date(data.expiresAt), ctx.now());

    await ctx.timers.set({ orderId: data.id, cause }, delayMs);
  };
}
