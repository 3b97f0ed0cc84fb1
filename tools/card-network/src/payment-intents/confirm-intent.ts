// Confirms a PaymentIntent: by its own request, together with its creation, or late by a slow bank.
import { invalidParameter, resourceMissing } from '../api/errors.js';
import type { HandlerInput, HandlerResult, SlowConfirm } from '../api/handler.js';
import { parseParams, type Params, type Shape } from '../api/params.js';
import { newId } from '../ids.js';
import type { Account } from '../ledger/account.js';
import { findPaymentMethod } from '../payment-methods/payment-method-handlers.js';
import { cardOf, type PaymentMethod } from '../payment-methods/payment-method.js';
import { attemptEffects } from './attempt-effects.js';
import { declineBody, intentView } from './intent-view.js';
import {
  assertConfirmable,
  confirm,
  settle,
  UnexpectedState,
  type Intent,
  type NextAction,
} from './payment-intent.js';
import { findIntent } from './read-intents.js';

/** The parameters that create and confirm share. */
export const commonParams = {
  error_on_requires_action: 'boolean',
  expand: 'list',
  return_url: 'string',
  use_stripe_sdk: 'boolean',
  excluded_payment_method_types: 'ignored',
  client_secret: 'ignored',
  mandate_data: 'ignored',
  off_session: 'ignored',
  payment_method_options: 'ignored',
  radar_options: 'ignored',
  receipt_email: 'ignored',
  shipping: 'ignored',
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
  });
  const intent = findIntent(input.account, input.id);
  assertConfirmable(intent);
  const paymentMethod = resolvePaymentMethod(
    input,
    params.payment_method ?? intent.paymentMethod ?? undefined,
  );

  return confirmWith(paymentMethod, intent, input, params);
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

export function confirmWith(
  paymentMethod: PaymentMethod | undefined,
  intent: Intent,
  { now, origin }: Pick<HandlerInput, 'now' | 'origin'>,
  params: Params<typeof commonParams>,
): HandlerResult | SlowConfirm {
  if (paymentMethod === undefined) {
    throw new UnexpectedState(
      intent,
      "You cannot confirm this PaymentIntent because it's missing a payment method. Update the " +
        'PaymentIntent with a payment method, or pass one when confirming.',
    );
  }
  const nextAction = params.error_on_requires_action ? undefined : nextActionOf(intent, origin, params);
  const confirmed = confirm(intent, { paymentMethod, chargeId: newId('ch'), now, nextAction });
  if (confirmed.status === 'processing') return { slow: confirmed };

  const result = resultOf(confirmed, now, params.expand);
  const { response } = cardOf(paymentMethod);
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
  return resultOf(settle(intent, { paymentMethod, chargeId: newId('ch'), now }), now);
}

function nextActionOf(
  { clientSecret }: Intent,
  origin: string,
  { return_url: returnUrl, use_stripe_sdk: useStripeSdk }: Params<typeof commonParams>,
): NextAction {
  if (returnUrl !== undefined && !URL.canParse(returnUrl)) {
    throw invalidParameter('url_invalid', 'return_url', 'Not a valid URL.');
  }
  return {
    challengeUrl: `${origin}/challenge?client_secret=${clientSecret}`,
    returnUrl: useStripeSdk ? null : (returnUrl ?? null),
  };
}

function resultOf(attempted: Intent, now: number, expand?: readonly string[]): HandlerResult {
  const { intent, changes, events } = attemptEffects(attempted, now);
  const error = declineBody(intent);
  if (error) return { status: 402, body: { error }, changes, events };
  return { status: 200, body: intentView(intent, expand), changes, events };
}
