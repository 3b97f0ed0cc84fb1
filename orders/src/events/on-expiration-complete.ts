import type { ExpirationComplete, Incoming } from '@ticketing/common/events';
import { expire } from '../domain/order.js';
import type { OrdersContext } from '../store.js';

// on expiration:complete: the event is a hint. The service that set `expiresAt` compares it with its own clock; an early
// event is refused, and the sweep of overdue orders expires the order later.
export function expireOrder(ctx: OrdersContext) {
  return async ({ data, cause }: Incoming<typeof ExpirationComplete>) => {
    const decision = await ctx.orders.change(data.orderId, (order) => expire(order, ctx.now()), cause);

    if (decision.outcome === 'accepted') ctx.metrics.released(decision.state, ctx.now());
    return decision;
  };
}
