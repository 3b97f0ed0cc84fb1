// The states of a PaymentIntent; every transition is decided here.
//
//   requires_payment_method ◄──declined── (any open state)
//        │ payment method            open: requires_payment_method, requires_confirmation,
//        ▼                                 requires_action
//   requires_confirmation ──confirm──► succeeded (final)
//        │                    ├──────► requires_action ──approve──► succeeded
//        │                    │                        └──refuse──► requires_payment_method
//        │                    └──────► processing ──settle──► succeeded
//        └──cancel (any open state)──► canceled (final)
import { authenticationFailed, authenticationRequired, type Decline } from '../payment-methods/cards.js';
import { ApiError } from '../api/errors.js';
import { cardOf, type PaymentMethod } from '../payment-methods/payment-method.js';

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
  /** Stays true after the dispute is closed, as at Stripe. */
  disputed?: boolean;
}>;

export type ChallengeOutcome = 'approve' | 'refuse';

/** Where the buyer approves the payment, and where the browser goes afterwards. */
export type NextAction = Readonly<{ challengeUrl: string; returnUrl: string | null }>;

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
  nextAction?: NextAction;
  /** How the buyer answered the challenge of the latest attempt. */
  challenge?: ChallengeOutcome | null;
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

type Payment = Readonly<{ paymentMethod: PaymentMethod; chargeId: string; now: number }>;

/** Without `nextAction`, a card that needs approval is declined. */
type Attempt = Payment & Readonly<{ nextAction: NextAction | undefined }>;

/** Like Stripe, the API checks this before it looks up the payment method. */
export function assertConfirmable(intent: Intent): void {
  if (!isOpen(intent)) throw unexpectedState(intent, 'confirm');
}

export function confirm(intent: Intent, attempt: Attempt): Intent {
  assertConfirmable(intent);
  const { paymentMethod } = attempt;
  const card = cardOf(paymentMethod);
  const attempted: Intent = {
    ...intent,
    paymentMethod: paymentMethod.id,
    lastError: null,
    attempts: intent.attempts + 1,
    challenge: null,
  };

  switch (card.outcome.kind) {
    case 'approved':
      if (card.response === 'slow') return { ...attempted, status: 'processing' };
      return succeed(attempted, attempt);
    case 'declined':
      return decline(attempted, attempt, card.outcome.decline, newCharge(attempt, card.outcome.decline));
    case 'needs-authentication':
      if (attempt.nextAction === undefined) return decline(attempted, attempt, authenticationRequired, null);
      return { ...attempted, status: 'requires_action', nextAction: attempt.nextAction };
  }
}

/**
 * Whether the intent waits for the buyer's answer; false when it has had the same answer before.
 * @throws ChallengeClosed when the answer is too late, or differs from the first one
 */
export function awaitsAnswer(intent: Intent, outcome: ChallengeOutcome): boolean {
  if (intent.status === 'requires_action') return true;
  if (intent.challenge === outcome && intent.status !== 'canceled') return false;
  throw challengeClosed(intent);
}

/** The buyer approves or refuses; the bank charges an approved payment, or declines it all the same. */
export function answerChallenge(intent: Intent, outcome: ChallengeOutcome, attempt: Payment): Intent {
  if (!awaitsAnswer(intent, outcome)) return intent;
  const answered = { ...intent, challenge: outcome };
  if (outcome === 'refuse') return decline(answered, attempt, authenticationFailed, null);

  const { outcome: bank } = cardOf(attempt.paymentMethod);
  const declined = bank.kind === 'needs-authentication' ? bank.decline : null;
  if (declined) return decline(answered, attempt, declined, newCharge(attempt, declined));
  return succeed(answered, attempt);
}

/** Completes a confirm after its slow bank has responded. */
export function settle(intent: Intent, attempt: Payment): Intent {
  return intent.status === 'processing' ? succeed(intent, attempt) : intent;
}

export function cancel(intent: Intent, reason: string | null, now: number): Intent {
  if (!isOpen(intent)) throw unexpectedState(intent, 'cancel');
  return { ...intent, status: 'canceled', canceledAt: now, cancellationReason: reason };
}

export function amountReceived(intent: Intent): number {
  return intent.status === 'succeeded' ? intent.amount : 0;
}

function succeed(intent: Intent, attempt: Payment): Intent {
  return { ...intent, status: 'succeeded', charge: newCharge(attempt, null) };
}

function decline(intent: Intent, attempt: Payment, reason: Decline, charge: Charge | null): Intent {
  return {
    ...intent,
    status: 'requires_payment_method',
    paymentMethod: null,
    charge: charge ?? intent.charge,
    lastError: { decline: reason, paymentMethod: attempt.paymentMethod, charge: charge?.id ?? null },
  };
}

function newCharge({ chargeId, now, paymentMethod }: Payment, decline: Decline | null): Charge {
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

/** The buyer's answer comes too late, or differs from the first one. */
export class ChallengeClosed extends ApiError {
  constructor(
    readonly intent: Intent,
    message: string,
  ) {
    super(409, { type: 'invalid_request_error', code: 'payment_intent_unexpected_state', message });
  }
}

function challengeClosed(intent: Intent): ChallengeClosed {
  const reasons: Readonly<Record<ChallengeOutcome, string>> = {
    approve: 'This payment has already been approved.',
    refuse: 'This payment has already been refused.',
  };
  if (intent.status === 'canceled') return new ChallengeClosed(intent, 'This payment has been cancelled.');
  return new ChallengeClosed(
    intent,
    intent.challenge ? reasons[intent.challenge] : 'This payment does not wait for an approval.',
  );
}
