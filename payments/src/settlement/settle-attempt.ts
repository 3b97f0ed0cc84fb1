// Charges the card of a pending attempt, and follows the challenge of the buyer's bank.

import type { Cause } from '@ticketing/common/observability';
import { Declined } from '../cards/card-errors.js';
import type { IntentSnapshot } from '../cards/intent.js';
import { recordChallenge, recordDecline, recordIntent } from '../domain/outcome.js';
import { abandonAttempt } from '../domain/payment.js';
import {
  isOpen,
  type Challenged,
  type Decline,
  type Payment,
  type Pending,
} from '../domain/payment-state.js';
import type { PaymentsContext } from '../store.js';
import { record, recordIntentState } from './record.js';

export async function settleAttempt(
  ctx: PaymentsContext,
  payment: Pending,
  cause: Cause,
  isNew: boolean,
): Promise<Payment> {
  // Stripe knows the outcome of an interrupted step. Repeating the call could repeat a stored error for a day.
  if (!isNew && payment.intentId !== undefined) {
    const intent = await ctx.cards.retrieve(payment.intentId);
    if (isOver(intent)) return recordIntentState(ctx, payment, intent, cause);
  }
  if (!isOpen(payment, ctx.config.PAYMENT_MARGIN_MS, ctx.now()))
    return record(ctx, payment, abandonAttempt, cause);
  try {
    return await confirmAttempt(ctx, payment, cause);
  } catch (error) {
    if (!(error instanceof Declined)) throw error;
    return decline(ctx, payment, error, cause);
  }
}

async function confirmAttempt(ctx: PaymentsContext, payment: Pending, cause: Cause): Promise<Payment> {
  const { id, attempt, token, amountInMinorUnits, currency, intents = 0, offSession = true } = payment;
  const ownMethodId = payment.methodId ?? (await ctx.cards.methodOf(token));
  const intentId =
    payment.intentId ??
    (await ctx.cards.createIntent({ orderId: id, amountInMinorUnits, currency, intents }));
  const recorded = await ctx.payments.change(
    id,
    (current) => recordIntent(current, { attempt, intentId, methodId: ownMethodId }),
    cause,
  );
  if (recorded.outcome === 'refused') return cancelIfVoid(ctx, id, intentId);

  // Another settlement of this attempt may have recorded its method first.
  const { methodId = ownMethodId } = recorded.state as Pending;
  const intent = await ctx.cards.confirm({ intentId, orderId: id, attempt, methodId, offSession });
  return intent.status === 'requires-action'
    ? record(ctx, payment, (current) => recordChallenge(current, attempt), cause)
    : recordIntentState(ctx, payment, intent, cause);
}

/** The attempt is superseded: the order was cancelled or another attempt began. It must not be confirmed. */
async function cancelIfVoid(ctx: PaymentsContext, id: string, intentId: string): Promise<Payment> {
  const payment = await ctx.payments.get(id);
  if (payment.status === 'void') await ctx.cards.cancel(intentId);
  return payment;
}

/** Reads the outcome of a challenge at Stripe. */
export async function settleChallenge(
  ctx: PaymentsContext,
  payment: Challenged,
  cause: Cause,
): Promise<Payment> {
  return recordChallengeState(ctx, payment, await ctx.cards.retrieve(payment.intentId), cause);
}

/**
 * Records the state of the intent of a challenge. A challenge that is still open shortly before the order expires is
 * abandoned, so that the ticket is free on time.
 */
export async function recordChallengeState(
  ctx: PaymentsContext,
  payment: Challenged,
  intent: IntentSnapshot,
  cause: Cause,
): Promise<Payment> {
  if (isOver(intent)) return recordIntentState(ctx, payment, intent, cause);
  if (intent.status === 'open') return decline(ctx, payment, intent.failure, cause);
  const { PAYMENT_MARGIN_MS, SETTLE_SWEEP_MS } = ctx.config;
  if (isOpen(payment, PAYMENT_MARGIN_MS + SETTLE_SWEEP_MS, ctx.now())) return payment;
  return record(ctx, payment, abandonAttempt, cause);
}

const isOver = ({ status }: IntentSnapshot): boolean => status === 'succeeded' || status === 'cancelled';

function decline(
  ctx: PaymentsContext,
  payment: Pending | Challenged,
  { code, reason }: Decline,
  cause: Cause,
): Promise<Payment> {
  const { attempt } = payment;
  const at = ctx.now();
  return record(ctx, payment, (current) => recordDecline(current, { attempt, code, reason }, at), cause);
}
