import { refuse } from '@ticketing/common/decision';
import { PaymentCreated, type ExpirationComplete, type Incoming } from '@ticketing/common/events';
import { expire } from '../domain/order.js';
import type { OrdersContext } from '../store.js';

// on expiration:complete: the event is a hint. The service that set `expiresAt` compares it with its own clock; an early
// event is refused, and the sweep of overdue orders expires the order later. An event soon after an outage of the bus is
// refused too: the event of a payment in time may still wait in the outbox of payments. So is the event of an order whose
// payment the bus has stored, but no process has handled yet.
export function expireOrder(ctx: OrdersContext) {
  return async ({ data, cause }: Incoming<typeof ExpirationComplete>) => {
    if ((ctx.bus.storesForMs() ?? 0) < ctx.config.BUS_SETTLING_MS) return refuse('bus-not-settled');
    const { id, status } = await ctx.orders.get(data.orderId);
    if (status === 'created' && (await ctx.bus.hasStored(PaymentCreated.type, id)))
      return refuse('payment-on-its-way');

    const decision = await ctx.orders.change(data.orderId, (order) => expire(order, ctx.now()), cause);

    if (decision.outcome === 'accepted') ctx.metrics.released(decision.state, ctx.now());
    return decision;
  };
}
