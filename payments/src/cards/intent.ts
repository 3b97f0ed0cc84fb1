import { Currency } from '@ticketing/common/money';
import type Stripe from 'stripe';

/** The state of a PaymentIntent at Stripe. An `open` intent can still be paid. */
export type IntentSnapshot = Readonly<{
  intentId: string;
  status: 'succeeded' | 'cancelled' | 'open';
  amountInMinorUnits: number;
  currency: Currency;
  /** The order in the intent's metadata; undefined for an intent that another system created. */
  orderId: string | undefined;
}>;

export function snapshotOf(intent: Stripe.PaymentIntent): IntentSnapshot {
  const { id, status, amount, currency, metadata } = intent;
  return {
    intentId: id,
    status: status === 'succeeded' ? 'succeeded' : status === 'canceled' ? 'cancelled' : 'open',
    amountInMinorUnits: amount,
    currency: Currency.parse(currency),
    orderId: metadata['orderId'],
  };
}
