import type { Incoming, PaymentCreated } from '@ticketing/common/events';
import { complete } from '../domain/order.js';
import type { OrdersContext } from '../store.js';

const alarms = {
  'amount-mismatch': 'a payment does not match the price of its order',
  'paid-twice': 'an order was paid twice',
};

// on payment:created: the order is paid, so its places are sold.
export function completeOrder(ctx: OrdersContext) {
  return async ({ data, cause }: Incoming<typeof PaymentCreated>) => {
    const { orderId, stripeId } = data;
    const decision = await ctx.orders.change(orderId, (order) => complete(order, data), cause);

    if (decision.outcome === 'refused')
      ctx.log.error({ orderId, stripeId, alarm: true }, alarms[decision.code]);
    return decision;
  };
}
