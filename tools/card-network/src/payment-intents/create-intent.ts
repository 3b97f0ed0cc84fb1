import { invalidParameter } from '../api/errors.js';
import type { HandlerInput, HandlerResult, SlowConfirm } from '../api/handler.js';
import { metadata, parseParams, required, type Params, type Shape } from '../api/params.js';
import { newId } from '../ids.js';
import { validAmount, validCurrency } from './amounts.js';
import { commonParams, confirmWith, resolvePaymentMethod } from './confirm-intent.js';
import { intentView } from './intent-view.js';
import { open, type Intent } from './payment-intent.js';

const shape = {
  ...commonParams,
  amount: 'integer',
  currency: 'string',
  metadata: 'map',
  description: 'string',
  payment_method: 'string',
  // API version 2026-10-28.endive renamed the first to the second; the network accepts both.
  payment_method_types: 'list',
  allowed_payment_method_types: 'list',
  automatic_payment_methods: 'object',
  confirm: 'boolean',
  statement_descriptor: 'ignored',
  statement_descriptor_suffix: 'ignored',
  transfer_group: 'ignored',
  confirmation_method: 'unsupported',
  customer: 'unsupported',
  application_fee_amount: 'unsupported',
  on_behalf_of: 'unsupported',
  transfer_data: 'unsupported',
} as const satisfies Shape;

export function createIntent(input: HandlerInput): HandlerResult | SlowConfirm {
  const params = parseParams(input.form, shape);
  const amount = required(params.amount, 'amount');
  const currency = validCurrency(required(params.currency, 'currency'));
  const methodTypes = paymentMethodTypes(params);
  const paymentMethod = resolvePaymentMethod(input, params.payment_method);
  const id = newId('pi');

  const intent = open({
    id,
    clientSecret: newId(`${id}_secret`),
    created: input.now,
    amount: validAmount(amount, currency),
    currency,
    description: params.description ?? null,
    metadata: metadata(params.metadata),
    ...methodTypes,
    paymentMethod: paymentMethod?.id ?? null,
  });

  if (params.confirm) return confirmWith(paymentMethod, intent, input, params);
  return { status: 200, body: intentView(intent, params.expand), changes: { intents: [intent] } };
}

function paymentMethodTypes(
  params: Params<typeof shape>,
): Pick<Intent, 'paymentMethodTypes' | 'allowedMethodTypes' | 'automaticPaymentMethods'> {
  const automatic = parseParams(params.automatic_payment_methods ?? {}, {
    enabled: 'boolean',
    allow_redirects: 'ignored',
  });
  const types = params.payment_method_types ?? params.allowed_payment_method_types ?? ['card'];
  if (!types.includes('card')) {
    throw invalidParameter(
      'parameter_invalid',
      'payment_method_types',
      "The local card network supports the payment method type 'card' only.",
    );
  }
  return {
    paymentMethodTypes: types,
    allowedMethodTypes: params.allowed_payment_method_types ?? null,
    automaticPaymentMethods: automatic.enabled ?? params.payment_method_types === undefined,
  };
}
