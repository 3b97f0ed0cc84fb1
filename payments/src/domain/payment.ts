// The life of a payment, and the only place where it is decided. One payment per order, one PaymentIntent per payment.
//
//   none ──► pending ◄──► declined        a new attempt only after a definite decline
//              │  └──────► succeeded ──► refunding ──► refunded
//              ▼                            ▲
//          cancelling ─────────(paid)───────┘
//              └─(cancelled at Stripe)─► void
//
// When the order is cancelled, whatever may still be charged is cancelled at Stripe, and what was charged is given back.
// What Stripe says of its own intent is taken in every state: money that has moved is a fact.

import { accept, already, refuse, type Decision } from '@ticketing/common/decision';
import { PaymentCreated, PaymentRefunded, type DomainEvent } from '@ticketing/common/events';
import { toDecimal, type Currency } from '@ticketing/common/money';

export type DeclineCode = 'card-declined' | 'card-needs-authentication' | 'invalid-token' | 'amount-refused';

type Common = Readonly<{ id: string; version: number }>;
type Owed = Common &
  Readonly<{ userId: string; amountInMinorUnits: number; currency: Currency; expiresAt: Date }>;
type Attempted = Owed &
  Readonly<{
    attempt: number;
    /** as the buyer gave it, `tok_…` or `pm_…`; the payment method once the intent is on record */
    token: string;
    intentId?: string | undefined;
    /** the keyed requests that began its attempts */
    attemptedBy?: readonly string[] | undefined;
  }>;
type Charged = Owed & Readonly<{ intentId: string }>;

export type Payment =
  | (Owed & Readonly<{ status: 'none' }>)
  | (Attempted & Readonly<{ status: 'pending' }>)
  | (Attempted & Readonly<{ status: 'declined'; declineCode: DeclineCode }>)
  | (Charged & Readonly<{ status: 'cancelling' | 'succeeded' | 'refunding' | 'refunded' }>)
  | (Common & Partial<Owed> & Readonly<{ status: 'void' }>);

export type Pending = Extract<Payment, { status: 'pending' }>;
export type Shown = Exclude<Payment, { status: 'none' | 'void' }>;
type Charge = Extract<Payment, { intentId: string }>;

type Order = Readonly<{
  id: string;
  userId: string;
  amountInMinorUnits: number;
  currency: Currency;
  expiresAt: Date;
}>;

/** An order can be paid from now on, unless more is known of it already. */
export function openPayment(payment: Payment | undefined, order: Order): Decision<Payment> {
  return payment ? already(payment) : accept({ ...order, status: 'none', version: 0 });
}

/** The order is cancelled: nothing may be charged, and what was charged goes back. */
export function voidPayment(payment: Payment | undefined, orderId: string): Decision<Payment> {
  if (!payment) return accept({ id: orderId, status: 'void', version: 0 });
  switch (payment.status) {
    case 'none':
      return accept(voided(payment));
    case 'pending':
    case 'declined':
      return accept(stopped(payment));
    case 'succeeded':
      return accept({ ...chargeOf(payment), status: 'refunding', version: payment.version + 1 });
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
  /** the keyed request that asks for it */
  request?: string | undefined;
}>;

/** The buyer wants to pay: a first attempt, or another one after a definite decline. */
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
      const last = payment.status === 'declined' ? payment : undefined;
      const attemptedBy = last?.attemptedBy ?? [];
      // A keyed request begins one attempt, however often it is sent.
      if (request !== undefined && attemptedBy.includes(request)) return already(payment);
      if (!isOpen(payment, marginMs, now)) return refuse('order-expired');
      return accept({
        ...owedOf(payment),
        status: 'pending',
        attempt: (last?.attempt ?? 0) + 1,
        token,
        intentId: last?.intentId,
        attemptedBy: request === undefined ? last?.attemptedBy : [...attemptedBy, request],
        version: payment.version + 1,
      });
    }
  }
}

/** A payment is shown to its buyer, once there is one. */
export function show(payment: Payment, userId: string): Decision<Shown, 'not-your-order' | 'not-found'> {
  if (payment.userId !== undefined && payment.userId !== userId) return refuse('not-your-order');
  return payment.status === 'none' || payment.status === 'void' ? refuse('not-found') : already(payment);
}

/** What the attempt is going to confirm. Only if it is on record, and the attempt still stands, may it be confirmed. */
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

