import { isOutage } from '@ticketing/common/errors';
import type { Cause } from '@ticketing/common/observability';
import type { Job } from '@ticketing/common/service';
import type { PaymentsContext } from '../store.js';
import type { Payment } from '../domain/payment-state.js';
import { settle } from '../settlement/settle.js';

const concurrency = 16;
const hourMs = 3_600_000;

// Every few seconds: resumes settlements that an outage or a crash interrupted. A pending payment is skipped at first,
// because the request that began it is probably still in flight. A challenge is resumed shortly before its order expires.
export function settlePayments(ctx: PaymentsContext): Job['run'] {
  const { SETTLE_AFTER_MS } = ctx.config;

  return async ({ cause, signal }) => {
    const now = ctx.now().getTime();
    const found = dueAt(ctx, now);

    const settleNext = async (): Promise<void> => {
      for await (const { payment, since } of found) {
        if (signal.aborted) return;
        const ageMs = now - since.getTime();
        if (payment.status === 'pending' && Math.abs(ageMs) <= SETTLE_AFTER_MS) continue;
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

async function* dueAt({ payments, config }: PaymentsContext, now: number) {
  const { SETTLE_SWEEP_MS, PAYMENT_MARGIN_MS } = config;
  yield* payments.unsettledBefore(new Date(now - SETTLE_SWEEP_MS / 2));
  // One sweep earlier than the margin, so that the intent is cancelled before the order expires.
  const ending = payments.challengesExpiringBefore(new Date(now + PAYMENT_MARGIN_MS + SETTLE_SWEEP_MS));
  for await (const payment of ending) yield { payment, since: new Date(now) };
}

async function settleOrLog(ctx: PaymentsContext, payment: Payment, cause: Cause): Promise<void> {
  try {
    const settled = await settle(ctx, payment, cause);
    if (payment.status === 'pending') await ctx.declineLimits.record(payment, settled);
  } catch (error) {
    ctx.log[isOutage(error) ? 'warn' : 'error'](
      { err: error, orderId: payment.id },
      'payment not settled yet: the sweep will retry',
    );
  }
}
