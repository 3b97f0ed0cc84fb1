import { ApiError, invalidParameter, resourceMissing } from '../api/errors.js';
import type { HandlerInput, HandlerResult } from '../api/handler.js';
import { listPage } from '../api/list.js';
import { parseParams, required, type Shape } from '../api/params.js';
import type { Account } from '../ledger/account.js';
import { intentView, publicIntentView } from './intent-view.js';
import type { Intent } from './payment-intent.js';

export function showIntent({ account, id, form }: HandlerInput): HandlerResult {
  const { expand, client_secret: secret } = parseParams(form, { expand: 'list', client_secret: 'string' });
  const intent = findIntent(account, id);
  if (secret !== undefined && secret !== intent.clientSecret) throw wrongSecret(id);
  return { status: 200, body: intentView(intent, expand) };
}

/** For Stripe.js, which has a publishable key and the client secret of one intent. */
export function showPublicIntent({ account, id, form }: HandlerInput): HandlerResult {
  const params = parseParams(form, {
    client_secret: 'string',
    expand: 'ignored',
    is_stripe_sdk: 'ignored',
    key: 'ignored',
  });
  const secret = required(params.client_secret, 'client_secret');
  const intent = findIntent(account, id);
  if (secret !== intent.clientSecret) throw wrongSecret(id);
  return { status: 200, body: publicIntentView(intent) };
}

export function listIntents({ account, form }: HandlerInput): HandlerResult {
  const params = parseParams(form, { limit: 'integer', starting_after: 'string', expand: 'ignored' });
  const body = listPage('/v1/payment_intents', 'payment_intent', account.intents, params, (intent) =>
    intentView(intent),
  );
  return { status: 200, body };
}

/** @throws ApiError `resource_missing`, with `param` as the parameter at fault */
export function findIntent(account: Account, id: string, param = 'intent'): Intent {
  const intent = account.intents.get(id);
  if (intent === undefined) throw resourceMissing(404, 'payment_intent', id, param);
  return intent;
}

/** The parameters that list what belongs to one charge, or to all of the account. */
export const listOfChargeParams = {
  payment_intent: 'string',
  charge: 'string',
  limit: 'integer',
  starting_after: 'string',
  expand: 'ignored',
} as const satisfies Shape;

type ChargeParams = Readonly<{ payment_intent?: string; charge?: string }>;

/** The intent that is given by its id or by its charge; undefined without either. */
export function findCharged(account: Account, params: ChargeParams): Intent | undefined {
  const { payment_intent: intentId, charge: chargeId } = params;
  if (intentId !== undefined && chargeId !== undefined) {
    throw invalidParameter(
      'parameter_invalid',
      'charge',
      'You may only specify one of these parameters: charge, payment_intent.',
    );
  }
  if (chargeId === undefined) {
    return intentId === undefined ? undefined : findIntent(account, intentId, 'payment_intent');
  }
  const intent = account.intents.get(account.intentIds.get(chargeId) ?? '');
  if (intent === undefined) throw resourceMissing(404, 'charge', chargeId, 'charge');
  return intent;
}

function wrongSecret(id: string): ApiError {
  return resourceMissing(404, 'payment_intent', id, 'intent');
}
