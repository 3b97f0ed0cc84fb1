// The effects of an attempt to pay: the intent, its events and, for some test cards, a dispute.
import type { HandlerResult } from '../api/handler.js';
import { newId } from '../ids.js';
import { disputeOpened } from '../disputes/dispute-events.js';
import { openDispute } from '../disputes/dispute.js';
import { cardOf } from '../payment-methods/payment-method.js';
import { chargeView } from './charge-view.js';
import { intentView } from './intent-view.js';
import type { Charge, Intent } from './payment-intent.js';

type Effects = Readonly<{ intent: Intent }> & Required<Pick<HandlerResult, 'changes' | 'events'>>;

/** `intent` is the result of `confirm`, `settle` or `answerChallenge`. */
export function attemptEffects(intent: Intent, now: number): Effects {
  const { charge, status } = intent;
  if (status === 'succeeded' && charge !== null) return successEffects(intent, charge, now);
  const type = status === 'requires_action' ? 'requires_action' : 'payment_failed';
  return {
    intent,
    changes: { intents: [intent] },
    events: [{ type: `payment_intent.${type}`, object: intentView(intent) }],
  };
}

function successEffects(intent: Intent, charge: Charge, now: number): Effects {
  const events = [
    { type: 'payment_intent.succeeded', object: intentView(intent) },
    { type: 'charge.succeeded', object: chargeView(intent, charge) },
  ];
  const { dispute: card } = cardOf(charge.paymentMethod);
  if (card === null) return { intent, changes: { intents: [intent] }, events };

  const opened = openDispute(intent, [], { id: newId('du'), now, ...card });
  return {
    intent: opened.intent,
    changes: { intents: [opened.intent], disputes: [opened.dispute] },
    events: [...events, ...disputeOpened(opened.dispute)],
  };
}
