// The card network, by what we ask of it. Its answers come back as plain facts; an outage as DependencyDown.

import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { DependencyDown, InvalidInput } from '@ticketing/common/errors';
import { Currency } from '@ticketing/common/money';
import { SpanKind, withSpan, type Logger } from '@ticketing/common/observability';
import Stripe from 'stripe';
import { z } from 'zod';
import type { Config } from './config.js';
import type { DeclineCode } from './domain/payment.js';

/** What Stripe knows of an intent. `open` can still be paid. */
export type IntentFacts = Readonly<{
  intentId: string;
  status: 'succeeded' | 'cancelled' | 'open';
  amountInMinorUnits: number;
  currency: Currency;
  /** of the order it was made for, by our own mark on it */
  orderId: string | undefined;
}>;

/** Stripe refused the attempt for good. */
export class Declined extends Error {
  override readonly name = 'Declined';
  constructor(readonly code: DeclineCode) {
    super(code);
  }
}

/** Our key is refused: nothing will happen until somebody mends it. */
export class KeyRefused extends DependencyDown {
  constructor(cause: unknown) {
    super('card network', { cause, retryAfterSeconds: 60 });
  }
}

export type WebhookEvent = Readonly<{ id: string; type: string; intent: IntentFacts | undefined }>;

export type Cards = ReturnType<typeof openCards>;

/** Opens the client of Stripe, or of what STRIPE_API_BASE names instead. It connects when it is used. */
export function openCards(config: Config, log: Logger) {
  const agent = { keepAlive: true, maxSockets: 64 };
  const base = config.STRIPE_API_BASE === undefined ? undefined : new URL(config.STRIPE_API_BASE);
  const plain = base?.protocol === 'http:';
  const server = base?.hostname ?? 'api.stripe.com';
  const stripe = new Stripe(config.STRIPE_KEY, {
    ...(base && {
      host: base.hostname,
      port: base.port === '' ? (plain ? 80 : 443) : Number(base.port),
      protocol: plain ? 'http' : 'https',
    }),
    httpAgent: plain ? new HttpAgent(agent) : new HttpsAgent(agent),
    timeout: config.STRIPE_TIMEOUT_MS,
    // Repeating is the settlement's business: it knows when it is safe.
    maxNetworkRetries: 0,
    telemetry: false,
  });
  const live = /^[sr]k_live_/.test(config.STRIPE_KEY);

  // What we ask for is part of the trace; whose card and how much is not.
  const asStep = <T>(what: string, call: () => Promise<T>): Promise<T> =>
    withSpan(`stripe ${what}`, { kind: SpanKind.CLIENT, attributes: { 'server.address': server } }, call);

  async function ask<T>(what: string, call: () => Promise<T>): Promise<T> {
    try {
      return await asStep(what, call);
    } catch (error) {
      throw explained(error, log);
    }
  }

  // Both are errors of ours when the intent has an outcome already; what it is counts, not that we came late.
  async function orAsItIs(
    what: string,
    intentId: string,
    call: () => Promise<Stripe.PaymentIntent>,
  ): Promise<IntentFacts> {
    try {
      return factsOf(await asStep(what, call));
    } catch (error) {
      if (error instanceof Stripe.errors.StripeError && error.code === 'payment_intent_unexpected_state')
        return retrieve(intentId);
      throw explained(error, log);
    }
  }

  const retrieve = (intentId: string) =>
    ask('retrieve', async () => factsOf(await stripe.paymentIntents.retrieve(intentId)));

  return {
    retrieve,

    /**
     * The id of a payment method: `pm_…` as it is, `tok_…` made into one.
     * @throws Declined invalid-token
     */
    methodOf: (token: string): Promise<string> =>
      token.startsWith('pm_')
        ? Promise.resolve(token)
        : ask(
            'payment-method',
            async () => (await stripe.paymentMethods.create({ type: 'card', card: { token } })).id,
          ),

    /**
     * Creates the one intent of an order, unconfirmed; asked again it answers the same one.
     * @throws Declined amount-refused
     */
    createIntent: (orderId: string, amountInMinorUnits: number, currency: Currency): Promise<string> =>
      ask('create', async () => {
        const params = {
          amount: amountInMinorUnits,
          currency,
          allowed_payment_method_types: ['card'],
          metadata: { orderId },
        };
        return (await stripe.paymentIntents.create(params, { idempotencyKey: `pi-${orderId}` })).id;
      }),

    /**
     * Charges. Asked again with the same attempt it charges no second time.
     * @throws Declined
     */
    confirm: (intentId: string, orderId: string, attempt: number, methodId: string): Promise<IntentFacts> =>
      orAsItIs('confirm', intentId, () =>
        stripe.paymentIntents.confirm(
          intentId,
          { payment_method: methodId, error_on_requires_action: true },
          { idempotencyKey: `cf-${orderId}-${attempt}` },
        ),
      ),

    /** Makes sure that the intent can not be paid any more, unless it has been paid: the facts say which. */
    cancel: (intentId: string): Promise<IntentFacts> =>
      orAsItIs('cancel', intentId, () => stripe.paymentIntents.cancel(intentId)),

    /** Gives all the money back, once. */
    refund: (intentId: string, orderId: string): Promise<void> =>
      ask('refund', async () => {
        const { data } = await stripe.refunds.list({ payment_intent: intentId, limit: 100 });
        if (data.some(({ status }) => status !== 'failed' && status !== 'canceled')) return;
        const refund = await stripe.refunds.create(
          { payment_intent: intentId },
          { idempotencyKey: `rf-${orderId}` },
        );
        if (refund.status === 'failed' || refund.status === 'canceled')
          throw new Error(
            `refund ${refund.id} of ${intentId} is ${refund.status}: a person must give this money back`,
          );
      }),

    /**
     * What a webhook request says, once its signature is proven.
     * @throws InvalidInput when it is forged, stale, or from the other mode
     */
    readWebhook(body: Buffer, signature: string, secret: string): WebhookEvent {
      const event = signed(() => stripe.webhooks.constructEvent(body, signature, secret, 300));
      if (event.livemode !== live)
        throw new InvalidInput([{ message: 'the event is of another mode than our key' }]);
      return { id: event.id, type: event.type, intent: ourIntentIn(event) };
    },
  };
}

