import type { ExpirationComplete, Incoming } from '@ticketing/common/events';
import type { OrdersContext } from '../context.js';
import { expire } from '../domain/order.js';

// on expiration:complete. The event is a hint: orders set `expiresAt`, so orders' clock judges it.
// Too early is refused; the overdue sweep will come back for it.
export function expireOrder(ctx: OrdersContext) {
  return async ({ data, cause }: Incoming<typeof ExpirationComplete>) => {
    const decision = await ctx.orders.change(data.orderId, (order) => expire(order, ctx.now()), cause);

    if (decision.outcome === 'accepted') ctx.metrics.freed(decision.state, ctx.now());
    return decision;
  };
}
