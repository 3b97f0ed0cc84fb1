import { publishing } from '@ticketing/common/bus';
import { ExpirationComplete, toEnvelope } from '@ticketing/common/events';
import type { ExpirationContext } from '../context.js';
import type { Timer } from '../store.js';

// When a timer is due: announces it. The timer is done when the broker has stored the announcement, and not before.
export function completeExpiration(ctx: ExpirationContext) {
  return async ({ orderId, cause }: Timer) => {
    const event = ExpirationComplete({ orderId });

    await publishing(toEnvelope(event, cause, ctx.now()), ctx.bus);

    ctx.metrics.published.inc({ type: event.type });
  };
}
