// A PaymentMethod in the shape of Stripe's API, and the parts that a charge shares with it.
import { cardOf, type PaymentMethod } from './payment-method.js';

const noAddress = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };
export const noBillingDetails = { address: noAddress, email: null, name: null, phone: null, tax_id: null };
export const noCardChecks = {
  address_line1_check: null,
  address_postal_code_check: null,
  cvc_check: 'unchecked',
};
export const EXPIRY = { exp_month: 12, exp_year: 2034 };

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

export function fingerprint(cardName: string): string {
  return `local${cardName.replaceAll(/[^a-zA-Z0-9]/g, '')}`.slice(0, 16);
}
