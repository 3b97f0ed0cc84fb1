// The life of a payment until it is charged or void. One payment per order, one open PaymentIntent per payment. What buyers
// and orders do is decided here, what Stripe reports in outcome.ts, and what follows a charge in charge.ts.
//
//   none ──► pending ◄──► declined            a new attempt only after a definite decline,
//             │  ▲│                           or with another card during a challenge
//             │  │└──► requires-action ──► succeeded
//             ▼  └────────┘    │
//         cancelling ◄─────────┘              a success in cancelling is a charge, too
//             └─(cancelled at Stripe)─► void
//
// When the order is cancelled, an open intent is cancelled at Stripe and a charge is refunded. A success that Stripe reports
// is recorded in every state, because the money has moved.

import { accept, already, refuse, type Decision } from '@ticketing/common/decision';
import type { Currency } from '@ticketing/common/money';
import { refundOfCancelledOrder, adoptParkedCharge } from './charge.js';
import { refundableAmount, withRefunds } from './charge-state.js';
import { retryAfterDecline, tooManyAttempts } from './declines.js';
import {
  asVoid,
  matchesAmount,
  isCharge,
  isOpen,
  payableFields,
  type Attempted,
  type Cancelling,
  type Payable,
  type Payment,
  type VisiblePayment,
} from './payment-state.js';
import type { Item } from './places.js';

type Order = Readonly<{
  id: string;
  userId: string;
  sellerId?: string | undefined;
  amountInMinorUnits: number;
  currency: Currency;
  expiresAt: Date;
  items?: readonly Item[] | undefined;
}>;

/** Opens the payment of an order, unless it exists already. A parked charge that fits becomes its payment. */
export function openPayment(payment: Payment | undefined, order: Order): Decision<Payment> {
  if (!payment) return accept({ ...order, status: 'none', version: 0 });
  if (!isCharge(payment) || payment.userId !== '') return already(payment);
  const { intentId, amountInMinorUnits, currency, version } = payment;
  if (matchesAmount(payment, order)) return adoptParkedCharge(payment, order);
  const strays = [...(payment.strays ?? []), { intentId, amountInMinorUnits, currency }];
  return accept({ ...order, status: 'none', strays, version: version + 1 });
}

/** The order is cancelled: an open payment is voided and a charge is refunded. */
export function voidPayment(
  payment: Payment | undefined,
  order: Pick<Order, 'id' | 'userId' | 'expiresAt'>,
): Decision<Payment> {
  const { id, userId, expiresAt } = order;
  if (!payment) return accept({ id, userId, expiresAt, status: 'void', version: 0 });
  switch (payment.status) {
    case 'none':
      return accept(asVoid(payment));
    case 'pending':
    case 'requires-action':
    case 'declined':
      return accept(cancelAttempt(payment, { isOrderCancelled: true }));
    case 'cancelling':
      if (payment.isOrderCancelled) return already(payment);
      return accept(withCancelledOrder(payment));
    case 'void':
      return already(payment);
    case 'parked':
    case 'succeeded':
    case 'refunding':
    case 'partly-refunded':
    case 'refunded':
      return refundOfCancelledOrder(payment.userId === '' ? { ...payment, userId, expiresAt } : payment);
  }
}

type Attempt = Readonly<{
  userId: string;
  token: string;
  /** The buyer cannot answer a challenge of the bank. */
  offSession?: boolean | undefined;
  marginMs: number;
  /** The idempotent request that asks for the attempt. */
  request?: string | undefined;
}>;

export type PayRefusal =
  | 'not-found'
  | 'not-your-order'
  | 'nothing-to-pay'
  | 'order-cancelled'
  | 'order-expired'
  | 'too-many-declines'
  | 'payment-attempts-exhausted';

/** Begins the first attempt to pay, or another one after a definite decline or during a challenge. */
export function pay(payment: Payment, attempt: Attempt, now: Date): Decision<Payment, PayRefusal> {
  if (isCharge(payment) && payment.userId === '') return refuse('not-found');
  if (payment.userId !== undefined && payment.userId !== attempt.userId) return refuse('not-your-order');
  switch (payment.status) {
    case 'pending':
      return already(payment);
    case 'cancelling':
    case 'void':
      return refuse('order-cancelled');
    case 'none':
      return payment.amountInMinorUnits === 0
        ? refuse('nothing-to-pay')
        : beginAttempt({ ...payment, attempt: 0 }, attempt, now);
    case 'requires-action':
      return payment.token === attempt.token ? already(payment) : beginAttempt(payment, attempt, now);
    case 'declined':
      return beginAttempt(payment, attempt, now);
    case 'parked':
    case 'succeeded':
    case 'refunding':
    case 'partly-refunded':
    case 'refunded': {
      const charge = withRefunds(payment);
      return charge.isOrderCancelled || refundableAmount(charge) === 0
        ? refuse('order-cancelled')
        : already(payment);
    }
  }
}

function beginAttempt(
  payment: Payable & Partial<Attempted> & { attempt: number; status: Payment['status'] },
  { token, offSession = false, marginMs, request }: Attempt,
  now: Date,
): Decision<Payment, 'order-expired' | 'too-many-declines' | 'payment-attempts-exhausted'> {
  const { attemptedBy = [], attempt, intentId, intents, declines, declinedAt } = payment;
  // An idempotent request begins one attempt, however often it is sent.
  if (request !== undefined && attemptedBy.includes(request)) return already(payment as Payment);
  if (!isOpen(payment, marginMs, now)) return refuse('order-expired');
  if (attempt >= tooManyAttempts) return refuse('payment-attempts-exhausted');
  const retryAfterSeconds = retryAfterDecline({ declines, declinedAt }, now);
  if (retryAfterSeconds > 0) return refuse('too-many-declines', { retryAfterSeconds });
  return accept({
    ...payableFields(payment),
    status: 'pending',
    attempt: attempt + 1,
    ...{ token, offSession, intentId, intents, declines, declinedAt },
    attemptedBy: request === undefined ? payment.attemptedBy : [...attemptedBy, request],
    version: payment.version + 1,
  });
}

/** The buyer and the seller may see a payment, and only after the first attempt. */
export function show(
  payment: Payment,
  userId: string,
): Decision<VisiblePayment, 'not-your-order' | 'not-found'> {
  if (isCharge(payment) && payment.userId === '') return refuse('not-found');
  const isTheirs = payment.userId === undefined || payment.userId === userId || payment.sellerId === userId;
  if (!isTheirs) return refuse('not-your-order');
  return payment.status === 'none' || payment.status === 'void' ? refuse('not-found') : already(payment);
}

/** The time to pay ended without an outcome, so the attempt is cancelled. */
export function abandonAttempt(payment: Payment): Decision<Payment> {
  const isWaiting = payment.status === 'pending' || payment.status === 'requires-action';
  return isWaiting ? accept(cancelAttempt(payment, {})) : already(payment);
}

function cancelAttempt(payment: Attempted, cancelled: Pick<Cancelling, 'isOrderCancelled'>): Payment {
  const { intentId } = payment;
  if (intentId === undefined) return asVoid(payment);
  const version = payment.version + 1;
  return { ...payableFields(payment), intentId, ...cancelled, status: 'cancelling', version };
}

function withCancelledOrder(payment: Cancelling): Cancelling {
  return { ...payment, isOrderCancelled: true, version: payment.version + 1 };
}
