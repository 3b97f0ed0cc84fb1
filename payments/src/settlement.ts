// Brings a payment to rest at Stripe: charges what is pending, cancels what may no longer be charged, gives back what
// was charged for nothing. Each step is a call with a key made from our own ids, and then a guarded write of its answer;
// each may be repeated, by anybody, at any time: the buyer's request, the webhook and the sweep all end here.

import { orThrow, type Decision } from '@ticketing/common/decision';
import type { Cause } from '@ticketing/common/observability';
import { Declined, type IntentFacts } from './cards.js';
import type { PaymentsContext } from './store.js';
import {
  giveUp,
  isOpen,
  recordCancelled,
  recordDecline,
  recordIntent,
  recordRefund,
  recordSuccess,
  type Payment,
  type Pending,
} from './domain/payment.js';

type Start = Readonly<{
  /** the attempt was begun just now by the caller: there is nothing to be asked first */
  fresh?: boolean;
}>;

/**
 * Does what is left to do at Stripe, and returns the payment as it is then; `pending` when Stripe has not decided.
 * @throws DependencyDown when Stripe does not answer; the sweep will go on from there.
 */
export async function settle(
  ctx: PaymentsContext,
  payment: Payment,
  cause: Cause,
  { fresh = false }: Start = {},
): Promise<Payment> {
  const next = await step(ctx, payment, cause, fresh);
  // A step may end in another one: a charge for an order that was cancelled meanwhile has to go back.
  return next.status === payment.status ? next : settle(ctx, next, cause);
}

async function step(ctx: PaymentsContext, payment: Payment, cause: Cause, fresh: boolean): Promise<Payment> {
  switch (payment.status) {
    case 'pending':
      return charge(ctx, payment, cause, fresh);
    case 'cancelling':
      return recordFacts(ctx, payment, await ctx.cards.cancel(payment.intentId), cause);
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
  fresh: boolean,
): Promise<Payment> {
  const { id, attempt, token } = payment;
  // What came of a step that was interrupted, Stripe knows; repeating it could repeat a stored error for a day.
  if (!fresh && payment.intentId !== undefined) {
    const facts = await ctx.cards.retrieve(payment.intentId);
    if (facts.status !== 'open') return recordFacts(ctx, payment, facts, cause);
  }
  if (!isOpen(payment, ctx.config.PAYMENT_MARGIN_MS, ctx.now())) return record(ctx, payment, giveUp, cause);
  try {
    const methodId = await ctx.cards.methodOf(token);
    const intentId =
      payment.intentId ?? (await ctx.cards.createIntent(id, payment.amountInMinorUnits, payment.currency));
    const recorded = await ctx.payments.change(
      id,
      (now) => recordIntent(now, { attempt, intentId, methodId }),
      cause,
    );
    if (recorded.outcome === 'refused') return superseded(ctx, id, intentId);
    return await recordFacts(
      ctx,
      recorded.state,
      await ctx.cards.confirm(intentId, id, attempt, methodId),
      cause,
    );
  } catch (error) {
    if (!(error instanceof Declined)) throw error;
    return record(ctx, payment, (now) => recordDecline(now, attempt, error.code), cause);
  }
}

/** The order was cancelled, or another attempt begun, before this one could be confirmed; now it must not be. */
async function superseded(ctx: PaymentsContext, id: string, intentId: string): Promise<Payment> {
  const payment = await ctx.payments.get(id);
  if (payment.status === 'void') await ctx.cards.cancel(intentId);
  return payment;
}

/** Takes over what Stripe says of an intent that carries this order's id. */
export async function recordFacts(
  ctx: PaymentsContext,
  seen: Pick<Payment, 'id'> & Partial<Payment>,
  facts: IntentFacts,
  cause: Cause,
): Promise<Payment> {
  const { id } = seen;
  if (facts.status === 'open') return ctx.payments.get(id);
  if (facts.status === 'cancelled') return record(ctx, seen, recordCancelled, cause);
  let wanted = true;
  const decision = await ctx.payments.changeOrCreate(
    id,
    (now) => {
      wanted = now !== undefined && now.status !== 'none' && now.status !== 'void';
      return recordSuccess(now, { ...facts, orderId: id });
    },
    cause,
  );
  const problem = decision.outcome === 'refused' ? decision.code : wanted ? undefined : 'not-expected';
  if (problem !== undefined)
    ctx.log.error(
      { orderId: id, intentId: facts.intentId, problem, alarm: true },
      'money came that nobody had asked for',
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
