import { resourceMissing } from '../api/errors.js';
import type { HandlerInput, HandlerResult } from '../api/handler.js';
import { listView, pageLimit } from '../api/list.js';
import { metadata, oneOf, parseParams, required } from '../api/params.js';
import { newId } from '../ids.js';
import { chargeView } from '../payment-intents/charge-view.js';
import { findIntent } from '../payment-intents/read-intents.js';
import { refundView } from './refund-view.js';
import { refund } from './refund.js';

const reasons = ['duplicate', 'fraudulent', 'requested_by_customer'];

export function createRefund({ account, form, now }: HandlerInput): HandlerResult {
  const params = parseParams(form, {
    payment_intent: 'string',
    amount: 'integer',
    reason: 'string',
    metadata: 'map',
    expand: 'ignored',
    instructions_email: 'ignored',
    charge: 'unsupported',
    customer: 'unsupported',
    origin: 'unsupported',
    refund_application_fee: 'unsupported',
    reverse_transfer: 'unsupported',
  });
  const reason = oneOf(reasons, params.reason, 'reason');
  const intent = findIntent(account, required(params.payment_intent, 'payment_intent'), 'payment_intent');

  const refunded = refund(intent, {
    id: newId('re'),
    now,
    amount: params.amount,
    reason: reason ?? null,
    metadata: metadata(params.metadata),
  });

  const { charge } = refunded.intent;
  return {
    status: 200,
    body: refundView(refunded.refund),
    changes: { intents: [refunded.intent], refunds: [refunded.refund] },
    events: [
      { type: 'refund.created', object: refundView(refunded.refund) },
      ...(charge ? [{ type: 'charge.refunded', object: chargeView(refunded.intent, charge) }] : []),
    ],
  };
}

export function showRefund({ account, id, form }: HandlerInput): HandlerResult {
  parseParams(form, { expand: 'ignored' });
  const found = account.refunds.get(id);
  if (found === undefined) throw resourceMissing(404, 'refund', id, 'id');
  return { status: 200, body: refundView(found) };
}

export function listRefunds({ account, form }: HandlerInput): HandlerResult {
  const params = parseParams(form, {
    payment_intent: 'string',
    limit: 'integer',
    starting_after: 'string',
    expand: 'ignored',
  });
  const { payment_intent: intentId, starting_after: startingAfter } = params;
  if (intentId !== undefined) findIntent(account, intentId, 'payment_intent');

  const refunds = intentId === undefined ? account.refunds : account.refundsByIntent.get(intentId);
  const page = refunds?.newestFirst(pageLimit(params.limit), startingAfter) ?? { data: [], hasMore: false };
  return { status: 200, body: listView('/v1/refunds', page.data.map(refundView), page.hasMore) };
}
