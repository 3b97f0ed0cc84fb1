import { publishWithSpan } from '@ticketing/common/bus';
import { ExpirationComplete, toEnvelope } from '@ticketing/common/events';
import type { ExpirationContext } from '../store.js';
import type { Timer } from '../store.js';

// When a timer is due: publishes expiration:complete. The timer ends only after the broker has stored the event.
export function completeExpiration(ctx: ExpirationContext) {
  return async ({ orderId, cause }: Timer) => {
    const event = ExpirationComplete({ orderId });

    await publishWithSpan(toEnvelope(event, cause, ctx.now()), ctx.bus);

    ctx.metrics.published.inc({ type: event.type });
  };
}
