// Translates Stripe's errors. https://docs.stripe.com/error-handling

import { DependencyDown } from '@ticketing/common/errors';
import type { Logger } from '@ticketing/common/observability';
import Stripe from 'stripe';
import type { DeclineCode, DeclineReason } from '../domain/payment-state.js';

/** Stripe refused the attempt. Retrying the same attempt cannot help. */
export class Declined extends Error {
  override readonly name = 'Declined';
  constructor(
    readonly code: DeclineCode,
    readonly reason?: DeclineReason,
  ) {
    super(code);
  }
}

/** Stripe refused the API key. Calls fail until an operator replaces it. */
export class KeyRefused extends DependencyDown {
  constructor(cause: unknown) {
    super('card network', { cause, retryAfterSeconds: 60 });
  }
}

/** Stripe has definitely refused a refund. Repeating it cannot help. */
export class RefundRefused extends Error {
  override readonly name = 'RefundRefused';
  constructor(readonly problem: string) {
    super(problem);
  }
}

/** Did another request use the same idempotency key? */
export const hasOtherParameters = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeIdempotencyError;

/** Does the intent already have an outcome that the call would contradict? */
export const hasOutcome = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeError && error.code === 'payment_intent_unexpected_state';

const refusedTokens = new Set([
  'resource_missing',
  'token_already_used',
  'payment_method_unexpected_state',
  'parameter_invalid_empty',
]);
const refusedAmounts = new Set(['amount_too_small', 'amount_too_large', 'parameter_invalid_integer']);

// Stripe's codes for declines, as our own. Of a lost, stolen or suspicious card, the buyer learns no more than that it was
// declined: https://docs.stripe.com/declines/codes
const reasons: Readonly<Record<string, DeclineReason>> = {
  insufficient_funds: 'insufficient-funds',
  withdrawal_count_limit_exceeded: 'insufficient-funds',
  card_velocity_exceeded: 'insufficient-funds',
  expired_card: 'expired-card',
  invalid_expiry_month: 'expired-card',
  invalid_expiry_year: 'expired-card',
  incorrect_number: 'incorrect-number',
  invalid_number: 'incorrect-number',
  invalid_account: 'incorrect-number',
  incorrect_cvc: 'incorrect-cvc',
  invalid_cvc: 'incorrect-cvc',
  card_not_supported: 'card-not-supported',
  currency_not_supported: 'card-not-supported',
  processing_error: 'processing-error',
  try_again_later: 'processing-error',
  issuer_not_available: 'processing-error',
};

/** Stripe names a decline by `decline_code`, and mistakes in the data of the card by `code` alone. */
export const reasonOf = (declineCode = '', code = ''): DeclineReason | undefined =>
  reasons[declineCode] ?? reasons[code];

// Stripe's codes for refunds, as our own.
const refusedRefunds: Readonly<Record<string, string>> = {
  charge_already_refunded: 'refund-too-large',
  amount_too_large: 'refund-too-large',
  charge_disputed: 'payment-disputed',
};

/** The error of Stripe's client for a refund: `RefundRefused` if Stripe has decided. */
export function translateRefundError(error: unknown): unknown {
  if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) return error;
  const { code = 'refund-refused' } = error;
  return new RefundRefused(refusedRefunds[code] ?? code);
}

/** The error to throw for an error of Stripe's client: `Declined`, `KeyRefused`, `DependencyDown`, or a defect as it is. */
export function translateError(error: unknown, log: Logger): unknown {
  if (!(error instanceof Stripe.errors.StripeError) || hasOutcome(error)) return error;
  if (error instanceof Stripe.errors.StripeCardError)
    return error.code === 'authentication_required'
      ? new Declined('card-needs-authentication')
      : new Declined('card-declined', reasonOf(error.decline_code, error.code));
  if (hasOtherParameters(error)) return error;
  if (error instanceof Stripe.errors.StripeInvalidRequestError) return declineOf(error) ?? error;
  if (
    error instanceof Stripe.errors.StripeAuthenticationError ||
    error instanceof Stripe.errors.StripePermissionError
  ) {
    log.error({ stripeRequestId: error.requestId, alarm: true }, 'the card network refuses our key');
    return new KeyRefused(error);
  }
  return new DependencyDown('card network', { cause: error });
}

// The buyer chose the token and the order the amount; any other invalid request is our defect.
function declineOf({ code = '', param = '' }: { code?: string; param?: string }): Declined | undefined {
  if (refusedAmounts.has(code)) return new Declined('amount-refused');
  if (/^(payment_method|card|token)/.test(param) || (refusedTokens.has(code) && param !== 'intent'))
    return new Declined('invalid-token');
  return undefined;
}