function signed(construct: () => Stripe.Event): Stripe.Event {
  try {
    return construct();
  } catch {
    throw new InvalidInput([{ message: 'the signature does not fit' }], 'invalid-signature');
  }
}

// An account may serve for more than we sell. What is not ours may look like anything, and must not be a fault of ours,
// or Stripe would repeat it for days.
const OurIntent = z.object({
  data: z.object({
    object: z.object({
      object: z.literal('payment_intent'),
      currency: Currency,
      metadata: z.object({ orderId: z.string() }),
    }),
  }),
});

function ourIntentIn(event: Stripe.Event): IntentFacts | undefined {
  if (!OurIntent.safeParse(event).success) return undefined;
  return factsOf(event.data.object as Stripe.PaymentIntent);
}

function factsOf(intent: Stripe.PaymentIntent): IntentFacts {
  const { id, status, amount, currency, metadata } = intent;
  return {
    intentId: id,
    status: status === 'succeeded' ? 'succeeded' : status === 'canceled' ? 'cancelled' : 'open',
    amountInMinorUnits: amount,
    currency: Currency.parse(currency),
    orderId: metadata['orderId'],
  };
}

const refusedTokens = new Set([
  'resource_missing',
  'token_already_used',
  'payment_method_unexpected_state',
  'parameter_invalid_empty',
]);
const refusedAmounts = new Set(['amount_too_small', 'amount_too_large', 'parameter_invalid_integer']);

/** Stripe's errors by what they mean for us. https://docs.stripe.com/error-handling */
function explained(error: unknown, log: Logger): unknown {
  if (!(error instanceof Stripe.errors.StripeError)) return error;
  if (error instanceof Stripe.errors.StripeCardError)
    return new Declined(
      error.code === 'authentication_required' ? 'card-needs-authentication' : 'card-declined',
    );
  if (error instanceof Stripe.errors.StripeInvalidRequestError) {
    const { code = '', param = '' } = error;
    if (refusedAmounts.has(code)) return new Declined('amount-refused');
    if (/^(payment_method|card|token)/.test(param) || (refusedTokens.has(code) && param !== 'intent'))
      return new Declined('invalid-token');
    return error;
  }
  if (
    error instanceof Stripe.errors.StripeAuthenticationError ||
    error instanceof Stripe.errors.StripePermissionError
  ) {
    log.error({ stripeRequestId: error.requestId, alarm: true }, 'the card network refuses our key');
    return new KeyRefused(error);
  }
  return new DependencyDown('card network', { cause: error });
}
