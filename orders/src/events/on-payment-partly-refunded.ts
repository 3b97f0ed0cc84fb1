import type { Incoming, PaymentPartlyRefunded } from '@ticketing/common/events';
import { freePlaces } from '../domain/order.js';
import type { OrdersContext } from '../store.js';

const alarms = {
  'amount-mismatch': 'a partly refunded payment does not match the price of its order',
  'another-payment': 'a payment was partly refunded, but another one has paid the order',
};

// on payment:partly-refunded: a part of the payment went back to the buyer. The places that it has paid back are free again.
export function freeRefundedPlaces(ctx: OrdersContext) {
  return async ({ data, cause }: Incoming<typeof PaymentPartlyRefunded>) => {
    const { orderId, stripeId, amount, currency } = data;
    const succeeded = data.refunds.filter(({ status }) => status === 'succeeded');
    const places = succeeded.flatMap((refund) => refund.places ?? []);
    const payment = { stripeId, amount, currency, places };
    const decision = await ctx.orders.change(orderId, (order) => freePlaces(order, payment), cause);

    if (decision.outcome === 'accepted') ctx.places.freed(places);
    if (decision.outcome === 'refused')
      ctx.log.error({ orderId, stripeId, alarm: true }, alarms[decision.code]);
    return decision;
  };
}
