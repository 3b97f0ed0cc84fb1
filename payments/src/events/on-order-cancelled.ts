import type { Incoming, OrderCancelled } from '@ticketing/common/events';
import type { PaymentsContext } from '../store.js';
import { voidPayment as cancelOrRefund } from '../domain/payment.js';
import { reported } from '../settlement/record.js';
import { isUnsettled } from '../domain/payment-state.js';

// on order:cancelled: voids an open payment and refunds a charge. Stripe is called in the background, so that an outage
// there does not delay other messages. The sweep retries the call.
export function voidPayment(ctx: PaymentsContext) {
  return async ({ data, cause }: Incoming<typeof OrderCancelled>) => {
    const order = { id: data.id, userId: data.userId, expiresAt: new Date(data.expiresAt) };
    const decision = await reported(ctx, (observe) =>
      ctx.payments.changeOrCreate(data.id, (payment) => cancelOrRefund(observe(payment), order), cause),
    );

    if (decision.outcome === 'accepted' && isUnsettled(decision.state)) ctx.settleSoon(decision.state, cause);
    return decision;
  };
}
