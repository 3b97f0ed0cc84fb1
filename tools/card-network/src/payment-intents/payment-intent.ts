// The life of a PaymentIntent, and the only place where it is decided.
//
//   requires_payment_method ◄──declined── (any of the open ones)
//        │ payment method            open: requires_payment_method, requires_confirmation,
//        ▼                                 requires_action
//   requires_confirmation ──confirm──► succeeded (final)
//        │                    ├──────► requires_action     the buyer's bank wants to ask
//        │                    └──────► processing ──settle──► succeeded
//        └──cancel (any open one)────► canceled (final)
import { authenticationRequired, cardNamed, type Decline } from '../payment-methods/cards.js';
import { Refused } from '../api/errors.js';
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

/** Flat, with nulls, because it mirrors an object that Stripe has defined so. Times are in seconds. */
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

type Opening = Pick<
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

export function open(opening: Opening): Intent {
  return {
    ...opening,
    status: opening.paymentMethod === null ? 'requires_payment_method' : 'requires_confirmation',
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

/** Checked before the payment method is looked at, as Stripe does. */
export function assertConfirmable(intent: Intent): void {
  if (!isOpen(intent)) throw unexpectedState(intent, 'confirm');
}

export function confirm(intent: Intent, attempt: Attempt): Intent {
  assertConfirmable(intent);
  const { paymentMethod } = attempt;
  const card = cardNamed(paymentMethod.card);
  const tried: Intent = {
    ...intent,
    paymentMethod: paymentMethod.id,
    lastError: null,
    attempts: intent.attempts + 1,
  };

  if (card === undefined) throw new Error(`the ledger names a card that is not in the table`);
  switch (card.outcome.kind) {
    case 'approved':
      if (card.answering === 'slow') return { ...tried, status: 'processing' };
      return succeed(tried, attempt);
    case 'declined':
      return declined(tried, attempt, card.outcome.decline, charged(attempt, card.outcome.decline));
    case 'needs-authentication':
      if (attempt.errorOnRequiresAction) return declined(tried, attempt, authenticationRequired, null);
      return { ...tried, status: 'requires_action' };
  }
}

/** The slow bank has answered. */
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
  return { ...intent, status: 'succeeded', charge: charged(attempt, null) };
}

function declined(intent: Intent, attempt: Attempt, decline: Decline, charge: Charge | null): Intent {
  return {
    ...intent,
    status: 'requires_payment_method',
    paymentMethod: null,
    charge: charge ?? intent.charge,
    lastError: { decline, paymentMethod: attempt.paymentMethod, charge: charge?.id ?? null },
  };
}

function charged({ chargeId, now, paymentMethod }: Attempt, decline: Decline | null): Charge {
  return { id: chargeId, created: now, paymentMethod, decline, amountRefunded: 0 };
}

function isOpen({ status }: Intent): boolean {
  return (
    status === 'requires_payment_method' || status === 'requires_confirmation' || status === 'requires_action'
  );
}

/** The intent itself is added where it is shown. */
export class UnexpectedState extends Refused {
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
