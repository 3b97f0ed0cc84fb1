// Settles a payment at Stripe: charges a pending payment, cancels an intent that must not be charged, refunds a charge
// without an order. Each step is one call with an idempotency key made of our ids, then a guarded write of its answer.
// Repeating a step is safe at any time, so the buyer's request, the webhook and the sweep share this code.

import { orThrow, type Decision } from '@ticketing/common/decision';
import type { Cause } from '@ticketing/common/observability';
import { Declined } from './cards/card-errors.js';
import type { IntentSnapshot } from './cards/intent.js';
import type { PaymentsContext } from './store.js';
import {
  abandonAttempt,
  recordCancelled,
  recordDecline,
  recordIntent,
  recordRefund,
  recordSuccess,
} from './domain/payment.js';
import { isOpen, type Payment, type Pending } from './domain/payment-state.js';

type Start = Readonly<{
  /** The caller has just begun the attempt, so Stripe has no state to retrieve yet. */
  isNew?: boolean;
}>;

/**
 * Makes the remaining calls to Stripe and returns the payment. It is `pending` if Stripe has not decided yet.
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
  return next.status === payment.status ? next : settle(ctx, next, cause);
}

async function settleStep(
  ctx: PaymentsContext,
  payment: Payment,
  cause: Cause,
  isNew: boolean,
): Promise<Payment> {
  switch (payment.status) {
    case 'pending':
      return charge(ctx, payment, cause, isNew);
    case 'cancelling':
      return recordSnapshot(ctx, payment, await ctx.cards.cancel(payment.intentId), cause);
    case 'refunding':
      await ctx.cards.refund(payment.intentId, payment.id);
      return record(ctx, payment, recordRefund, cause);
    case 'none':
    case 'declined':
    case 'succeeded':
    case 'refunded':
    case 'void':
      return payment;
  }
}

async function charge(
  ctx: PaymentsContext,
  payment: Pending,
  cause: Cause,
  isNew: boolean,
): Promise<Payment> {
  const { id, attempt, token } = payment;
  // Stripe knows the outcome of an interrupted step. Repeating the call could repeat a stored error for a day.
  if (!isNew && payment.intentId !== undefined) {
    const intent = await ctx.cards.retrieve(payment.intentId);
    if (intent.status !== 'open') return recordSnapshot(ctx, payment, intent, cause);
  }
  if (!isOpen(payment, ctx.config.PAYMENT_MARGIN_MS, ctx.now()))
    return record(ctx, payment, abandonAttempt, cause);
  try {
    const methodId = await ctx.cards.methodOf(token);
    const intentId =
      payment.intentId ?? (await ctx.cards.createIntent(id, payment.amountInMinorUnits, payment.currency));
    const recorded = await ctx.payments.change(
      id,
      (current) => recordIntent(current, { attempt, intentId, methodId }),
      cause,
    );
    if (recorded.outcome === 'refused') return cancelIfVoid(ctx, id, intentId);
    return await recordSnapshot(
      ctx,
      recorded.state,
      await ctx.cards.confirm(intentId, id, attempt, methodId),
      cause,
    );
  } catch (error) {
    if (!(error instanceof Declined)) throw error;
    return record(ctx, payment, (current) => recordDecline(current, attempt, error.code), cause);
  }
}

/** The attempt is superseded: the order was cancelled or another attempt began. It must not be confirmed. */
async function cancelIfVoid(ctx: PaymentsContext, id: string, intentId: string): Promise<Payment> {
  const payment = await ctx.payments.get(id);
  if (payment.status === 'void') await ctx.cards.cancel(intentId);
  return payment;
}

/** Records the state of an intent that carries this order's id. */
export async function recordSnapshot(
  ctx: PaymentsContext,
  { id }: Pick<Payment, 'id'>,
  intent: IntentSnapshot,
  cause: Cause,
): Promise<Payment> {
  if (intent.status === 'open') return ctx.payments.get(id);
  if (intent.status === 'cancelled') return record(ctx, { id }, recordCancelled, cause);
  let isExpected = true;
  const decision = await ctx.payments.changeOrCreate(
    id,
    (current) => {
      isExpected = current !== undefined && current.status !== 'none' && current.status !== 'void';
      return recordSuccess(current, { ...intent, orderId: id });
    },
    cause,
  );
  const problem = decision.outcome === 'refused' ? decision.code : isExpected ? undefined : 'not-expected';
  if (problem !== undefined)
    ctx.log.error(
      { orderId: id, intentId: intent.intentId, problem, alarm: true },
      'a charge matches no expected payment',
    );
  return decision.outcome === 'refused' ? ctx.payments.get(id) : decision.state;
}

async function record(
  ctx: PaymentsContext,
  { id }: Pick<Payment, 'id'>,
  decide: (payment: Payment) => Decision<Payment>,
  cause: Cause,
): Promise<Payment> {
  return orThrow(await ctx.payments.change(id, decide, cause));
}
