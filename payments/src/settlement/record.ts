// Records what Stripe reports, and tells operators what they must know.

import { orThrow, type Decision } from '@ticketing/common/decision';
import type { Cause } from '@ticketing/common/observability';
import type { IntentSnapshot } from '../cards/intent.js';
import { recordCancelled, recordSuccess } from '../domain/outcome.js';
import { withRefunds } from '../domain/charge-state.js';
import { isCharge, type Payment } from '../domain/payment-state.js';
import type { PaymentsContext } from '../store.js';

/** Saves a decision about a payment and returns the payment. */
export async function record(
  ctx: PaymentsContext,
  { id }: Pick<Payment, 'id'>,
  decide: (payment: Payment) => Decision<Payment>,
  cause: Cause,
): Promise<Payment> {
  return orThrow(
    await reported(ctx, (observe) => ctx.payments.change(id, (payment) => decide(observe(payment)), cause)),
  );
}

/** Records the final state of an intent with our mark. An intent that can still be paid changes nothing. */
export async function recordIntentState(
  ctx: PaymentsContext,
  { id }: Pick<Payment, 'id'>,
  intent: IntentSnapshot,
  cause: Cause,
): Promise<Payment> {
  const { intentId, amountInMinorUnits, currency } = intent;
  switch (intent.status) {
    case 'open':
    case 'requires-action':
      return ctx.payments.get(id);
    case 'cancelled':
      return record(ctx, { id }, (payment) => recordCancelled(payment, intentId), cause);
    case 'succeeded': {
      const success = { orderId: id, intentId, amountInMinorUnits, currency };
      const decision = await reported(ctx, (observe) =>
        ctx.payments.changeOrCreate(id, (payment) => recordSuccess(observe(payment), success), cause),
      );
      return orThrow(decision);
    }
  }
}

type Observe = <P extends Payment | undefined>(before: P) => P;

/** Saves a change and reports it. `observe` receives the state on which the last decision was made. */
export async function reported<C extends string>(
  ctx: PaymentsContext,
  save: (observe: Observe) => Promise<Decision<Payment, C>>,
): Promise<Decision<Payment, C>> {
  let before: Payment | undefined;
  const decision = await save((payment) => {
    before = payment;
    return payment;
  });
  if (decision.outcome === 'accepted') report(ctx, before, decision.state);
  return decision;
}

function report(ctx: PaymentsContext, before: Payment | undefined, after: Payment): void {
  const orderId = after.id;
  const alarm = (facts: object, text: string) => ctx.log.error({ orderId, ...facts, alarm: true }, text);
  if (after.strays?.length !== before?.strays?.length)
    alarm({ ...after.strays?.at(-1), problem: 'stray' }, 'a charge matches no expected payment');
  if (!isCharge(after)) return;

  const { intentId } = after;
  if (after.status === 'parked' && !before)
    alarm({ intentId, problem: 'parked' }, 'a charge is for an unknown order');
  if (before?.status === 'none' || before?.status === 'void')
    alarm({ intentId, problem: 'not-expected' }, 'a charge was not expected');
  reportRefunds(ctx, before, after, alarm);
}

type Alarm = (facts: object, text: string) => void;

function reportRefunds(
  ctx: PaymentsContext,
  before: Payment | undefined,
  after: Payment & { intentId: string },
  alarm: Alarm,
): void {
  const old = before && isCharge(before) ? withRefunds(before) : undefined;
  const { refunds = [], disputes = [] } = isCharge(after) ? after : {};
  for (const { id, status, problem } of refunds) {
    if (old?.refunds?.find((refund) => refund.id === id)?.status === status) continue;
    ctx.metrics.refunds.inc({ status });
    if (status === 'failed') alarm({ refundId: id, problem }, 'a refund failed: an operator must decide');
  }
  for (const { id, status, reason } of disputes) {
    if (old?.disputes?.find((dispute) => dispute.id === id)?.status === status) continue;
    if (status === 'won') ctx.log.info({ orderId: after.id, disputeId: id }, 'a dispute is won');
    else alarm({ disputeId: id, status, reason }, 'a charge is disputed');
  }
}
