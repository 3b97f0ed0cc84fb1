// The states of a payment as data, and the facts that follow from a state. The transitions stand in payment.ts.

import { PaymentCreated, PaymentRefunded, type DomainEvent } from '@ticketing/common/events';
import { toDecimal, type Currency } from '@ticketing/common/money';

export type DeclineCode = 'card-declined' | 'card-needs-authentication' | 'invalid-token' | 'amount-refused';

type Common = Readonly<{ id: string; version: number }>;
export type Payable = Common &
  Readonly<{ userId: string; amountInMinorUnits: number; currency: Currency; expiresAt: Date }>;
export type Attempted = Payable &
  Readonly<{
    attempt: number;
    /** As the buyer sent it, `tok_…` or `pm_…`; the payment method after the intent is recorded. */
    token: string;
    intentId?: string | undefined;
    /** The idempotent requests that began attempts. */
    attemptedBy?: readonly string[] | undefined;
  }>;
export type Charged = Payable & Readonly<{ intentId: string }>;

export type Payment =
  | (Payable & Readonly<{ status: 'none' }>)
  | (Attempted & Readonly<{ status: 'pending' }>)
  | (Attempted & Readonly<{ status: 'declined'; declineCode: DeclineCode }>)
  | (Charged & Readonly<{ status: 'cancelling' | 'succeeded' | 'refunding' | 'refunded' }>)
  | (Common & Partial<Payable> & Readonly<{ status: 'void' }>);

export type Pending = Extract<Payment, { status: 'pending' }>;
export type Shown = Exclude<Payment, { status: 'none' | 'void' }>;
export type Charge = Extract<Payment, { intentId: string }>;

/** Does the payment need another call to Stripe? */
export function isUnsettled(payment: Payment): boolean {
  return unsettled.includes(payment.status);
}

export const unsettled: readonly Payment['status'][] = ['pending', 'cancelling', 'refunding'];

/** May the payment still be charged? The margin keeps a late answer of Stripe within the time to pay. */
export function isOpen({ expiresAt }: Pick<Payable, 'expiresAt'>, marginMs: number, now: Date): boolean {
  return now.getTime() < expiresAt.getTime() - marginMs;
}

/** The event that describes the present state. Only charges and refunds are published. */
export function paymentEvent(payment: Payment): DomainEvent | undefined {
  if (payment.status === 'succeeded') return createdEvent(payment);
  return payment.status === 'refunded' ? refundedEvent(payment) : undefined;
}

export const createdEvent = (charge: Charge) => PaymentCreated(dataOf(charge));

export const refundedEvent = (charge: Charge) =>
  PaymentRefunded({ ...dataOf(charge), reason: 'order-cancelled' });

/** The order's status as this payment implies it. It lags behind an order that has just ended. */
export function impliedOrderStatus({ status }: Payment): 'created' | 'complete' | 'cancelled' {
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

/** The detail of a change in the history, for operators. It shows the intent before the charge. */
export function historyDetail(before: Payment | undefined, after: Payment): string | undefined {
  if (after.status === 'pending') {
    const intent = before?.status === 'pending' ? `: intent ${after.intentId}` : '';
    return `attempt ${after.attempt}${intent}`;
  }
  if (after.status === 'declined') return `attempt ${after.attempt}: ${after.declineCode}`;
  return undefined;
}
