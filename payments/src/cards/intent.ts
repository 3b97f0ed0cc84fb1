import { Currency } from '@ticketing/common/money';
import type Stripe from 'stripe';
import type { Decline } from '../domain/payment-state.js';
import { reasonOf } from './card-errors.js';

/** Our mark in the metadata of what we create at Stripe. Earlier releases wrote the order only. */
export type Mark = Readonly<{ installation: string; orderId: string }>;

/** The state of a PaymentIntent at Stripe. An `open` intent can still be paid; `requires-action` waits for the buyer. */
export type IntentSnapshot = Readonly<{
  intentId: string;
  status: 'succeeded' | 'cancelled' | 'requires-action' | 'open';
  amountInMinorUnits: number;
  currency: Currency;
  /** undefined for an intent that another system created */
  orderId: string | undefined;
  /** The system that created it; undefined also for an intent of an earlier release. */
  installation: string | undefined;
  /** Why the last attempt failed, if it did. */
  failure: Decline;
}>;

const statuses: Readonly<Record<string, IntentSnapshot['status']>> = {
  succeeded: 'succeeded',
  canceled: 'cancelled',
  requires_action: 'requires-action',
};

export function snapshotOf(intent: Stripe.PaymentIntent): IntentSnapshot {
  const { id, status, amount, currency, metadata } = intent;
  const { code, decline_code } = intent.last_payment_error ?? {};
  return {
    intentId: id,
    status: statuses[status] ?? 'open',
    amountInMinorUnits: amount,
    currency: Currency.parse(currency),
    orderId: metadata['orderId'],
    installation: metadata['installation'],
    failure:
      code === 'payment_intent_authentication_failure'
        ? { code: 'authentication-failed' }
        : { code: 'card-declined', reason: reasonOf(decline_code, code) },
  };
}
