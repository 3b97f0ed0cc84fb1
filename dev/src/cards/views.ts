// The objects as Stripe's API shows them; openapi.test.ts holds them against Stripe's description.
import { cardNamed, type Decline } from './cards.js';
import { Refused, type ErrorBody } from './errors.js';
import { amountReceived, type Charge, type Intent } from './payment-intents.js';
import type { PaymentMethod } from './payment-methods.js';
import type { Refund } from './refunds.js';

export const API_VERSION = '2026-10-28.endive';

const noAddress = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };
const noBillingDetails = { address: noAddress, email: null, name: null, phone: null, tax_id: null };
const noCardChecks = { address_line1_check: null, address_postal_code_check: null, cvc_check: 'unchecked' };
const EXPIRY = { exp_month: 12, exp_year: 2034 };

export function intentView(intent: Intent, expand: readonly string[] = []) {
  return {
    id: intent.id,
    object: 'payment_intent',
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
    metadata: intent.metadata,
    next_action:
      intent.status === 'requires_action'
        ? { type: 'use_stripe_sdk', use_stripe_sdk: { type: 'three_d_secure_redirect' } }
        : null,
    on_behalf_of: null,
    payment_method: intent.paymentMethod,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: {
        installments: null,
        mandate_options: null,
        network: null,
        request_three_d_secure: 'automatic',
      },
    },
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

function lastErrorView({ decline, paymentMethod, charge }: NonNullable<Intent['lastError']>) {
  return { ...declineView(decline, charge), payment_method: paymentMethodView(paymentMethod) };
}

function declineView(decline: Decline, charge: string | null) {
  return {
    type: 'card_error',
    code: decline.code,
    decline_code: decline.declineCode,
    message: decline.message,
    ...(charge === null ? {} : { charge }),
  } satisfies ErrorBody;
}

/** The answer to a confirm that the card's bank refused. */
export function declineBody(intent: Intent): ErrorBody | undefined {
  const { lastError } = intent;
  if (lastError === null) return undefined;
  return {
    ...declineView(lastError.decline, lastError.charge),
    payment_intent: intentView(intent),
    payment_method: paymentMethodView(lastError.paymentMethod),
  };
}

export function paymentMethodView(paymentMethod: PaymentMethod) {
  const card = cardOf(paymentMethod);
  return {
    id: paymentMethod.id,
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    billing_details: noBillingDetails,
    card: {
      brand: card.brand,
      checks: noCardChecks,
      country: 'US',
      display_brand: card.brand,
      ...EXPIRY,
      fingerprint: fingerprint(card.name),
      funding: 'credit',
      generated_from: null,
      last4: card.last4,
      networks: { available: [card.brand], preferred: null },
      regulated_status: 'unregulated',
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    created: paymentMethod.created,
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: paymentMethod.metadata,
    type: 'card',
  };
}

export function chargeView(intent: Intent, charge: Charge) {
  const card = cardOf(charge.paymentMethod);
  const succeeded = charge.decline === null;
  return {
    id: charge.id,
    object: 'charge',
    amount: intent.amount,
    amount_captured: succeeded ? intent.amount : 0,
    amount_refunded: charge.amountRefunded,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: noBillingDetails,
    calculated_statement_descriptor: 'LOCAL CARD NETWORK',
    captured: succeeded,
    created: charge.created,
    currency: intent.currency,
    customer: null,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: charge.decline?.code ?? null,
    failure_message: charge.decline?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: intent.metadata,
    on_behalf_of: null,
    outcome: {
      advice_code: null,
      network_advice_code: null,
      network_decline_code: null,
      network_status: succeeded ? 'approved_by_network' : 'declined_by_network',
      reason: charge.decline?.declineCode ?? null,
      seller_message: charge.decline?.message ?? 'Payment complete.',
      type: succeeded ? 'authorized' : 'issuer_declined',
    },
    paid: succeeded,
    payment_intent: intent.id,
    payment_method: charge.paymentMethod.id,
    payment_method_details: {
      card: {
        amount_authorized: succeeded ? intent.amount : null,
        authorization_code: null,
        brand: card.brand,
        checks: noCardChecks,
        country: 'US',
        ...EXPIRY,
        fingerprint: fingerprint(card.name),
        funding: 'credit',
        installments: null,
        last4: card.last4,
        mandate: null,
        network: card.brand,
        network_transaction_id: null,
        regulated_status: 'unregulated',
        three_d_secure: null,
        transaction_link_id: null,
        wallet: null,
      },
      type: 'card',
    },
    receipt_email: null,
    receipt_number: null,
    receipt_url: null,
    refunded: charge.amountRefunded === intent.amount,
    review: null,
    shipping: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: succeeded ? 'succeeded' : 'failed',
    transfer_data: null,
    transfer_group: null,
  };
}

export function refundView(refund: Refund) {
  return {
    id: refund.id,
    object: 'refund',
    amount: refund.amount,
    balance_transaction: null,
    charge: refund.chargeId,
    created: refund.created,
    currency: refund.currency,
    customer: null,
    customer_account: null,
    destination_details: {
      card: { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' },
      type: 'card',
    },
    metadata: refund.metadata,
    payment_intent: refund.intentId,
    payment_method: refund.paymentMethodId,
    reason: refund.reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
  };
}

export function listView(url: string, data: readonly object[], hasMore: boolean) {
  return { object: 'list', data, has_more: hasMore, url };
}

type EventFacts = Readonly<{
  id: string;
  type: string;
  created: number;
  object: object;
  requestId: string | null;
  idempotencyKey: string | null;
  destinations: number;
}>;

export function eventView(event: EventFacts) {
  return {
    id: event.id,
    object: 'event',
    api_version: API_VERSION,
    created: event.created,
    data: { object: event.object },
    livemode: false,
    pending_webhooks: event.destinations,
    request: { id: event.requestId, idempotency_key: event.idempotencyKey },
    type: event.type,
  };
}

export function errorView(refused: Refused, requestIntent?: Intent) {
  return {
    error: requestIntent ? { ...refused.body, payment_intent: intentView(requestIntent) } : refused.body,
  };
}

function cardOf({ card: name }: PaymentMethod) {
  const card = cardNamed(name);
  if (card === undefined) throw new Error(`unknown card in the ledger: ${name}`);
  return card;
}

function fingerprint(cardName: string): string {
  return `local${cardName.replaceAll(/[^a-zA-Z0-9]/g, '')}`.slice(0, 16);
}
