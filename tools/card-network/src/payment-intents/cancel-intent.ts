import type { HandlerInput, HandlerResult } from '../api/handler.js';
import { oneOf, parseParams } from '../api/params.js';
import { intentView } from './intent-view.js';
import { cancel } from './payment-intent.js';
import { findIntent } from './read-intents.js';

const reasons = ['abandoned', 'duplicate', 'fraudulent', 'requested_by_customer'];

export function cancelIntent({ account, id, form, now }: HandlerInput): HandlerResult {
  const params = parseParams(form, { cancellation_reason: 'string', expand: 'list' });
  const reason = oneOf(reasons, params.cancellation_reason, 'cancellation_reason');

  const intent = cancel(findIntent(account, id), reason ?? null, now);

  return {
    status: 200,
    body: intentView(intent, params.expand),
    changes: { intents: [intent] },
    events: [{ type: 'payment_intent.canceled', object: intentView(intent) }],
  };
}
