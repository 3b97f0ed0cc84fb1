import { resourceMissing } from '../api/errors.js';
import type { HandlerInput, HandlerResult } from '../api/handler.js';
import { listView, pageLimit } from '../api/list.js';
import { parseParams } from '../api/params.js';
import type { Account } from '../ledger/account.js';
import { intentView } from './intent-view.js';
import type { Intent } from './payment-intent.js';

export function showIntent({ account, id, form }: HandlerInput): HandlerResult {
  const { expand } = parseParams(form, { expand: 'list', client_secret: 'ignored' });
  return { status: 200, body: intentView(findIntent(account, id), expand) };
}

export function listIntents({ account, form }: HandlerInput): HandlerResult {
  const { limit, starting_after: startingAfter } = parseParams(form, {
    limit: 'integer',
    starting_after: 'string',
    expand: 'ignored',
  });
  const page = account.intents.newestFirst(pageLimit(limit), startingAfter);
  if (page === undefined) {
    throw resourceMissing(400, 'payment_intent', String(startingAfter), 'starting_after');
  }
  const data = page.data.map((intent) => intentView(intent));
  return { status: 200, body: listView('/v1/payment_intents', data, page.hasMore) };
}

/** @throws ApiError `resource_missing`, with `param` as the parameter at fault */
export function findIntent(account: Account, id: string, param = 'intent'): Intent {
  const intent = account.intents.get(id);
  if (intent === undefined) throw resourceMissing(404, 'payment_intent', id, param);
  return intent;
}
