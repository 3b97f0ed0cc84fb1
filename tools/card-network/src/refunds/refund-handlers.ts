import { invalidParameter, resourceMissing } from '../api/errors.js';
import type { Event, HandlerInput, HandlerResult } from '../api/handler.js';
import { listPage } from '../api/list.js';
import { metadata, oneOf, parseParams, updatedMetadata } from '../api/params.js';
import { newId } from '../ids.js';
import type { Account } from '../ledger/account.js';
import { chargeView } from '../payment-intents/charge-view.js';
import { findCharged, findIntent, listOfChargeParams } from '../payment-intents/read-intents.js';
import { refundView } from './refund-view.js';
import { refund, settleRefund, statusOf, type Refund, type RefundOutcome } from './refund.js';

const reasons = ['duplicate', 'fraudulent', 'requested_by_customer'];

export function createRefund({ account, form, now }: HandlerInput): HandlerResult {
  const params = parseParams(form, {
    payment_intent: 'string',
    charge: 'string',
    amount: 'integer',
    reason: 'string',
    metadata: 'map',
    expand: 'ignored',
    instructions_email: 'ignored',
    customer: 'unsupported',
    origin: 'unsupported',
    refund_application_fee: 'unsupported',
    reverse_transfer: 'unsupported',
  });
  const reason = oneOf(reasons, params.reason, 'reason');
  const intent = findCharged(account, params);
  if (intent === undefined) throw chargeMissing();

  const refunded = refund(intent, account.disputes.ofIntent(intent.id).values(), {
    id: newId('re'),
    now,
    chargeId: params.charge,
    amount: params.amount,
    reason: reason ?? null,
    metadata: metadata(params.metadata),
  });

  return {
    status: 200,
    body: refundView(refunded.refund),
    changes: { intents: [refunded.intent], refunds: [refunded.refund] },
    events: [
      { type: 'refund.created', object: refundView(refunded.refund) },
      { type: 'charge.refunded', object: chargeView(refunded.intent, refunded.charge) },
    ],
  };
}

export function updateRefund({ account, id, form }: HandlerInput): HandlerResult {
  const params = parseParams(form, { metadata: 'map', expand: 'ignored' });
  const before = findRefund(account, id);

  const updated = { ...before, metadata: updatedMetadata(before.metadata, params.metadata) };

  return {
    status: 200,
    body: refundView(updated),
    changes: { refunds: [updated] },
    events: refundUpdated(updated, { metadata: before.metadata }),
  };
}

/** For operators: what the bank of the card decides later. */
export function settledResult(account: Account, id: string, outcome: RefundOutcome): HandlerResult {
  const before = findRefund(account, id);
  const settled = settleRefund(findIntent(account, before.intentId), before, outcome);
  if (settled.refund === before) return { status: 200, body: refundView(before) };

  const events = refundUpdated(settled.refund, { status: statusOf(before) });
  const failed = { type: 'refund.failed', object: refundView(settled.refund) };
  return {
    status: 200,
    body: refundView(settled.refund),
    changes: { intents: [settled.intent], refunds: [settled.refund] },
    events: outcome === 'failed' ? [...events, failed] : events,
  };
}

export function showRefund({ account, id, form }: HandlerInput): HandlerResult {
  parseParams(form, { expand: 'ignored' });
  return { status: 200, body: refundView(findRefund(account, id)) };
}

export function listRefunds({ account, form }: HandlerInput): HandlerResult {
  const params = parseParams(form, listOfChargeParams);
  const intent = findCharged(account, params);
  const refunds = intent ? account.refunds.ofIntent(intent.id) : account.refunds;
  return { status: 200, body: listPage('/v1/refunds', 'refund', refunds, params, refundView) };
}

/** @throws ApiError 404 */
export function findRefund(account: Account, id: string): Refund {
  const found = account.refunds.get(id);
  if (found === undefined) throw resourceMissing(404, 'refund', id, 'id');
  return found;
}

function refundUpdated(updated: Refund, previous: object): readonly Event[] {
  const object = refundView(updated);
  return [
    { type: 'refund.updated', object, previous },
    { type: 'charge.refund.updated', object, previous },
  ];
}

function chargeMissing() {
  return invalidParameter(
    'parameter_missing',
    'payment_intent',
    'One of the following params should be provided for this request: payment_intent or charge.',
  );
}
