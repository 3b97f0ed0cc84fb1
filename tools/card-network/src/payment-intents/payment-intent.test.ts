import { ApiError } from '../api/errors.js';
import * as intents from './payment-intent.js';
import type { ChallengeOutcome, Intent, IntentStatus } from './payment-intent.js';

type Command =
  | 'confirm'
  | 'confirm declined'
  | 'confirm 3ds'
  | 'confirm 3ds, no action'
  | 'confirm slow'
  | 'approve'
  | 'refuse'
  | 'settle'
  | 'cancel';

const NOW = 1_800_000_000;

function intentWith(status: IntentStatus): Intent {
  const opened = intents.open({
    id: 'pi_1',
    clientSecret: 'pi_1_secret',
    created: NOW,
    amount: 1999,
    currency: 'usd',
    description: null,
    metadata: {},
    paymentMethodTypes: ['card'],
    allowedMethodTypes: null,
    automaticPaymentMethods: false,
    paymentMethod: null,
  });
  return { ...opened, status };
}

const payment = (card: string) => ({
  paymentMethod: { id: `pm_${card}`, created: NOW, card, metadata: {} },
  chargeId: 'ch_1',
  now: NOW,
});
const nextAction = { challengeUrl: 'http://cards.test/challenge', returnUrl: null };
const attempt = (card: string) => ({ ...payment(card), nextAction });

const commands: Record<Command, (intent: Intent) => Intent> = {
  confirm: (intent) => intents.confirm(intent, attempt('visa')),
  'confirm declined': (intent) => intents.confirm(intent, attempt('chargeDeclined')),
  'confirm 3ds': (intent) => intents.confirm(intent, attempt('threeDSecure2Required')),
  'confirm 3ds, no action': (intent) =>
    intents.confirm(intent, { ...attempt('threeDSecure2Required'), nextAction: undefined }),
  'confirm slow': (intent) => intents.confirm(intent, attempt('slow')),
  approve: (intent) => intents.answerChallenge(intent, 'approve', payment('threeDSecure2Required')),
  refuse: (intent) => intents.answerChallenge(intent, 'refuse', payment('threeDSecure2Required')),
  settle: (intent) => intents.settle(intent, payment('slow')),
  cancel: (intent) => intents.cancel(intent, 'abandoned', NOW),
};

const open: Record<Command, string> = {
  confirm: 'succeeded',
  'confirm declined': 'requires_payment_method',
  'confirm 3ds': 'requires_action',
  'confirm 3ds, no action': 'requires_payment_method',
  'confirm slow': 'processing',
  approve: 'payment_intent_unexpected_state',
  refuse: 'payment_intent_unexpected_state',
  settle: 'unchanged',
  cancel: 'canceled',
};

const closed: Record<Command, string> = {
  confirm: 'payment_intent_unexpected_state',
  'confirm declined': 'payment_intent_unexpected_state',
  'confirm 3ds': 'payment_intent_unexpected_state',
  'confirm 3ds, no action': 'payment_intent_unexpected_state',
  'confirm slow': 'payment_intent_unexpected_state',
  approve: 'payment_intent_unexpected_state',
  refuse: 'payment_intent_unexpected_state',
  settle: 'unchanged',
  cancel: 'payment_intent_unexpected_state',
};

const results: Record<IntentStatus, Record<Command, string>> = {
  requires_payment_method: open,
  requires_confirmation: open,
  requires_action: { ...open, approve: 'succeeded', refuse: 'requires_payment_method' },
  processing: { ...closed, settle: 'succeeded' },
  succeeded: closed,
  canceled: closed,
};

function resultOf(intent: Intent, command: Command): string | undefined {
  try {
    const next = commands[command](intent);
    return next === intent ? 'unchanged' : next.status;
  } catch (thrown) {
    return thrown instanceof ApiError ? thrown.body.code : String(thrown);
  }
}

const cells = Object.entries(results).flatMap(([status, row]) =>
  Object.entries(row).map(
    ([command, result]) => [status as IntentStatus, command as Command, result] as const,
  ),
);

describe('a PaymentIntent', () => {
  it.each(cells)('that is %s, on %s: %s', (status, command, result) => {
    expect(resultOf(intentWith(status), command)).toBe(result);
  });

  it('has received its amount only after it succeeded', () => {
    const paid = commands.confirm(intentWith('requires_confirmation'));
    expect([
      intents.amountReceived(intentWith('requires_confirmation')),
      intents.amountReceived(paid),
    ]).toEqual([0, 1999]);
  });

  it('keeps its decline until the next attempt, and counts attempts', () => {
    const declined = commands['confirm declined'](intentWith('requires_payment_method'));
    expect(declined).toMatchObject({
      attempts: 1,
      paymentMethod: null,
      lastError: { decline: { code: 'card_declined' }, charge: 'ch_1' },
    });
    expect(commands.confirm(declined)).toMatchObject({ attempts: 2, lastError: null, status: 'succeeded' });
  });

  it('requires only a confirmation when it is created with a payment method', () => {
    expect(intents.open({ ...intentWith('canceled'), paymentMethod: 'pm_card_visa' }).status).toBe(
      'requires_confirmation',
    );
  });
});

type Moment = 'approved' | 'refused' | 'confirmed again' | 'cancelled';

describe('the answer to a challenge', () => {
  const waiting = () => commands['confirm 3ds'](intentWith('requires_payment_method'));
  const moments: Record<Moment, () => Intent> = {
    approved: () => commands.approve(waiting()),
    refused: () => commands.refuse(waiting()),
    'confirmed again': () => commands.confirm(commands.refuse(waiting())),
    cancelled: () => commands.cancel(commands.refuse(waiting())),
  };
  const late = 'payment_intent_unexpected_state';
  const answers: Record<Moment, Record<ChallengeOutcome, string>> = {
    approved: { approve: 'unchanged', refuse: late },
    refused: { approve: late, refuse: 'unchanged' },
    'confirmed again': { approve: late, refuse: late },
    cancelled: { approve: late, refuse: late },
  };
  const rows = Object.entries(answers).flatMap(([moment, row]) =>
    Object.entries(row).map(
      ([outcome, result]) => [moment as Moment, outcome as ChallengeOutcome, result] as const,
    ),
  );

  it.each(rows)('after the intent was %s, on %s: %s', (moment, outcome, result) => {
    expect(resultOf(moments[moment](), outcome)).toBe(result);
  });

  it('that refuses leaves no charge, and says why', () => {
    expect(commands.refuse(waiting())).toMatchObject({
      charge: null,
      paymentMethod: null,
      lastError: { decline: { code: 'payment_intent_authentication_failure' }, charge: null },
    });
  });

  it('that approves does not stop the bank from declining', () => {
    const card = 'threeDSecureRequiredChargeDeclined';
    const asked = intents.confirm(intentWith('requires_payment_method'), attempt(card));
    expect(intents.answerChallenge(asked, 'approve', payment(card))).toMatchObject({
      status: 'requires_payment_method',
      lastError: { decline: { code: 'card_declined' }, charge: 'ch_1' },
    });
  });
});
