// Confirms a PaymentIntent: by its own request, together with its creation, or late by a slow bank.
import { resourceMissing } from '../api/errors.js';
import type { HandlerInput, HandlerResult, SlowConfirm } from '../api/handler.js';
import { parseParams, type Shape } from '../api/params.js';
import { newId } from '../ids.js';
import type { Account } from '../ledger/account.js';
import { cardNamed } from '../payment-methods/cards.js';
import { findPaymentMethod } from '../payment-methods/payment-method-handlers.js';
import type { PaymentMethod } from '../payment-methods/payment-method.js';
import { declineBody, intentView } from './intent-view.js';
import { assertConfirmable, confirm, settle, UnexpectedState, type Intent } from './payment-intent.js';
import { findIntent } from './read-intents.js';

/** The parameters that create and confirm both ignore or reject. */
export const commonParams = {
  excluded_payment_method_types: 'ignored',
  client_secret: 'ignored',
  mandate_data: 'ignored',
  off_session: 'ignored',
  payment_method_options: 'ignored',
  radar_options: 'ignored',
  receipt_email: 'ignored',
  return_url: 'ignored',
  shipping: 'ignored',
  use_stripe_sdk: 'ignored',
  amount_to_confirm: 'unsupported',
  capture_method: 'unsupported',
  confirmation_token: 'unsupported',
  mandate: 'unsupported',
  payment_method_data: 'unsupported',
  setup_future_usage: 'unsupported',
} as const satisfies Shape;

export function confirmIntent(input: HandlerInput): HandlerResult | SlowConfirm {
  const params = parseParams(input.form, {
    ...commonParams,
    payment_method: 'string',
    payment_method_types: 'ignored',
    allowed_payment_method_types: 'ignored',
    error_on_requires_action: 'boolean',
    expand: 'list',
  });
  const intent = findIntent(input.account, input.id);
  assertConfirmable(intent);
  const paymentMethod = resolvePaymentMethod(
    input,
    params.payment_method ?? intent.paymentMethod ?? undefined,
  );

  return confirmWith(paymentMethod, intent, {
    now: input.now,
    errorOnRequiresAction: params.error_on_requires_action,
    expand: params.expand,
  });
}

export function resolvePaymentMethod(
  { account, now }: HandlerInput,
  id: string | undefined,
): PaymentMethod | undefined {
  if (id === undefined) return undefined;
  const paymentMethod = findPaymentMethod(account, id, now);
  if (paymentMethod === undefined) throw resourceMissing(400, 'PaymentMethod', id, 'payment_method');
  return paymentMethod;
}

type ConfirmOptions = Readonly<{
  now: number;
  errorOnRequiresAction: boolean | undefined;
  expand: readonly string[] | undefined;
}>;

export function confirmWith(
  paymentMethod: PaymentMethod | undefined,
  intent: Intent,
  { now, errorOnRequiresAction = false, expand }: ConfirmOptions,
): HandlerResult | SlowConfirm {
  if (paymentMethod === undefined) {
    throw new UnexpectedState(
      intent,
      "You cannot confirm this PaymentIntent because it's missing a payment method. Update the " +
        'PaymentIntent with a payment method, or pass one when confirming.',
    );
  }
  const confirmed = confirm(intent, { paymentMethod, chargeId: newId('ch'), now, errorOnRequiresAction });
  if (confirmed.status === 'processing') return { slow: confirmed };

  const result = resultOf(confirmed, expand);
  const response = cardNamed(paymentMethod.card)?.response;
  const faulty = confirmed.status === 'succeeded' && (response === 'error' || response === 'lost');
  return faulty ? { ...result, responseFault: response } : result;
}

/** Completes a slow confirm, possibly after a restart. */
export function finishConfirm(account: Account, intentId: string, now: number): HandlerResult {
  const intent = account.intents.get(intentId);
  const paymentMethod = findPaymentMethod(account, intent?.paymentMethod ?? '', now);
  if (intent === undefined || paymentMethod === undefined) {
    throw new Error(`The ledger does not contain the slow confirm of ${intentId}.`);
  }
  const attempt = { paymentMethod, chargeId: newId('ch'), now, errorOnRequiresAction: false };
  return resultOf(settle(intent, attempt));
}

function resultOf(intent: Intent, expand?: readonly string[]): HandlerResult {
  const error = declineBody(intent);
  const changes = { intents: [intent] };
  if (error) {
    const events = [{ type: 'payment_intent.payment_failed', object: intentView(intent) }];
    return { status: 402, body: { error }, changes, events };
  }
  const events =
    intent.status === 'succeeded' ? [{ type: 'payment_intent.succeeded', object: intentView(intent) }] : [];
  return { status: 200, body: intentView(intent, expand), changes, events };
}
