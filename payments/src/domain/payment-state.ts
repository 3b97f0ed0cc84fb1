// The states of a payment as data, and the facts that follow from a state. The transitions stand in payment.ts (buyers and
// orders), outcome.ts (reports of Stripe), charge.ts and refund-request.ts (what follows a charge).

import type { DomainEvent } from '@ticketing/common/events';
import { toDecimal, type Currency } from '@ticketing/common/money';
import {
  chargeEvent,
  refundableAmount,
  wasRefused,
  withRefunds,
  type Charge,
  type Dispute,
  type Refund,
} from './charge-state.js';
import { nameOfPlace, type Item } from './places.js';

export type DeclineCode =
  | 'card-declined'
  | 'card-needs-authentication'
  | 'authentication-failed'
  | 'payment-cancelled'
  | 'invalid-token'
  | 'amount-refused';

/** The bank's reason for a declined card, as far as the buyer may know it: nothing about suspicions of fraud. */
export const declineReasons = [
  'insufficient-funds',
  'expired-card',
  'incorrect-number',
  'incorrect-cvc',
  'card-not-supported',
  'processing-error',
] as const;
export type DeclineReason = (typeof declineReasons)[number];

/** Why Stripe refused an attempt. */
export type Decline = Readonly<{ code: DeclineCode; reason?: DeclineReason | undefined }>;

export type Amount = Readonly<{ amountInMinorUnits: number; currency: Currency }>;

/** A charge at Stripe that carries our mark and this order, and that the payment cannot explain. */
export type Stray = Amount & Readonly<{ intentId: string }>;

export type PaymentBase = Readonly<{ id: string; version: number; strays?: readonly Stray[] | undefined }>;
export type Payable = PaymentBase &
  Readonly<{
    userId: string;
    /** Orders of earlier releases name no seller. */
    sellerId?: string | undefined;
    amountInMinorUnits: number;
    currency: Currency;
    expiresAt: Date;
    /** The places of the order when it was placed. Earlier releases stored none. */
    items?: readonly Item[] | undefined;
  }>;
export type Attempted = Payable &
  Readonly<{
    attempt: number;
    /** As the buyer sent it, `tok_…` or `pm_…`. Earlier releases stored the payment method here. */
    token: string;
    /** The payment method of the token; stored with the intent. */
    methodId?: string | undefined;
    /** The buyer cannot answer a challenge. Earlier releases never allowed one. */
    offSession?: boolean | undefined;
    intentId?: string | undefined;
    /** The number of earlier intents of this order, which are cancelled at Stripe. */
    intents?: number | undefined;
    /** The idempotent requests that began attempts. */
    attemptedBy?: readonly string[] | undefined;
    declines?: number | undefined;
    declinedAt?: Date | undefined;
  }>;
export type Cancelling = Payable &
  Readonly<{
    status: 'cancelling';
    intentId: string;
    /** Absent when only the time to pay is over. */
    isOrderCancelled?: true | undefined;
  }>;

export type Payment =
  | (Payable & Readonly<{ status: 'none' }>)
  | (Attempted & Readonly<{ status: 'pending' }>)
  | (Attempted & Readonly<{ status: 'requires-action'; intentId: string }>)
  | (Attempted &
      Readonly<{ status: 'declined'; declineCode: DeclineCode; declineReason?: DeclineReason | undefined }>)
  | Cancelling
  | Charge
  | (PaymentBase & Partial<Payable> & Readonly<{ status: 'void' }>);

export type Pending = Extract<Payment, { status: 'pending' }>;
export type Challenged = Extract<Payment, { status: 'requires-action' }>;
export type VisiblePayment = Exclude<Payment, { status: 'none' | 'void' }>;

const chargeStatuses: Record<Charge['status'], true> = {
  parked: true,
  succeeded: true,
  refunding: true,
  'partly-refunded': true,
  refunded: true,
};

export const isCharge = (payment: Payment): payment is Charge => payment.status in chargeStatuses;

/** Does the payment need another call to Stripe? A challenge waits for the buyer instead. */
export function isUnsettled(payment: Payment): boolean {
  return unsettled.includes(payment.status);
}

export const unsettled: readonly Payment['status'][] = ['pending', 'cancelling', 'refunding'];

/** The statuses that wait for a person: the buyer, or an operator. */
export const statusesWaitingForPerson: readonly Payment['status'][] = ['requires-action', 'parked'];

