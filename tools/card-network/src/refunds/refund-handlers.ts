import { invalidParameter, missing } from '../api/errors.js';
import { newId } from '../ids.js';
import { checkedLimit, findIntent, type Call, type Done } from '../api/handler.js';
import { check, metadata, required } from '../api/params.js';
import { refund } from './refund.js';
import { chargeView } from '../payment-intents/charge-view.js';
import { listView, refundView } from '../api/views.js';

const refundReasons = ['duplicate', 'fraudulent', 'requested_by_customer'];

export function createRefund(call: Call): Done {
  const params = check(call.form, {
    payment_intent: 'text',
    amount: 'integer',
    reason: 'text',
    metadata: 'map',
    expand: 'ignored',
    instructions_email: 'ignored',
    charge: 'unsupported',
    customer: 'unsupported',
    origin: 'unsupported',
    refund_application_fee: 'unsupported',
    reverse_transfer: 'unsupported',
  });
  const { reason } = params;
  if (reason !== undefined && !refundReasons.includes(reason)) {
    throw invalidParameter('parameter_invalid', 'reason', `Invalid reason: ${reason}`);
  }
  const intent = findIntent(
    { ...call, id: required(params.payment_intent, 'payment_intent') },
    'payment_intent',
  );

  const made = refund(intent, {
    id: newId('re'),
    now: call.now,
    amount: params.amount,
    reason: reason ?? null,
    metadata: metadata(params.metadata),
  });

  const { charge } = made.intent;
  return {
    status: 200,
    body: refundView(made.refund),
    changes: { intents: [made.intent], refunds: [made.refund] },
    events: [
      { type: 'refund.created', object: refundView(made.refund) },
      ...(charge ? [{ type: 'charge.refunded', object: chargeView(made.intent, charge) }] : []),
    ],
  };
}

export function showRefund({ account, id, form }: Call): Done {
  check(form, { expand: 'ignored' });
  const found = account.refunds.get(id);
  if (found === undefined) throw missing(404, 'refund', id, 'id');
  return { status: 200, body: refundView(found) };
}

export function listRefunds({ account, form }: Call): Done {
  const params = check(form, {
    payment_intent: 'text',
    limit: 'integer',
    starting_after: 'text',
    expand: 'ignored',
  });
  const { payment_intent: intentId, starting_after: after } = params;
  if (intentId !== undefined && account.intents.get(intentId) === undefined) {
    throw missing(404, 'payment_intent', intentId, 'payment_intent');
  }
  const shelf = intentId === undefined ? account.refunds : account.refundsByIntent.get(intentId);
  const page = shelf?.newestFirst(checkedLimit(params.limit), after) ?? { data: [], hasMore: false };
  return { status: 200, body: listView('/v1/refunds', page.data.map(refundView), page.hasMore) };
}
