import type { Incoming, PaymentRefunded } from '@ticketing/common/events';
import { refund } from '../domain/order.js';
import type { OrdersContext } from '../store.js';

const alarms = {
  'amount-mismatch': 'a refunded payment does not match the price of its order',
  'another-payment': 'a payment was refunded, but another one has paid the order',
};

// on payment:refunded: the whole payment went back to the buyer, so its places are free again.
export function refundOrder(ctx: OrdersContext) {
  return async ({ data, cause }: Incoming<typeof PaymentRefunded>) => {
    const { orderId, stripeId } = data;
    const decision = await ctx.orders.change(orderId, (order) => refund(order, data), cause);

    if (decision.outcome === 'refused')
      ctx.log.error({ orderId, stripeId, alarm: true }, alarms[decision.code]);
    return decision;
  };
}
