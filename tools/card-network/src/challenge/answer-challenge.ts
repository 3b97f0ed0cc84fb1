// The buyer approves or refuses the payment that the bank asks about.
import type { HandlerResult } from '../api/handler.js';
import { newId } from '../ids.js';
import type { Account } from '../ledger/account.js';
import { attemptEffects } from '../payment-intents/attempt-effects.js';
import { publicIntentView } from '../payment-intents/intent-view.js';
import {
  answerChallenge,
  awaitsAnswer,
  type ChallengeOutcome,
  type Intent,
} from '../payment-intents/payment-intent.js';
import { findPaymentMethod } from '../payment-methods/payment-method-handlers.js';

export function answeredResult(
  account: Account,
  before: Intent,
  outcome: ChallengeOutcome,
  now: number,
): HandlerResult {
  if (!awaitsAnswer(before, outcome)) return { status: 200, body: bodyOf(before) };
  const paymentMethod = findPaymentMethod(account, before.paymentMethod ?? '', now);
  if (paymentMethod === undefined) {
    throw new Error(`The ledger does not contain the payment method of ${before.id}.`);
  }

  const answered = answerChallenge(before, outcome, { paymentMethod, chargeId: newId('ch'), now });

  const { intent, changes, events } = attemptEffects(answered, now);
  return { status: 200, body: bodyOf(intent), changes, events };
}

function bodyOf(intent: Intent) {
  return { payment_intent: publicIntentView(intent) };
}
