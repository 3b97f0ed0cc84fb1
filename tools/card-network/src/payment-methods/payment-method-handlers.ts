import { cardByToken } from './cards.js';
import { invalidParameter, missing } from '../api/errors.js';
import { newId } from '../ids.js';
import { findPaymentMethod, type Call, type Done } from '../api/handler.js';
import { check, metadata, required } from '../api/params.js';
import type { PaymentMethod } from './payment-method.js';
import { paymentMethodView } from './payment-method-view.js';

export function createPaymentMethod({ form, now }: Call): Done {
  const params = check(form, {
    type: 'text',
    card: 'form',
    metadata: 'map',
    allow_redisplay: 'ignored',
    billing_details: 'ignored',
    expand: 'ignored',
  });
  const type = required(params.type, 'type');
  if (type !== 'card') throw invalidParameter('parameter_invalid', 'type', `Only cards here, not: ${type}`);
  const { token } = check(required(params.card, 'card'), { token: 'text' });
  const card = cardByToken(required(token, 'card[token]'));
  if (card === undefined) throw missing(400, 'token', String(token), 'card[token]');

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

export function showPaymentMethod({ account, id, form, now }: Call): Done {
  check(form, { expand: 'ignored' });
  const paymentMethod = findPaymentMethod(account, id, now);
  if (paymentMethod === undefined) throw missing(404, 'PaymentMethod', id, 'payment_method');
  return { status: 200, body: paymentMethodView(paymentMethod) };
}
