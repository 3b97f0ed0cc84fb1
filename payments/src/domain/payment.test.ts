import { orThrow, already, type Decision } from '@ticketing/common/decision';
import {
  openPayment,
  giveUp,
  isOpen,
  pay,
  recordCancelled,
  recordDecline,
  recordIntent,
  recordRefund,
  recordSuccess,
  voidPayment,
  show,
  type Payment,
} from './payment.js';

const now = new Date('2026-11-23T12:00:00Z');
const expiresAt = new Date('2026-11-23T12:15:00Z');
const tooLate = new Date('2026-11-23T12:14:56Z');
const [buyer, another] = ['b'.repeat(24), 'c'.repeat(24)];
const id = '0'.repeat(24);

const order = { id, userId: buyer, amountInMinorUnits: 1_999, currency: 'usd', expiresAt } as const;
const owed = { ...order, version: 4 };
const attempted = { ...owed, attempt: 2, token: 'tok_visa', intentId: 'pi_1' };
const charged = { ...owed, intentId: 'pi_1' };

type State = 'no document' | 'none' | 'pending, no intent' | Exclude<Payment['status'], 'none'>;

const payments: Record<State, Payment | undefined> = {
  'no document': undefined,
  none: { ...owed, status: 'none' },
  'pending, no intent': { ...attempted, attempt: 1, intentId: undefined, status: 'pending' },
  pending: { ...attempted, status: 'pending' },
  declined: { ...attempted, status: 'declined', declineCode: 'card-declined' },
  cancelling: { ...charged, status: 'cancelling' },
  succeeded: { ...charged, status: 'succeeded' },
  refunding: { ...charged, status: 'refunding' },
  refunded: { ...charged, status: 'refunded' },
  void: { ...owed, status: 'void' },
};

const success = { orderId: id, intentId: 'pi_1', amountInMinorUnits: 1_999, currency: 'usd' } as const;

/** What may happen to a payment that exists. */
const ask = {
  POST: (payment: Payment) => pay(payment, { userId: buyer, token: 'tok_visa', marginMs: 5_000 }, now),
  'POST, too late': (payment: Payment) =>
    pay(payment, { userId: buyer, token: 'tok_visa', marginMs: 5_000 }, tooLate),
  'POST by another': (payment: Payment) =>
    pay(payment, { userId: another, token: 'tok_visa', marginMs: 5_000 }, now),
  'intent stored': (payment: Payment) =>
    recordIntent(payment, { attempt: 2, intentId: 'pi_1', methodId: 'pm_1' }),
  'intent of attempt 1 stored': (payment: Payment) =>
    recordIntent(payment, { attempt: 1, intentId: 'pi_1', methodId: 'pm_1' }),
  decline: (payment: Payment) => recordDecline(payment, 2, 'card-declined'),
  'decline of attempt 1': (payment: Payment) => recordDecline(payment, 1, 'card-declined'),
  'success of another intent': (payment: Payment) => recordSuccess(payment, { ...success, intentId: 'pi_2' }),
  'success of another amount': (payment: Payment) =>
    recordSuccess(payment, { ...success, amountInMinorUnits: 1 }),
  'success in another currency': (payment: Payment) =>
    recordSuccess(payment, { ...success, currency: 'eur' }),
  'no outcome in time': (payment: Payment) => giveUp(payment),
  'cancelled at Stripe': (payment: Payment) => recordCancelled(payment),
  'refunded at Stripe': (payment: Payment) => recordRefund(payment),
  'shown to another': (payment: Payment) => show(payment, another),
} satisfies Record<string, (payment: Payment) => Decision<Payment, string>>;

/** …and to one that may not. */
const askAny = {
  'order:created': (payment?: Payment) => openPayment(payment, order),
  'order:cancelled': (payment?: Payment) => voidPayment(payment, id),
  success: (payment?: Payment) => recordSuccess(payment, success),
} satisfies Record<string, (payment?: Payment) => Decision<Payment, string>>;

type Asked = keyof typeof ask | keyof typeof askAny;

function outcome(decision: Decision<Payment, string>): string {
  if (decision.outcome === 'refused') return decision.code;
  if (decision.outcome === 'already') return 'no change';
  const events = decision.events.map(({ type }) => type);
  return [decision.state.status, ...events].join(', ');
}

const nothing = 'no change';
const gone = { POST: 'order-cancelled', 'POST, too late': 'order-cancelled' };
const mine = { 'POST by another': 'not-your-order', 'shown to another': 'not-your-order' };
const noAttempt = {
  'intent stored': 'superseded',
  'intent of attempt 1 stored': 'superseded',
  decline: nothing,
  'decline of attempt 1': nothing,
  'no outcome in time': nothing,
};
const noRefund = { 'refunded at Stripe': nothing };
const checked = {
  'success of another intent': 'another-intent',
  'success of another amount': 'another-amount',
  'success in another currency': 'another-amount',
};
const back = {
  'success of another intent': 'refunding',
  'success of another amount': 'refunding',
  'success in another currency': 'refunding',
};

