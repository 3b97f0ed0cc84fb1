// The states of a dispute; every transition is decided here.
//
//   needs_response ──win──► won             the withdrawn funds come back
//        └──────────lose──► lost            the funds are gone
//   warning_needs_response ──win──► warning_closed     an inquiry withdraws no funds
import { ApiError, invalidParameter } from '../api/errors.js';
import type { Intent } from '../payment-intents/payment-intent.js';
import { cardOf } from '../payment-methods/payment-method.js';

export type DisputeStatus = 'needs_response' | 'won' | 'lost' | 'warning_needs_response' | 'warning_closed';

export type Dispute = Readonly<{
  id: string;
  created: number;
  amount: number;
  currency: string;
  intentId: string;
  chargeId: string;
  brand: string;
  reason: string;
  status: DisputeStatus;
}>;

type DisputeRequest = Readonly<{
  id: string;
  now: number;
  /** Default: what has been neither refunded nor lost. */
  amount?: number | undefined;
  reason: string;
  inquiry: boolean;
}>;

/** @throws ApiError when there is no such charge, too little is left of it, or a dispute is open */
export function openDispute(
  intent: Intent,
  earlier: readonly Dispute[],
  { id, now, amount: requested, reason, inquiry }: DisputeRequest,
): Readonly<{ intent: Intent; dispute: Dispute }> {
  const { charge } = intent;
  if (intent.status !== 'succeeded' || charge === null) {
    throw cannotDispute(`This PaymentIntent (${intent.id}) does not have a successful charge to dispute.`);
  }
  if (earlier.some(isOpen)) throw cannotDispute(`Charge ${charge.id} already has an open dispute.`);
  const left = intent.amount - charge.amountRefunded - lostAmount(earlier);
  const amount = requested ?? left;
  if (amount < 1 || amount > left) {
    throw invalidParameter('parameter_invalid', 'amount', `Dispute an amount from 1 to ${left}.`);
  }
  return {
    intent: { ...intent, charge: { ...charge, disputed: true } },
    dispute: {
      id,
      created: now,
      amount,
      currency: intent.currency,
      intentId: intent.id,
      chargeId: charge.id,
      brand: cardOf(charge.paymentMethod).brand,
      reason,
      status: inquiry ? 'warning_needs_response' : 'needs_response',
    },
  };
}

export function closeDispute(dispute: Dispute, outcome: 'won' | 'lost'): Dispute {
  if (!isOpen(dispute)) throw cannotDispute(`The dispute ${dispute.id} is already closed.`);
  if (!isInquiry(dispute)) return { ...dispute, status: outcome };
  if (outcome === 'lost') throw cannotDispute(`The dispute ${dispute.id} is an inquiry and cannot be lost.`);
  return { ...dispute, status: 'warning_closed' };
}

/** Stripe allows refunds during an inquiry and after a dispute that was won. */
export function blocksRefunds({ status }: Dispute): boolean {
  return status === 'needs_response' || status === 'lost';
}

export function isInquiry({ status }: Dispute): boolean {
  return status === 'warning_needs_response' || status === 'warning_closed';
}

export function lostAmount(disputes: readonly Dispute[]): number {
  return disputes.reduce((sum, { status, amount }) => (status === 'lost' ? sum + amount : sum), 0);
}

function isOpen({ status }: Dispute): boolean {
  return status === 'needs_response' || status === 'warning_needs_response';
}

function cannotDispute(message: string): ApiError {
  return new ApiError(400, { type: 'invalid_request_error', message });
}
