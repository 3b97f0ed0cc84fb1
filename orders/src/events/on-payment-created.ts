import type { Incoming, PaymentCreated } from '@ticketing/common/events';
import { complete } from '../domain/order.js';
import type { OrdersContext } from '../store.js';

// on payment:created: the order is paid, so its ticket is sold.
export function completeOrder(ctx: OrdersContext) {
  return async ({ data, cause }: Incoming<typeof PaymentCreated>) => {
    const { orderId, stripeId } = data;
    const decision = await ctx.orders.change(orderId, (order) => complete(order, stripeId), cause);

    if (decision.outcome === 'refused')
      ctx.log.error({ orderId, stripeId, alarm: true }, 'an order was paid twice');
    return decision;
  };
}
