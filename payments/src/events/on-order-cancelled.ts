import type { Incoming, OrderCancelled } from '@ticketing/common/events';
import type { PaymentsContext } from '../store.js';
import { isUnsettled, voidPayment as release } from '../domain/payment.js';

// on order:cancelled: nothing may be charged any more, and what was charged goes back. Stripe is told behind the message,
// so that an outage there does not hold up other orders' messages; the sweep makes sure of it.
export function voidPayment(ctx: PaymentsContext) {
  return async ({ data, cause }: Incoming<typeof OrderCancelled>) => {
    const decision = await ctx.payments.changeOrCreate(
      data.id,
      (payment) => release(payment, data.id),
      cause,
    );

    if (decision.outcome === 'accepted' && isUnsettled(decision.state)) ctx.settleSoon(decision.state, cause);
    return decision;
  };
}
