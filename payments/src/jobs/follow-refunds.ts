import { isOutage } from '@ticketing/common/errors';
import type { Job } from '@ticketing/common/service';
import { isCharge } from '../domain/payment-state.js';
import { readCharge } from '../settlement/settle-refunds.js';
import type { PaymentsContext } from '../store.js';

/** Stripe's webhook usually tells the outcome long before. */
const pendingForMs = 3_600_000;

// Every hour: asks Stripe about refunds that were pending, in case the webhook with the outcome was lost.
export function followRefunds(ctx: PaymentsContext): Job['run'] {
  return async ({ cause, signal }) => {
    const until = new Date(ctx.now().getTime() - pendingForMs);
    for await (const payment of ctx.payments.withPendingRefundBefore(until)) {
      if (signal.aborted) return;
      if (!isCharge(payment)) continue;
      ctx.metrics.swept.inc({ job: 'follow-refunds' });
      await readCharge(ctx, payment, cause).catch((error: unknown) => {
        // An outage ends this run, and the next one begins again.
        if (isOutage(error)) throw error;
        ctx.log.error({ err: error, orderId: payment.id }, 'the refunds of a payment cannot be read');
      });
    }
  };
}
