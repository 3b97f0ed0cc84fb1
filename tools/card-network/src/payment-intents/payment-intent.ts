// The states of a PaymentIntent; every transition is decided here.
//
//   requires_payment_method ◄──declined── (any open state)
//        │ payment method            open: requires_payment_method, requires_confirmation,
//        ▼                                 requires_action
//   requires_confirmation ──confirm──► succeeded (final)
//        │                    ├──────► requires_action     the bank requires authentication
//        │                    └──────► processing ──settle──► succeeded
//        └──cancel (any open state)──► canceled (final)
import { authenticationRequired, cardNamed, type Decline } from '../payment-methods/cards.js';
import { ApiError } from '../api/errors.js';
import type { PaymentMethod } from '../payment-methods/payment-method.js';

export type IntentStatus =
  | 'requires_payment_method'
  | 'requires_confirmation'
  | 'requires_action'
  | 'processing'
  | 'succeeded'
  | 'canceled';

export type Charge = Readonly<{
  id: string;
  created: number;
  paymentMethod: PaymentMethod;
  decline: Decline | null;
  amountRefunded: number;
}>;

/** Flat and with nulls, like Stripe's object. Times are in seconds. */
export type Intent = Readonly<{
  id: string;
  clientSecret: string;
  created: number;
  amount: number;
  currency: string;
  description: string | null;
  metadata: Readonly<Record<string, string>>;
  paymentMethodTypes: readonly string[];
  allowedMethodTypes: readonly string[] | null;
  automaticPaymentMethods: boolean;
  status: IntentStatus;
  paymentMethod: string | null;
  charge: Charge | null;
  lastError: Readonly<{ decline: Decline; paymentMethod: PaymentMethod; charge: string | null }> | null;
  attempts: number;
  canceledAt: number | null;
  cancellationReason: string | null;
}>;

type NewIntent = Pick<
  Intent,
  | 'id'
  | 'clientSecret'
  | 'created'
  | 'amount'
  | 'currency'
  | 'description'
  | 'metadata'
  | 'paymentMethodTypes'
  | 'allowedMethodTypes'
  | 'automaticPaymentMethods'
  | 'paymentMethod'
>;

export function open(intent: NewIntent): Intent {
  return {
    ...intent,
    status: intent.paymentMethod === null ? 'requires_payment_method' : 'requires_confirmation',
    charge: null,
    lastError: null,
    attempts: 0,
    canceledAt: null,
    cancellationReason: null,
  };
}

type Attempt = Readonly<{
  paymentMethod: PaymentMethod;
  chargeId: string;
  now: number;
  errorOnRequiresAction: boolean;
}>;

/** Like Stripe, the API checks this before it looks up the payment method. */
export function assertConfirmable(intent: Intent): void {
  if (!isOpen(intent)) throw unexpectedState(intent, 'confirm');
}

export function confirm(intent: Intent, attempt: Attempt): Intent {
  assertConfirmable(intent);
  const { paymentMethod } = attempt;
  const card = cardNamed(paymentMethod.card);
  if (card === undefined) throw new Error(`The ledger refers to an unknown card: ${paymentMethod.card}`);
  const attempted: Intent = {
    ...intent,
    paymentMethod: paymentMethod.id,
    lastError: null,
    attempts: intent.attempts + 1,
  };

  switch (card.outcome.kind) {
    case 'approved':
      if (card.response === 'slow') return { ...attempted, status: 'processing' };
      return succeed(attempted, attempt);
    case 'declined':
      return decline(attempted, attempt, card.outcome.decline, newCharge(attempt, card.outcome.decline));
    case 'needs-authentication':
      if (attempt.errorOnRequiresAction) return decline(attempted, attempt, authenticationRequired, null);
      return { ...attempted, status: 'requires_action' };
  }
}

/** Completes a confirm after its slow bank has responded. */
export function settle(intent: Intent, attempt: Attempt): Intent {
  return intent.status === 'processing' ? succeed(intent, attempt) : intent;
}

export function cancel(intent: Intent, reason: string | null, now: number): Intent {
  if (!isOpen(intent)) throw unexpectedState(intent, 'cancel');
  return { ...intent, status: 'canceled', canceledAt: now, cancellationReason: reason };
}

export function amountReceived(intent: Intent): number {
  return intent.status === 'succeeded' ? intent.amount : 0;
}

function succeed(intent: Intent, attempt: Attempt): Intent {
  return { ...intent, status: 'succeeded', charge: newCharge(attempt, null) };
}

function decline(intent: Intent, attempt: Attempt, reason: Decline, charge: Charge | null): Intent {
  return {
    ...intent,
    status: 'requires_payment_method',
    paymentMethod: null,
    charge: charge ?? intent.charge,
    lastError: { decline: reason, paymentMethod: attempt.paymentMethod, charge: charge?.id ?? null },
  };
}

function newCharge({ chargeId, now, paymentMethod }: Attempt, decline: Decline | null): Charge {
  return { id: chargeId, created: now, paymentMethod, decline, amountRefunded: 0 };
}

function isOpen({ status }: Intent): boolean {
  return (
    status === 'requires_payment_method' || status === 'requires_confirmation' || status === 'requires_action'
  );
}

/** The request processor adds the intent to the error body. */
export class UnexpectedState extends ApiError {
  constructor(
    readonly intent: Intent,
    message: string,
  ) {
    super(400, { type: 'invalid_request_error', code: 'payment_intent_unexpected_state', message });
  }
}

function unexpectedState(intent: Intent, verb: 'confirm' | 'cancel'): UnexpectedState {
  return new UnexpectedState(
    intent,
    `You cannot ${verb} this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent ` +
      `with one of the following statuses may be ${verb}ed: requires_payment_method, ` +
      `requires_confirmation, requires_action.`,
  );
}
