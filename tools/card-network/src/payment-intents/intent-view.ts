// A PaymentIntent and its decline in the shape of Stripe's API.
import type { Decline } from '../payment-methods/cards.js';
import { chargeView } from './charge-view.js';
import type { ErrorBody } from '../api/errors.js';
import { amountReceived, type Intent } from './payment-intent.js';
import { paymentMethodView } from '../payment-methods/payment-method-view.js';

const cardOptions = {
  installments: null,
  mandate_options: null,
  network: null,
  request_three_d_secure: 'automatic',
};

export function intentView(intent: Intent, expand: readonly string[] = []) {
  return {
    id: intent.id,
    object: 'payment_intent',
    allowed_payment_method_types: intent.allowedMethodTypes,
    amount: intent.amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: amountReceived(intent),
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: intent.automaticPaymentMethods
      ? { allow_redirects: 'always', enabled: true }
      : null,
    canceled_at: intent.canceledAt,
    cancellation_reason: intent.cancellationReason,
    capture_method: 'automatic_async',
    client_secret: intent.clientSecret,
    confirmation_method: 'automatic',
    created: intent.created,
    currency: intent.currency,
    customer: null,
    customer_account: null,
    description: intent.description,
    excluded_payment_method_types: null,
    last_payment_error: intent.lastError && lastErrorView(intent.lastError),
    latest_charge:
      intent.charge && expand.includes('latest_charge')
        ? chargeView(intent, intent.charge)
        : (intent.charge?.id ?? null),
    livemode: false,
    managed_payments: null,
    metadata: intent.metadata,
    next_action: intent.status === 'requires_action' ? nextActionView(intent) : null,
    on_behalf_of: null,
    payment_method: intent.paymentMethod,
    payment_method_configuration_details: null,
    payment_method_options: { card: cardOptions },
    payment_method_types: intent.paymentMethodTypes,
    processing: intent.status === 'processing' ? { type: 'card' } : null,
    receipt_email: null,
    review: null,
    setup_future_usage: null,
    shipping: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: intent.status,
    transfer_data: null,
    transfer_group: null,
  };
}

/** The intent as Stripe.js may see it with a publishable key and the client secret: no metadata, no charge. */
const publicFields = [
  'id',
  'object',
  'allowed_payment_method_types',
  'amount',
  'amount_details',
  'automatic_payment_methods',
  'canceled_at',
  'cancellation_reason',
  'capture_method',
  'client_secret',
  'confirmation_method',
  'created',
  'currency',
  'description',
  'last_payment_error',
  'livemode',
  'next_action',
  'payment_method',
  'payment_method_configuration_details',
  'payment_method_types',
  'processing',
  'receipt_email',
  'setup_future_usage',
  'shipping',
  'status',
] as const satisfies ReadonlyArray<keyof ReturnType<typeof intentView>>;

export function publicIntentView(intent: Intent) {
  const view = intentView(intent);
  return Object.fromEntries(publicFields.map((field) => [field, view[field]]));
}

/** Stripe.js opens `stripe_js`; a client without Stripe.js gives a return URL and is redirected. */
function nextActionView({ nextAction }: Intent) {
  if (nextAction?.returnUrl != null) {
    const { challengeUrl: url, returnUrl } = nextAction;
    return { type: 'redirect_to_url', redirect_to_url: { return_url: returnUrl, url } };
  }
  return {
    type: 'use_stripe_sdk',
    use_stripe_sdk: {
      type: 'three_d_secure_redirect',
      ...(nextAction && { stripe_js: nextAction.challengeUrl }),
    },
  };
}

function lastErrorView({ decline, paymentMethod, charge }: NonNullable<Intent['lastError']>) {
  return { ...declineView(decline, charge), payment_method: paymentMethodView(paymentMethod) };
}

function declineView(decline: Decline, charge: string | null) {
  return {
    type: decline.type ?? 'card_error',
    code: decline.code,
    ...(decline.declineCode === null ? {} : { decline_code: decline.declineCode }),
    message: decline.message,
    ...(charge === null ? {} : { charge }),
  } satisfies ErrorBody;
}

/** The error of a declined confirm; undefined when the last attempt was not declined. */
export function declineBody(intent: Intent): ErrorBody | undefined {
  const { lastError } = intent;
  if (lastError === null) return undefined;
  return {
    ...declineView(lastError.decline, lastError.charge),
    payment_intent: intentView(intent),
    payment_method: paymentMethodView(lastError.paymentMethod),
  };
}
