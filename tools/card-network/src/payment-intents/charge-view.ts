import type { Decline } from '../payment-methods/cards.js';
import type { Charge, Intent } from './payment-intent.js';
import { cardOf } from '../payment-methods/payment-method.js';
import {
  EXPIRY,
  fingerprint,
  noBillingDetails,
  noCardChecks,
} from '../payment-methods/payment-method-view.js';

export function chargeView(intent: Intent, charge: Charge) {
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
    disputed: charge.disputed ?? false,
    failure_balance_transaction: null,
    failure_code: charge.decline?.code ?? null,
    failure_message: charge.decline?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: intent.metadata,
    on_behalf_of: null,
    outcome: outcomeView(charge.decline),
    paid: succeeded,
    payment_intent: intent.id,
    payment_method: charge.paymentMethod.id,
    payment_method_details: { card: cardView(charge, succeeded ? intent.amount : null), type: 'card' },
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

function outcomeView(decline: Decline | null) {
  return {
    advice_code: null,
    network_advice_code: null,
    network_decline_code: null,
    network_status: decline ? 'declined_by_network' : 'approved_by_network',
    reason: decline?.declineCode ?? null,
    seller_message: decline?.message ?? 'Payment complete.',
    type: decline ? 'issuer_declined' : 'authorized',
  };
}

function cardView({ paymentMethod }: Charge, amountAuthorized: number | null) {
  const card = cardOf(paymentMethod);
  return {
    amount_authorized: amountAuthorized,
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
  };
}