const answers: {
  [S in State]: Record<S extends 'no document' ? keyof typeof askAny : Asked, string>;
} = {
  'no document': { 'order:created': 'none', 'order:cancelled': 'void', success: 'refunding' },
  none: {
    ...mine,
    ...noAttempt,
    ...noRefund,
    ...back,
    'order:created': nothing,
    'order:cancelled': 'void',
    success: 'refunding',
    POST: 'pending',
    'POST, too late': 'order-expired',
    'cancelled at Stripe': nothing,
  },
  'pending, no intent': {
    ...mine,
    ...noRefund,
    'order:created': nothing,
    'order:cancelled': 'void',
    success: 'succeeded, payment:created',
    POST: nothing,
    'POST, too late': nothing,
    'cancelled at Stripe': 'void',
    'intent stored': 'superseded',
    'intent of attempt 1 stored': 'pending',
    decline: nothing,
    'decline of attempt 1': 'declined',
    'no outcome in time': 'void',
    'success of another intent': 'succeeded, payment:created',
    'success of another amount': 'another-amount',
    'success in another currency': 'another-amount',
  },
  pending: {
    ...mine,
    ...noRefund,
    ...checked,
    'order:created': nothing,
    'order:cancelled': 'cancelling',
    success: 'succeeded, payment:created',
    POST: nothing,
    'POST, too late': nothing,
    'cancelled at Stripe': 'void',
    'intent stored': 'pending',
    'intent of attempt 1 stored': 'superseded',
    decline: 'declined',
    'decline of attempt 1': nothing,
    'no outcome in time': 'cancelling',
  },
  declined: {
    ...mine,
    ...noAttempt,
    ...noRefund,
    ...checked,
    'order:created': nothing,
    'order:cancelled': 'cancelling',
    success: 'succeeded, payment:created',
    POST: 'pending',
    'POST, too late': 'order-expired',
    'cancelled at Stripe': 'void',
  },
  cancelling: {
    ...mine,
    ...gone,
    ...noAttempt,
    ...noRefund,
    ...checked,
    'order:created': nothing,
    'order:cancelled': nothing,
    success: 'refunding',
    'cancelled at Stripe': 'void',
  },
  succeeded: {
    ...mine,
    ...noAttempt,
    ...noRefund,
    ...checked,
    'order:created': nothing,
    'order:cancelled': 'refunding',
    success: nothing,
    POST: nothing,
    'POST, too late': nothing,
    'cancelled at Stripe': nothing,
  },
  refunding: {
    ...mine,
    ...gone,
    ...noAttempt,
    ...checked,
    'order:created': nothing,
    'order:cancelled': nothing,
    success: nothing,
    'cancelled at Stripe': nothing,
    'refunded at Stripe': 'refunded, payment:refunded',
  },
  refunded: {
    ...mine,
    ...gone,
    ...noAttempt,
    ...noRefund,
    ...checked,
    'order:created': nothing,
    'order:cancelled': nothing,
    success: nothing,
    'cancelled at Stripe': nothing,
  },
  void: {
    ...mine,
    ...gone,
    ...noAttempt,
    ...noRefund,
    ...back,
    'order:created': nothing,
    'order:cancelled': nothing,
    success: 'refunding',
    'cancelled at Stripe': nothing,
  },
};

describe('a payment', () => {
  for (const [state, row] of Object.entries(answers))
    for (const [what, expected] of Object.entries(row))
      test(`that is ${state}, ${what}: ${expected}`, () => {
        const payment = payments[state as State];
        const any = askAny[what as keyof typeof askAny];
        const decision = payment && what in ask ? ask[what as keyof typeof ask](payment) : any(payment);
        expect(outcome(decision)).toBe(expected);
      });

  test.each([
    [5_001, true],
    [5_000, false],
  ])('%d ms before the order expires, with a margin of 5,000 ms, may be charged: %s', (leftMs, isAllowed) => {
    const at = new Date(expiresAt.getTime() - leftMs);
    expect(isOpen({ expiresAt }, 5_000, at)).toBe(isAllowed);
  });

  test('tells the price as the order had it', () => {
    expect(recordSuccess(payments.pending, success)).toMatchObject({
      events: [{ data: { orderId: id, stripeId: 'pi_1', amount: '19.99', currency: 'usd', version: 5 } }],
    });
  });

  test('after a decline keeps its intent and counts the attempt', () => {
    expect(
      pay(payments.declined as Payment, { userId: buyer, token: 'pm_2', marginMs: 0 }, now),
    ).toMatchObject({
      state: { status: 'pending', attempt: 3, intentId: 'pi_1', token: 'pm_2' },
    });
  });

  test('begins one attempt for each keyed request, whichever others come between', () => {
    const attempt = (payment: Payment, request?: string) =>
      pay(payment, { userId: buyer, token: 'pm_2', marginMs: 0, request }, now);
    let payment = payments.declined as Payment;
    for (const request of ['a', undefined, 'b']) {
      const pending = orThrow(attempt(payment, request)) as Payment & { attempt: number };
      payment = orThrow(recordDecline(pending, pending.attempt, 'card-declined'));
    }
    for (const request of ['a', 'b']) expect(attempt(payment, request)).toEqual(already(payment));
    expect(attempt(payment, 'c').outcome).toBe('accepted');
  });

  test('keeps what was charged without an order, so that it can be given back', () => {
    expect(recordSuccess(undefined, success)).toMatchObject({
      state: { id, status: 'refunding', intentId: 'pi_1', amountInMinorUnits: 1_999 },
    });
  });
});
