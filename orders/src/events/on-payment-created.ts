import type { Incoming, PaymentCreated } from '@ticketing/common/events';
import type { OrdersContext } from '../context.js';
import { complete } from '../domain/order.js';

// on payment:created: the ticket is bought.
export function completeOrder(ctx: OrdersContext) {
  return async ({ data, cause }: Incoming<typeof PaymentCreated>) => {
    const decision = await ctx.orders.change(data.orderId, (order) => complete(order, data.stripeId), cause);

    if (decision.outcome === 'refused')
      ctx.log.error(
        { orderId: data.orderId, stripeId: data.stripeId, alarm: true },
        'an order was paid twice',
      );
    return decision;
  };
}
