import type { Incoming, OrderCancelled } from '@ticketing/common/events';
import type { PaymentsContext } from '../store.js';
import { isUnsettled, voidPayment as cancelOrRefund } from '../domain/payment.js';

// on order:cancelled: voids an open payment and refunds a charge. Stripe is called in the background, so that an outage
// there does not delay other messages. The sweep retries the call.
export function voidPayment(ctx: PaymentsContext) {
  return async ({ data, cause }: Incoming<typeof OrderCancelled>) => {
    const decision = await ctx.payments.changeOrCreate(
      data.id,
      (payment) => cancelOrRefund(payment, data.id),
      cause,
    );

    if (decision.outcome === 'accepted' && isUnsettled(decision.state)) ctx.settleSoon(decision.state, cause);
    return decision;
  };
}
