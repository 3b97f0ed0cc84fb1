// The life of a payment, and the only place where it is decided. One payment per order, one PaymentIntent per payment.
//
//   none ──► pending ◄──► declined        a new attempt only after a definite decline
//              │  └──────► succeeded ──► refunding ──► refunded
//              ▼                            ▲
//          cancelling ─────────(paid)───────┘
//              └─(cancelled at Stripe)─► void
//
// When the order is cancelled, an open intent is cancelled at Stripe and a charge is refunded. A success that Stripe reports
// is recorded in every state, because the money has moved.

import { accept, already, refuse, type Decision } from '@ticketing/common/decision';
import type { Currency } from '@ticketing/common/money';
import {
  createdEvent,
  isOpen,
  refundedEvent,
  type Attempted,
  type Charge,
  type Charged,
  type DeclineCode,
  type Payable,
  type Payment,
  type Shown,
} from './payment-state.js';

type Order = Readonly<{
  id: string;
  userId: string;
  amountInMinorUnits: number;
  currency: Currency;
  expiresAt: Date;
}>;

/** Opens the payment of an order, unless it exists already. */
export function openPayment(payment: Payment | undefined, order: Order): Decision<Payment> {
  return payment ? already(payment) : accept({ ...order, status: 'none', version: 0 });
}

/** The order is cancelled: an open payment is voided and a charge is refunded. */
export function voidPayment(payment: Payment | undefined, orderId: string): Decision<Payment> {
  if (!payment) return accept({ id: orderId, status: 'void', version: 0 });
  switch (payment.status) {
    case 'none':
      return accept(asVoid(payment));
    case 'pending':
    case 'declined':
      return accept(cancelAttempt(payment));
    case 'succeeded':
      return accept({ ...chargedFields(payment), status: 'refunding', version: payment.version + 1 });
    case 'cancelling':
    case 'refunding':
    case 'refunded':
    case 'void':
      return already(payment);
  }
}

type Attempt = Readonly<{
  userId: string;
  token: string;
  marginMs: number;
  /** The idempotent request that asks for the attempt. */
  request?: string | undefined;
}>;

/** Begins the first attempt to pay, or another one after a definite decline. */
export function pay(
  payment: Payment,
  { userId, token, marginMs, request }: Attempt,
  now: Date,
): Decision<Payment, 'not-your-order' | 'order-cancelled' | 'order-expired'> {
  if (payment.userId !== undefined && payment.userId !== userId) return refuse('not-your-order');
  switch (payment.status) {
    case 'pending':
    case 'succeeded':
      return already(payment);
    case 'cancelling':
    case 'refunding':
    case 'refunded':
    case 'void':
      return refuse('order-cancelled');
    case 'none':
    case 'declined': {
      const declined = payment.status === 'declined' ? payment : undefined;
      const attemptedBy = declined?.attemptedBy ?? [];
      // An idempotent request begins one attempt, however often it is sent.
      if (request !== undefined && attemptedBy.includes(request)) return already(payment);
      if (!isOpen(payment, marginMs, now)) return refuse('order-expired');
      return accept({
        ...payableFields(payment),
        status: 'pending',
        attempt: (declined?.attempt ?? 0) + 1,
        token,
        intentId: declined?.intentId,
        attemptedBy: request === undefined ? declined?.attemptedBy : [...attemptedBy, request],
        version: payment.version + 1,
      });
    }
  }
}

/** Only the buyer may see a payment, and only after the first attempt. */
export function show(payment: Payment, userId: string): Decision<Shown, 'not-your-order' | 'not-found'> {
  if (payment.userId !== undefined && payment.userId !== userId) return refuse('not-your-order');
  return payment.status === 'none' || payment.status === 'void' ? refuse('not-found') : already(payment);
}

