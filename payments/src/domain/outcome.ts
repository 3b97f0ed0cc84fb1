// The state of a payment's intent as Stripe reports it: by the answer to a call, by webhook, or when the intent is retrieved.
// Reports may come late, twice and in any order.

import { accept, already, refuse, type Decision } from '@ticketing/common/decision';
import { withDueRefundAndStatus } from './charge.js';
import { createdEvent, type Charge } from './charge-state.js';
import {
  asVoid,
  matchesAmount,
  payableFields,
  type Decline,
  type Payable,
  type Payment,
  type Stray,
} from './payment-state.js';

/**
 * Records the intent and the method of an attempt. Only a recorded intent of the current attempt may be confirmed, and only
 * by the recorded method: a confirmation by another one would be a different request under the same idempotency key.
 */
export function recordIntent(
  payment: Payment,
  { attempt, intentId, methodId }: { attempt: number; intentId: string; methodId: string },
): Decision<Payment, 'superseded'> {
  if (payment.status !== 'pending' || payment.attempt !== attempt) return refuse('superseded');
  if (payment.intentId !== undefined && payment.intentId !== intentId) return refuse('superseded');
  if (payment.intentId === intentId && payment.methodId !== undefined) return already(payment);
  return accept({ ...payment, intentId, methodId, version: payment.version + 1 });
}

/** The bank of the buyer wants to approve this attempt. */
export function recordChallenge(payment: Payment, attempt: number): Decision<Payment> {
  const { version } = payment;
  if (payment.status !== 'pending' || payment.attempt !== attempt) return already(payment);
  const { intentId } = payment;
  return intentId === undefined
    ? already(payment)
    : accept({ ...payment, intentId, status: 'requires-action', version: version + 1 });
}

type Success = Stray & Readonly<{ orderId: string }>;

/** Stripe reports that an intent with our mark is paid: as an answer, by webhook, or when it is retrieved. */
export function recordSuccess(payment: Payment | undefined, success: Success): Decision<Payment> {
  const { orderId, ...charged } = success;
  const unknown = { id: orderId, userId: '', expiresAt: new Date(0) };
  if (!payment) return accept({ ...unknown, ...charged, status: 'parked', version: 0 });
  if (payment.status === 'void') {
    const { userId = '', expiresAt = unknown.expiresAt, sellerId, items, strays, version } = payment;
    const buyer = { id: orderId, userId, expiresAt, sellerId, items, strays, version };
    return withDueRefundAndStatus(
      { ...buyer, ...charged, status: 'succeeded' },
      { ...buyer, ...charged, status: 'succeeded', isOrderCancelled: true },
    );
  }
  const isOther =
    'intentId' in payment && payment.intentId !== undefined && payment.intentId !== charged.intentId;
  if (isOther || !matchesAmount(payment, charged)) return recordStray(payment, charged);
  switch (payment.status) {
    case 'none':
    case 'pending':
    case 'requires-action':
    case 'declined':
      return succeed(payment, charged.intentId);
    case 'cancelling': {
      if (!payment.isOrderCancelled) return succeed(payment, charged.intentId);
      const charge = asCharge(payment, charged.intentId);
      return withDueRefundAndStatus(charge, { ...charge, isOrderCancelled: true });
    }
    case 'parked':
    case 'succeeded':
    case 'refunding':
    case 'partly-refunded':
    case 'refunded':
      return already(payment);
  }
}

/** Stripe has definitely refused this attempt. Answers for other attempts are ignored. */
export function recordDecline(
  payment: Payment,
  { attempt, code, reason }: { attempt: number } & Decline,
  now: Date,
): Decision<Payment> {
  if (payment.status !== 'pending' && payment.status !== 'requires-action') return already(payment);
  if (payment.attempt !== attempt) return already(payment);
  const declines = (payment.declines ?? 0) + 1;
  const next = { declineCode: code, declineReason: reason, declines, declinedAt: now };
  return accept({ ...payment, ...next, status: 'declined', version: payment.version + 1 });
}

/** Stripe reports that the intent is cancelled and can never be paid. While the order is open, the buyer may pay again. */
export function recordCancelled(payment: Payment, intentId: string): Decision<Payment> {
  switch (payment.status) {
    case 'cancelling':
      return payment.intentId === intentId ? accept(asVoid(payment)) : already(payment);
    case 'pending':
    case 'requires-action':
    case 'declined': {
      if (payment.intentId !== intentId) return already(payment);
      const { intents = 0, version } = payment;
      const next = { intentId: undefined, methodId: undefined, intents: intents + 1, version: version + 1 };
      const decline = { declineCode: 'payment-cancelled', declineReason: undefined } as const;
      return accept({ ...payment, ...next, ...decline, status: 'declined' });
    }
    case 'none':
    case 'void':
    case 'parked':
    case 'succeeded':
    case 'refunding':
    case 'partly-refunded':
    case 'refunded':
      return already(payment);
  }
}

// A person decides about a charge that the payment cannot explain.
function recordStray(payment: Exclude<Payment, { status: 'void' }>, stray: Stray): Decision<Payment> {
  const { strays = [], version } = payment;
  if (strays.some(({ intentId }) => intentId === stray.intentId)) return already(payment);
  return accept({ ...payment, strays: [...strays, stray], version: version + 1 });
}

function succeed(payment: Payable, intentId: string): Decision<Payment> {
  const next = { ...asCharge(payment, intentId), version: payment.version + 1 };
  return accept(next, createdEvent(next));
}

const asCharge = (payment: Payable, intentId: string): Charge => ({
  ...payableFields(payment),
  intentId,
  status: 'succeeded',
});
