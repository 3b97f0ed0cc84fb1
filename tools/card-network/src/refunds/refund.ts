// The states of a refund; every transition is decided here. The sum of refunds and lost disputes never
// exceeds the charge.
//
//   pending ──► succeeded ──► failed (final)      the bank of the card can return the money even after success
//       └───────────────────────▲
import { invalidParameter, ApiError } from '../api/errors.js';
import { blocksRefunds, type Dispute } from '../disputes/dispute.js';
import { assertWholeSteps } from '../payment-intents/amounts.js';
import type { Charge, Intent } from '../payment-intents/payment-intent.js';
import type { CardRefunds } from '../payment-methods/cards.js';
import { cardOf } from '../payment-methods/payment-method.js';

export type RefundStatus = 'pending' | 'succeeded' | 'failed';

/** The decision of the card's bank about a refund. */
export type RefundOutcome = Exclude<RefundStatus, 'pending'>;

export type Refund = Readonly<{
  id: string;
  created: number;
  amount: number;
  currency: string;
  intentId: string;
  chargeId: string;
  paymentMethodId: string;
  reason: string | null;
  metadata: Readonly<Record<string, string>>;
  /** Absent: `succeeded`. */
  status?: RefundStatus;
  /** The later decision of the test card. */
  later?: RefundOutcome;
}>;

type RefundRequest = Readonly<{
  id: string;
  now: number;
  /** A failed attempt of the same intent has another charge. */
  chargeId?: string | undefined;
  amount?: number | undefined;
  reason: string | null;
  metadata: Readonly<Record<string, string>>;
}>;

const outcomes: Readonly<Record<CardRefunds, Pick<Refund, 'status' | 'later'>>> = {
  succeed: { status: 'succeeded' },
  'succeed-later': { status: 'pending', later: 'succeeded' },
  'fail-later': { status: 'succeeded', later: 'failed' },
};

export function refund(
  intent: Intent,
  disputes: readonly Dispute[],
  request: RefundRequest,
): Readonly<{ intent: Intent; charge: Charge; refund: Refund }> {
  const charge = refundableCharge(intent, disputes, request.chargeId);
  const amount = refundableAmount(intent, charge, request.amount);
  const refunded = { ...charge, amountRefunded: charge.amountRefunded + amount };
  return {
    intent: { ...intent, charge: refunded },
    charge: refunded,
    refund: {
      id: request.id,
      created: request.now,
      amount,
      currency: intent.currency,
      intentId: intent.id,
      chargeId: charge.id,
      paymentMethodId: charge.paymentMethod.id,
      reason: request.reason,
      metadata: request.metadata,
      ...outcomes[cardOf(charge.paymentMethod).refunds],
    },
  };
}

/** A failed refund makes its amount refundable again. The present status again changes nothing. */
export function settleRefund(
  intent: Intent,
  before: Refund,
  outcome: RefundOutcome,
): Readonly<{ intent: Intent; refund: Refund }> {
  const status = statusOf(before);
  if (status === outcome) return { intent, refund: before };
  if (status === 'failed') throw cannotRefund(`The refund ${before.id} has already failed.`);
  const { later: _decided, ...rest } = before;
  const { charge } = intent;
  if (outcome === 'succeeded' || charge === null) return { intent, refund: { ...rest, status: outcome } };
  return {
    intent: { ...intent, charge: { ...charge, amountRefunded: charge.amountRefunded - before.amount } },
    refund: { ...rest, status: outcome },
  };
}

export function statusOf({ status = 'succeeded' }: Refund): RefundStatus {
  return status;
}

function refundableCharge(
  intent: Intent,
  disputes: readonly Dispute[],
  chargeId: string | undefined,
): Charge {
  const { charge } = intent;
  if (intent.status !== 'succeeded' || charge === null) {
    throw cannotRefund(`This PaymentIntent (${intent.id}) does not have a successful charge to refund.`);
  }
  if (chargeId !== undefined && chargeId !== charge.id) {
    throw cannotRefund(`Charge ${chargeId} was not successful and cannot be refunded.`);
  }
  if (disputes.some(blocksRefunds)) {
    throw cannotRefund(
      `Charge ${charge.id} has been charged back; cannot issue a refund.`,
      'charge_disputed',
    );
  }
  return charge;
}

function refundableAmount(intent: Intent, charge: Charge, requested: number | undefined): number {
  const unrefunded = intent.amount - charge.amountRefunded;
  const amount = requested ?? unrefunded;
  if (amount < 1 && unrefunded > 0) {
    throw invalidParameter('parameter_invalid_integer', 'amount', 'This value must be at least 1.');
  }
  if (unrefunded === 0) {
    throw cannotRefund(`Charge ${charge.id} has already been refunded.`, 'charge_already_refunded');
  }
  if (amount > unrefunded) {
    throw cannotRefund(
      `Refund amount (${amount}) is greater than unrefunded amount on charge (${unrefunded}).`,
      'amount_too_large',
      'amount',
    );
  }
  assertWholeSteps(amount, intent.currency);
  return amount;
}

function cannotRefund(message: string, code?: string, param?: string): ApiError {
  return new ApiError(400, {
    type: 'invalid_request_error',
    ...(code === undefined ? {} : { code }),
    ...(param === undefined ? {} : { param }),
    message,
  });
}