/** May the payment still be charged? The margin keeps a late answer of Stripe within the time to pay. */
export function isOpen({ expiresAt }: Pick<Payable, 'expiresAt'>, marginMs: number, now: Date): boolean {
  return now.getTime() < expiresAt.getTime() - marginMs;
}

/** The event that describes the present state. Only charges are published. */
export function paymentEvent(payment: Payment): DomainEvent | undefined {
  return isCharge(payment) ? chargeEvent(withRefunds(payment)) : undefined;
}

/**
 * The order's status as this payment implies it; undefined if the payment does not tell. It lags behind an order that has
 * just ended.
 */
export function impliedOrderStatus(
  payment: Payment,
): 'created' | 'complete' | 'cancelled' | 'refunded' | undefined {
  switch (payment.status) {
    case 'none':
      // A free order is complete without a payment.
      return payment.amountInMinorUnits === 0 ? 'complete' : 'created';
    case 'pending':
    case 'requires-action':
    case 'declined':
      return 'created';
    case 'cancelling':
    case 'void':
      return 'cancelled';
    case 'parked':
    case 'succeeded':
    case 'refunding':
    case 'partly-refunded':
    case 'refunded':
      return statusOfPaidOrder(withRefunds(payment));
  }
}

function statusOfPaidOrder({ status, userId, isOrderCancelled, refunds = [] }: Charge) {
  if (userId === '') return undefined;
  if (isOrderCancelled) return 'cancelled';
  if (status === 'refunded') return 'refunded';
  // The order stays refunded when a refund fails later.
  return refunds.some((refund) => refund.status === 'failed') ? undefined : 'complete';
}

/** The decision about this payment that waits for an operator, if there is one. */
export function attentionFor(
  payment: Payment,
): 'parked' | 'stray' | 'refund-failed' | 'disputed' | undefined {
  if (payment.status === 'parked') return 'parked';
  if (isCharge(payment)) {
    const charge = withRefunds(payment);
    if (charge.disputes?.some(({ status }) => status === 'open')) return 'disputed';
    const last = charge.refunds?.at(-1);
    const isDue = charge.isOrderCancelled === true || (last?.status === 'failed' && !wasRefused(last));
    if (isDue && refundableAmount(charge) > 0) return 'refund-failed';
  }
  return payment.strays === undefined ? undefined : 'stray';
}

/** The detail of a change in the history, for operators. It shows the intent before the charge. */
export function historyDetail(before: Payment | undefined, after: Payment): string | undefined {
  if (after.strays?.length !== before?.strays?.length)
    return `stray charge ${after.strays?.at(-1)?.intentId}`;
  if (after.status === 'pending') {
    const intent = before?.status === 'pending' ? `: intent ${after.intentId}` : '';
    return `attempt ${after.attempt}${intent}`;
  }
  if (after.status === 'declined') {
    const { attempt, declineCode, declineReason } = after;
    return `attempt ${attempt}: ${declineCode}${declineReason ? `, ${declineReason}` : ''}`;
  }
  return isCharge(after) ? chargeDetail(before, after) : undefined;
}

function chargeDetail(before: Payment | undefined, after: Charge): string | undefined {
  const old = before && isCharge(before) ? before : undefined;
  const changed: (Refund | Dispute)[] = [...(after.refunds ?? []), ...(after.disputes ?? [])].filter(
    (entry) => ![...(old?.refunds ?? []), ...(old?.disputes ?? [])].includes(entry as never),
  );
  const details = changed.map((entry) => {
    const places = 'places' in entry ? entry.places?.map(nameOfPlace) : undefined;
    const amount = toDecimal(entry.amountInMinorUnits, after.currency);
    return `${entry.id} ${entry.status} ${amount}${places ? ` for ${places.join(' ')}` : ''}`;
  });
  return details.length === 0 ? undefined : details.join(', ');
}

/** Does a charge have the amount and currency of the payment? */
export function matchesAmount(payment: Amount, charged: Amount): boolean {
  return payment.amountInMinorUnits === charged.amountInMinorUnits && payment.currency === charged.currency;
}

export function payableFields(payment: Payable): Payable {
  const { id, userId, sellerId, amountInMinorUnits, currency, expiresAt, items, strays, version } = payment;
  return { id, userId, sellerId, amountInMinorUnits, currency, expiresAt, items, strays, version };
}

export function asVoid(payment: Payable): Payment {
  return { ...payableFields(payment), status: 'void', version: payment.version + 1 };
}
