// Settles a payment at Stripe: charges a pending payment, cancels an intent that must not be charged, refunds what must go
// back. Each step is one call with an idempotency key made of our ids, then a guarded write of its answer. Repeating a step
// is safe at any time, so the buyer's request, the webhook and the sweep share this code.

import type { Cause } from '@ticketing/common/observability';
import { isUnsettled, type Payment } from '../domain/payment-state.js';
import type { PaymentsContext } from '../store.js';
import { recordIntentState } from './record.js';
import { settleAttempt, settleChallenge } from './settle-attempt.js';
import { settleRefunds } from './settle-refunds.js';

type Start = Readonly<{
  /** The caller has just begun the attempt, so Stripe has no state to retrieve yet. */
  isNew?: boolean;
}>;

/**
 * Makes the remaining calls to Stripe and returns the payment. It is `pending` if Stripe has not decided yet, and
 * `requires-action` while the buyer's bank waits for the buyer.
 * @throws DependencyDown if Stripe does not answer. The sweep resumes the settlement.
 */
export async function settle(
  ctx: PaymentsContext,
  payment: Payment,
  cause: Cause,
  { isNew = false }: Start = {},
): Promise<Payment> {
  const next = await settleStep(ctx, payment, cause, isNew);
  // A step may lead to another one: a charge for an order that was cancelled meanwhile must be refunded.
  const hasMoved =
    next.status !== payment.status || (next.status === 'refunding' && next.version !== payment.version);
  return hasMoved && isUnsettled(next) ? settle(ctx, next, cause) : next;
}

async function settleStep(
  ctx: PaymentsContext,
  payment: Payment,
  cause: Cause,
  isNew: boolean,
): Promise<Payment> {
  switch (payment.status) {
    case 'pending':
      return settleAttempt(ctx, payment, cause, isNew);
    case 'requires-action':
      return settleChallenge(ctx, payment, cause);
    case 'cancelling':
      return recordIntentState(ctx, payment, await ctx.cards.cancel(payment.intentId), cause);
    case 'refunding':
      return settleRefunds(ctx, payment, cause);
    case 'none':
    case 'declined':
    case 'parked':
    case 'succeeded':
    case 'partly-refunded':
    case 'refunded':
    case 'void':
      return payment;
  }
}
