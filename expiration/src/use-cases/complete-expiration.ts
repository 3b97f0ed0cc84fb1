import { ExpirationComplete, publishing, seal } from '@ticketing/common';
import type { ExpirationContext } from '../context.js';
import type { Timer } from '../storage.js';

// When a timer is due: announces it. The timer is done when the broker has stored the announcement, and not before.
export function completeExpiration(ctx: ExpirationContext) {
  return async ({ orderId, cause }: Timer) => {
    const event = ExpirationComplete({ orderId });

    await publishing(seal(event, cause, ctx.now()), ctx.tracer, ctx.bus);

    ctx.metrics.published.inc({ type: event.type });
  };
}