/** Records the intent and the method of an attempt. Only a recorded intent of the current attempt may be confirmed. */
export function recordIntent(
  payment: Payment,
  { attempt, intentId, methodId }: { attempt: number; intentId: string; methodId: string },
): Decision<Payment, 'superseded'> {
  if (payment.status !== 'pending' || payment.attempt !== attempt) return refuse('superseded');
  if (payment.intentId !== undefined && payment.intentId !== intentId) return refuse('superseded');
  if (payment.intentId === intentId && payment.token === methodId) return already(payment);
  return accept({ ...payment, intentId, token: methodId, version: payment.version + 1 });
}

type Success = Readonly<{
  orderId: string;
  intentId: string;
  amountInMinorUnits: number;
  currency: Currency;
}>;

/** Stripe reports that the intent is paid: as an answer, by webhook, or when it is retrieved. */
export function recordSuccess(
  payment: Payment | undefined,
  success: Success,
): Decision<Payment, 'another-intent' | 'another-amount'> {
  const { orderId, intentId, amountInMinorUnits, currency } = success;
  if (!payment || payment.status === 'none' || payment.status === 'void') {
    // An unexpected charge is refunded.
    const buyer = payment ? { userId: payment.userId, expiresAt: payment.expiresAt } : {};
    const version = payment ? payment.version + 1 : 0;
    return accept({
      userId: '',
      expiresAt: new Date(0),
      ...buyer,
      id: orderId,
      ...{ intentId, amountInMinorUnits, currency },
      status: 'refunding',
      version,
    } as Charge);
  }
  if (payment.intentId !== undefined && payment.intentId !== intentId) return refuse('another-intent');
  if (payment.amountInMinorUnits !== amountInMinorUnits || payment.currency !== currency)
    return refuse('another-amount');
  const version = payment.version + 1;
  switch (payment.status) {
    case 'pending':
    case 'declined': {
      const next: Charge = { ...payableFields(payment), intentId, status: 'succeeded', version };
      return accept(next, createdEvent(next));
    }
    case 'cancelling':
      return accept({ ...chargedFields(payment), status: 'refunding', version });
    case 'succeeded':
    case 'refunding':
    case 'refunded':
      return already(payment);
  }
}

/** Stripe has definitely refused this attempt. Answers for other attempts are ignored. */
export function recordDecline(
  payment: Payment,
  attempt: number,
  declineCode: DeclineCode,
): Decision<Payment> {
  if (payment.status !== 'pending' || payment.attempt !== attempt) return already(payment);
  return accept({ ...payment, status: 'declined', declineCode, version: payment.version + 1 });
}

/** The time to pay ended without an outcome, so the attempt is cancelled. */
export function abandonAttempt(payment: Payment): Decision<Payment> {
  return payment.status === 'pending' ? accept(cancelAttempt(payment)) : already(payment);
}

/** Stripe reports that the intent is cancelled and can never be paid. */
export function recordCancelled(payment: Payment): Decision<Payment> {
  const isVoidable =
    payment.status === 'cancelling' || payment.status === 'pending' || payment.status === 'declined';
  return isVoidable ? accept(asVoid(payment)) : already(payment);
}

/** Stripe has accepted the refund. */
export function recordRefund(payment: Payment): Decision<Payment> {
  if (payment.status !== 'refunding') return already(payment);
  const next: Charge = { ...payment, status: 'refunded', version: payment.version + 1 };
  return accept(next, refundedEvent(next));
}

function cancelAttempt(payment: Attempted & { status: 'pending' | 'declined' }): Payment {
  const { intentId } = payment;
  if (intentId === undefined) return asVoid(payment);
  return { ...payableFields(payment), intentId, status: 'cancelling', version: payment.version + 1 };
}

function asVoid(payment: Payable): Payment {
  return { ...payableFields(payment), status: 'void', version: payment.version + 1 };
}

const payableFields = ({
  id,
  userId,
  amountInMinorUnits,
  currency,
  expiresAt,
  version,
}: Payable): Payable => ({
  id,
  userId,
  amountInMinorUnits,
  currency,
  expiresAt,
  version,
});

const chargedFields = (payment: Charged): Charged => ({
  ...payableFields(payment),
  intentId: payment.intentId,
});
