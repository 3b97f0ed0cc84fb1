// Refunds, lists, events and errors as Stripe's API shows them. openapi.test.ts holds every view against
// Stripe's own description.
import type { Refused } from './errors.js';
import { intentView } from '../payment-intents/intent-view.js';
import type { Intent } from '../payment-intents/payment-intent.js';
import type { Refund } from '../refunds/refund.js';

export const API_VERSION = '2026-10-28.endive';

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

export function errorView(refused: Refused, intent?: Intent) {
  return { error: intent ? { ...refused.body, payment_intent: intentView(intent) } : refused.body };
}