/** Stripe says that the intent has been paid: as an answer, by webhook or when asked. */
export function recordSuccess(
  payment: Payment | undefined,
  success: Success,
): Decision<Payment, 'another-intent' | 'another-amount'> {
  const { orderId, intentId, amountInMinorUnits, currency } = success;
  const facts = { intentId, amountInMinorUnits, currency };
  if (!payment || payment.status === 'none' || payment.status === 'void') {
    // Money that nobody here has asked for, or no longer: it goes back.
    const known = payment ? { userId: payment.userId, expiresAt: payment.expiresAt } : {};
    const version = payment ? payment.version + 1 : 0;
    return accept({
      userId: '',
      expiresAt: new Date(0),
      ...known,
      id: orderId,
      ...facts,
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
      const next: Charge = { ...owedOf(payment), intentId, status: 'succeeded', version };
      return accept(next, PaymentCreated(dataOf(next)));
    }
    case 'cancelling':
      return accept({ ...chargeOf(payment), status: 'refunding', version });
    case 'succeeded':
    case 'refunding':
    case 'refunded':
      return already(payment);
  }
}

/** Stripe has definitely refused this attempt. An answer for another attempt than the current one is ignored. */
export function recordDecline(
  payment: Payment,
  attempt: number,
  declineCode: DeclineCode,
): Decision<Payment> {
  if (payment.status !== 'pending' || payment.attempt !== attempt) return already(payment);
  return accept({ ...payment, status: 'declined', declineCode, version: payment.version + 1 });
}

/** The window has closed without an outcome: whatever may still be charged must not be. */
export function giveUp(payment: Payment): Decision<Payment> {
  return payment.status === 'pending' ? accept(stopped(payment)) : already(payment);
}

/** Stripe says that the intent is cancelled and can never be paid. */
export function recordCancelled(payment: Payment): Decision<Payment> {
  const open =
    payment.status === 'cancelling' || payment.status === 'pending' || payment.status === 'declined';
  return open ? accept(voided(payment)) : already(payment);
}

/** Stripe has the refund. */
export function recordRefund(payment: Payment): Decision<Payment> {
  if (payment.status !== 'refunding') return already(payment);
  const next: Charge = { ...payment, status: 'refunded', version: payment.version + 1 };
  return accept(next, PaymentRefunded({ ...dataOf(next), reason: 'order-cancelled' }));
}

/** The event that says how the payment is now; others are told of charges and refunds only. */
export function paymentEvent(payment: Payment): DomainEvent | undefined {
  if (payment.status === 'succeeded') return PaymentCreated(dataOf(payment));
  if (payment.status === 'refunded')
    return PaymentRefunded({ ...dataOf(payment), reason: 'order-cancelled' });
  return undefined;
}

/** What the order is, as far as this payment knows; behind for a moment when the order has ended otherwise. */
export function orderStatusBehind({ status }: Payment): 'created' | 'complete' | 'cancelled' {
  switch (status) {
    case 'none':
    case 'pending':
    case 'declined':
      return 'created';
    case 'succeeded':
      return 'complete';
    case 'cancelling':
    case 'refunding':
    case 'refunded':
    case 'void':
      return 'cancelled';
  }
}

/** May it still be charged? Not so close to the end that the answer may come too late. */
export function isOpen({ expiresAt }: Pick<Owed, 'expiresAt'>, marginMs: number, now: Date): boolean {
  return now.getTime() < expiresAt.getTime() - marginMs;
}

/** Is something to be done at Stripe before this payment rests? */
export function isUnsettled(payment: Payment): boolean {
  return unsettled.includes(payment.status);
}

export const unsettled: readonly Payment['status'][] = ['pending', 'cancelling', 'refunding'];

function stopped(payment: Attempted & { status: 'pending' | 'declined' }): Payment {
  const { intentId } = payment;
  if (intentId === undefined) return voided(payment);
  return { ...owedOf(payment), intentId, status: 'cancelling', version: payment.version + 1 };
}

function voided(payment: Owed): Payment {
  return { ...owedOf(payment), status: 'void', version: payment.version + 1 };
}

const owedOf = ({ id, userId, amountInMinorUnits, currency, expiresAt, version }: Owed): Owed => ({
  id,
  userId,
  amountInMinorUnits,
  currency,
  expiresAt,
  version,
});

const chargeOf = (payment: Charged): Charged => ({ ...owedOf(payment), intentId: payment.intentId });

function dataOf({ id, version, intentId, amountInMinorUnits, currency }: Charge) {
  return {
    id,
    orderId: id,
    version,
    stripeId: intentId,
    amount: toDecimal(amountInMinorUnits, currency),
    currency,
  };
}

/** What an operator wants to read beside a change of status; an intent is on record before anything is charged. */
export function historyDetail(before: Payment | undefined, after: Payment): string | undefined {
  if (after.status === 'pending') {
    const intent = before?.status === 'pending' ? `: intent ${after.intentId}` : '';
    return `attempt ${after.attempt}${intent}`;
  }
  if (after.status === 'declined') return `attempt ${after.attempt}: ${after.declineCode}`;
  return undefined;
}
