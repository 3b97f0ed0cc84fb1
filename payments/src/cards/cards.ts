// The card network, reduced to the calls that payments need. An outage is thrown as DependencyDown.

import type { Currency } from '@ticketing/common/money';
import type { Logger } from '@ticketing/common/observability';
import type Stripe from 'stripe';
import type { Config } from '../config.js';
import { hasOutcome } from './card-errors.js';
import { snapshotOf, type IntentSnapshot } from './intent.js';
import { openStripe, stripeCalls, type StripeCall } from './stripe-client.js';
import { readEvent, type WebhookEvent } from './webhook-event.js';

export type Cards = ReturnType<typeof openCards>;

/** Opens the card network: Stripe, or the one at STRIPE_API_BASE. It connects when it is used. */
export function openCards(config: Config, log: Logger) {
  const stripe = openStripe(config);
  const isLive = /^[sr]k_live_/.test(config.STRIPE_KEY);

  return {
    ...intentCalls(stripe, stripeCalls(config, log)),

    /**
     * Reads a webhook request after verifying its signature.
     * @throws InvalidInput if the signature is wrong or old, or if the event is from the other mode (live or test)
     */
    readWebhook: (body: Buffer, signature: string, secret: string): WebhookEvent =>
      readEvent(stripe, { body, signature, secret }, isLive),
  };
}

function intentCalls(stripe: Stripe, call: StripeCall) {
  const retrieve = (intentId: string): Promise<IntentSnapshot> =>
    call('retrieve', async () => snapshotOf(await stripe.paymentIntents.retrieve(intentId)));

  return {
    /** The present state of an intent. */
    retrieve,

    /**
     * The id of a payment method: `pm_…` as it is, `tok_…` exchanged for one.
     * @throws Declined invalid-token
     */
    methodOf: async (token: string): Promise<string> =>
      token.startsWith('pm_') ? token : createMethod(stripe, call, token),

    /**
     * Creates the only intent of an order, unconfirmed. Repeating the call returns the same intent.
     * @throws Declined amount-refused
     */
    createIntent: (orderId: string, amountInMinorUnits: number, currency: Currency): Promise<string> =>
      createIntent(stripe, call, { orderId, amountInMinorUnits, currency }),

    /**
     * Confirms the intent, which charges the card. Repeating an attempt does not charge again.
     * @throws Declined
     */
    confirm: (
      intentId: string,
      orderId: string,
      attempt: number,
      methodId: string,
    ): Promise<IntentSnapshot> =>
      call('confirm', () =>
        stripe.paymentIntents.confirm(
          intentId,
          { payment_method: methodId, error_on_requires_action: true },
          { idempotencyKey: `cf-${orderId}-${attempt}` },
        ),
      ).then(
        snapshotOf,
        unlessOutcome(() => retrieve(intentId)),
      ),

    /** Cancels the intent and returns its final state: `succeeded` if a payment won the race. */
    cancel: (intentId: string): Promise<IntentSnapshot> =>
      call('cancel', () => stripe.paymentIntents.cancel(intentId)).then(
        snapshotOf,
        unlessOutcome(() => retrieve(intentId)),
      ),

    /** Refunds the whole charge, once. */
    refund: (intentId: string, orderId: string): Promise<void> =>
      call('refund', () => refundOnce(stripe, intentId, orderId)),
  };
}

// An intent that already has an outcome refuses the call. The outcome is what the caller needs.
const unlessOutcome =
  (retrieve: () => Promise<IntentSnapshot>) =>
  (error: unknown): Promise<IntentSnapshot> => {
    if (hasOutcome(error)) return retrieve();
    throw error;
  };

const createMethod = (stripe: Stripe, call: StripeCall, token: string): Promise<string> =>
  call('payment-method', async () => {
    const method = await stripe.paymentMethods.create({ type: 'card', card: { token } });
    return method.id;
  });

type Purchase = Readonly<{ orderId: string; amountInMinorUnits: number; currency: Currency }>;

const createIntent = (stripe: Stripe, call: StripeCall, purchase: Purchase): Promise<string> =>
  call('create', async () => {
    const { orderId, amountInMinorUnits, currency } = purchase;
    const params = {
      amount: amountInMinorUnits,
      currency,
      allowed_payment_method_types: ['card'],
      metadata: { orderId },
    };
    const intent = await stripe.paymentIntents.create(params, { idempotencyKey: `pi-${orderId}` });
    return intent.id;
  });

async function refundOnce(stripe: Stripe, intentId: string, orderId: string): Promise<void> {
  const hasFailed = ({ status }: Stripe.Refund) => status === 'failed' || status === 'canceled';
  const { data } = await stripe.refunds.list({ payment_intent: intentId, limit: 100 });
  if (data.some((refund) => !hasFailed(refund))) return;
  const refund = await stripe.refunds.create(
    { payment_intent: intentId },
    { idempotencyKey: `rf-${orderId}` },
  );
  if (hasFailed(refund))
    throw new Error(`Refund ${refund.id} of ${intentId} is ${refund.status}. An operator must refund it.`);
}
