import { isOutage, type Cause } from '@ticketing/common';
import type { PaymentsContext } from '../context.js';
import type { Payment } from '../domain/payment.js';
import { settle } from '../settlement.js';

const batch = 200;
const atOnce = 8;
const hourMs = 3_600_000;

// Every few seconds: takes up what an outage or a crash has left between us and Stripe. A pending payment is left alone at
// first, because the request that began it is probably still at it.
export function settlePayments(ctx: PaymentsContext) {
  const { SETTLE_SWEEP_MS, SETTLE_AFTER_MS } = ctx.config;

  return async ({ cause }: { cause: Cause }): Promise<void> => {
    const now = ctx.now().getTime();
    const found = await ctx.payments.findUnsettled(new Date(now - SETTLE_SWEEP_MS / 2), batch);
    const due = found.filter(
      ({ payment, since }) => payment.status !== 'pending' || now - since.getTime() > SETTLE_AFTER_MS,
    );

    for (const { payment, since } of due)
      if (now - since.getTime() > hourMs)
        ctx.log.error(
          { orderId: payment.id, status: payment.status, since, alarm: true },
          'a payment has not been settled for over an hour',
        );
    for (let start = 0; start < due.length; start += atOnce)
      await Promise.all(
        due.slice(start, start + atOnce).map(({ payment }) => settleOrLog(ctx, payment, cause)),
      );
  };
}

async function settleOrLog(ctx: PaymentsContext, payment: Payment, cause: Cause): Promise<void> {
  try {
    await settle(ctx, payment, cause);
  } catch (error) {
    ctx.log[isOutage(error) ? 'warn' : 'error']({ err: error, orderId: payment.id }, 'not settled yet');
  }
}
