import { invalidParameter, resourceMissing } from '../api/errors.js';
import type { HandlerInput, HandlerResult } from '../api/handler.js';
import { metadata, parseParams, required } from '../api/params.js';
import { newId } from '../ids.js';
import type { Account } from '../ledger/account.js';
import { cardByToken } from './cards.js';
import { paymentMethodView } from './payment-method-view.js';
import { staticPaymentMethod, type PaymentMethod } from './payment-method.js';

export function createPaymentMethod({ form, now }: HandlerInput): HandlerResult {
  const params = parseParams(form, {
    type: 'string',
    card: 'object',
    metadata: 'map',
    allow_redisplay: 'ignored',
    billing_details: 'ignored',
    expand: 'ignored',
  });
  const type = required(params.type, 'type');
  if (type !== 'card') {
    throw invalidParameter(
      'parameter_invalid',
      'type',
      `The local card network supports the type 'card' only, not '${type}'.`,
    );
  }
  const cardParams = parseParams(required(params.card, 'card'), { token: 'string' });
  const token = required(cardParams.token, 'card[token]');
  const card = cardByToken(token);
  if (card === undefined) throw resourceMissing(400, 'token', token, 'card[token]');

  const paymentMethod: PaymentMethod = {
    id: newId('pm'),
    created: now,
    card: card.name,
    metadata: metadata(params.metadata),
  };

  return {
    status: 200,
    body: paymentMethodView(paymentMethod),
    changes: { paymentMethods: [paymentMethod] },
  };
}

export function showPaymentMethod({ account, id, form, now }: HandlerInput): HandlerResult {
  parseParams(form, { expand: 'ignored' });
  const paymentMethod = findPaymentMethod(account, id, now);
  if (paymentMethod === undefined) throw resourceMissing(404, 'PaymentMethod', id, 'payment_method');
  return { status: 200, body: paymentMethodView(paymentMethod) };
}

export function findPaymentMethod(account: Account, id: string, now: number): PaymentMethod | undefined {
  return account.paymentMethods.get(id) ?? staticPaymentMethod(id, now);
}
