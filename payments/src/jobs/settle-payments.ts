import { isOutage } from '@ticketing/common/errors';
import type { Cause } from '@ticketing/common/observability';
import type { Job } from '@ticketing/common/service';
import type { PaymentsContext } from '../store.js';
import type { Payment } from '../domain/payment-state.js';
import { settle } from '../settlement.js';

const concurrency = 16;
const hourMs = 3_600_000;

// Every few seconds: resumes settlements that an outage or a crash interrupted. A pending payment is skipped at first,
// because the request that began it is probably still in flight.
export function settlePayments(ctx: PaymentsContext): Job['run'] {
  const { SETTLE_SWEEP_MS, SETTLE_AFTER_MS } = ctx.config;

  return async ({ cause, signal }) => {
    const now = ctx.now().getTime();
    const found = ctx.payments.unsettledBefore(new Date(now - SETTLE_SWEEP_MS / 2));

    const settleNext = async (): Promise<void> => {
      for await (const { payment, since } of found) {
        if (signal.aborted) return;
        const ageMs = now - since.getTime();
        if (payment.status === 'pending' && ageMs <= SETTLE_AFTER_MS) continue;
        if (ageMs > hourMs)
          ctx.log.error(
            { orderId: payment.id, status: payment.status, since, alarm: true },
            'a payment has been unsettled for more than an hour',
          );
        ctx.metrics.swept.inc({ job: 'settle-payments' });
        await settleOrLog(ctx, payment, cause);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, settleNext));
  };
}

async function settleOrLog(ctx: PaymentsContext, payment: Payment, cause: Cause): Promise<void> {
  try {
    await settle(ctx, payment, cause);
  } catch (error) {
    ctx.log[isOutage(error) ? 'warn' : 'error'](
      { err: error, orderId: payment.id },
      'payment not settled yet: the sweep will retry',
    );
  }
}
