import { resourceMissing } from '../api/errors.js';
import type { HandlerInput, HandlerResult } from '../api/handler.js';
import { listPage } from '../api/list.js';
import { parseParams } from '../api/params.js';
import { newId } from '../ids.js';
import type { Account } from '../ledger/account.js';
import { findCharged, findIntent, listOfChargeParams } from '../payment-intents/read-intents.js';
import { disputeClosed, disputeOpened } from './dispute-events.js';
import { disputeView } from './dispute-view.js';
import { closeDispute, openDispute, type Dispute } from './dispute.js';

export function listDisputes({ account, form }: HandlerInput): HandlerResult {
  const params = parseParams(form, listOfChargeParams);
  const intent = findCharged(account, params);
  const disputes = intent ? account.disputes.ofIntent(intent.id) : account.disputes;
  return { status: 200, body: listPage('/v1/disputes', 'dispute', disputes, params, disputeView) };
}

export function showDispute({ account, id, form }: HandlerInput): HandlerResult {
  parseParams(form, { expand: 'ignored' });
  return { status: 200, body: disputeView(findDispute(account, id)) };
}

/** Accepts the dispute as lost. */
export function acceptDispute({ account, id, form }: HandlerInput): HandlerResult {
  parseParams(form, { expand: 'ignored' });
  return closedResult(account, id, 'lost');
}

/** For operators: what the bank of the card decides. */
export function closedResult(account: Account, id: string, outcome: 'won' | 'lost'): HandlerResult {
  const before = findDispute(account, id);
  const dispute = closeDispute(before, outcome);

  return {
    status: 200,
    body: disputeView(dispute),
    changes: { disputes: [dispute] },
    events: disputeClosed(before, dispute),
  };
}

type OpenRequest = Readonly<{
  payment_intent: string;
  amount?: number | undefined;
  reason: string;
  inquiry: boolean;
}>;

/** For operators: the holder of the card disputes the charge. */
export function openedResult(account: Account, now: number, request: OpenRequest): HandlerResult {
  const { payment_intent: intentId, amount, reason, inquiry } = request;
  const intent = findIntent(account, intentId, 'payment_intent');
  const earlier = account.disputes.ofIntent(intent.id).values();
  const opened = openDispute(intent, earlier, { id: newId('du'), now, amount, reason, inquiry });

  return {
    status: 200,
    body: disputeView(opened.dispute),
    changes: { intents: [opened.intent], disputes: [opened.dispute] },
    events: disputeOpened(opened.dispute),
  };
}

function findDispute(account: Account, id: string): Dispute {
  const dispute = account.disputes.get(id);
  if (dispute === undefined) throw resourceMissing(404, 'dispute', id, 'dispute');
  return dispute;
}
