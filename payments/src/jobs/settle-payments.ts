import { isOutage } from '@ticketing/common/errors';
import type { Cause } from '@ticketing/common/observability';
import type { Job } from '@ticketing/common/service';
import type { PaymentsContext } from '../store.js';
import type { Payment } from '../domain/payment.js';
import { settle } from '../settlement.js';

const atOnce = 16;
const hourMs = 3_600_000;

// Every few seconds: takes up what an outage or a crash has left between us and Stripe. A pending payment is left alone at
// first, because the request that began it is probably still at it.
export function settlePayments(ctx: PaymentsContext): Job['run'] {
  const { SETTLE_SWEEP_MS, SETTLE_AFTER_MS } = ctx.config;

  return async ({ cause, signal }) => {
    const now = ctx.now().getTime();
    const found = ctx.payments.unsettledBefore(new Date(now - SETTLE_SWEEP_MS / 2));

    const takeTurns = async (): Promise<void> => {
      for await (const { payment, since } of found) {
        if (signal.aborted) return;
        const untouchedMs = now - since.getTime();
        if (payment.status === 'pending' && untouchedMs <= SETTLE_AFTER_MS) continue;
        if (untouchedMs > hourMs)
          ctx.log.error(
            { orderId: payment.id, status: payment.status, since, alarm: true },
            'a payment has not been settled for over an hour',
          );
        ctx.metrics.swept.inc({ job: 'settle-payments' });
        await settleOrLog(ctx, payment, cause);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, takeTurns));
  };
}

async function settleOrLog(ctx: PaymentsContext, payment: Payment, cause: Cause): Promise<void> {
  try {
    await settle(ctx, payment, cause);
  } catch (error) {
    ctx.log[isOutage(error) ? 'warn' : 'error']({ err: error, orderId: payment.id }, 'not settled yet');
  }
}
