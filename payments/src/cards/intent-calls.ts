// Calls about PaymentIntents: one intent per order, and an idempotency key of our own ids for each effect.

import type { Currency } from '@ticketing/common/money';
import type Stripe from 'stripe';
import { hasOutcome, hasOtherParameters } from './card-errors.js';
import { snapshotOf, type IntentSnapshot } from './intent.js';
import type { StripeCall } from './stripe-client.js';

type Purchase = Readonly<{
  orderId: string;
  amountInMinorUnits: number;
  currency: Currency;
  /** The number of earlier intents of the order, which are cancelled. */
  intents: number;
}>;

type Confirmation = Readonly<{
  intentId: string;
  orderId: string;
  attempt: number;
  methodId: string;
  /** Declines a card whose bank wants to approve the payment. */
  offSession: boolean;
}>;

export function intentCalls(stripe: Stripe, call: StripeCall, installation: string) {
  const retrieve = (intentId: string): Promise<IntentSnapshot> =>
    call('retrieve', async () => snapshotOf(await stripe.paymentIntents.retrieve(intentId)));

  return {
    /** The present state of an intent. */
    retrieve,

    /** The present state of an intent with the secret by which the buyer's browser answers a challenge. Never log it. */
    challengeOf: (intentId: string): Promise<{ intent: IntentSnapshot; clientSecret: string | undefined }> =>
      call('retrieve', async () => {
        const intent = await stripe.paymentIntents.retrieve(intentId);
        return { intent: snapshotOf(intent), clientSecret: intent.client_secret ?? undefined };
      }),

    /**
     * The id of a payment method: `pm_…` as it is, `tok_…` exchanged for one.
     * @throws Declined invalid-token
     */
    methodOf: async (token: string): Promise<string> =>
      token.startsWith('pm_') ? token : createMethod(stripe, call, token),

    /**
     * Creates the intent of an order, unconfirmed. Repeating the call returns the same intent.
     * @throws Declined amount-refused
     */
    createIntent: (purchase: Purchase): Promise<string> =>
      call('create', () => createIntent(stripe, purchase, installation)),

    /**
     * Confirms the intent, which charges the card or begins a challenge. Repeating an attempt does not charge again.
     * @throws Declined
     */
    confirm: ({ intentId, orderId, attempt, methodId, offSession }: Confirmation): Promise<IntentSnapshot> =>
      call('confirm', () =>
        stripe.paymentIntents.confirm(
          intentId,
          { payment_method: methodId, ...(offSession && { error_on_requires_action: true }) },
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

async function createIntent(stripe: Stripe, purchase: Purchase, installation: string): Promise<string> {
  const { orderId, amountInMinorUnits: amount, currency, intents } = purchase;
  const create = async (metadata: Record<string, string>): Promise<string> => {
    const params = { amount, currency, allowed_payment_method_types: ['card'], metadata };
    const idempotencyKey = intents === 0 ? `pi-${orderId}` : `pi-${orderId}-${intents}`;
    return (await stripe.paymentIntents.create(params, { idempotencyKey })).id;
  };
  // An earlier release may have created the intent under this key without our mark, and died before it stored the id.
  return create({ installation, orderId }).catch((error: unknown) => {
    if (hasOtherParameters(error)) return create({ orderId });
    throw error;
  });
}
