import { orThrow, already, type Decision } from '@ticketing/common/decision';
import {
  openPayment,
  abandonAttempt,
  pay,
  recordCancelled,
  recordDecline,
  recordIntent,
  recordRefund,
  recordSuccess,
  voidPayment,
  show,
} from './payment.js';
import { isOpen, type Payment } from './payment-state.js';

const now = new Date('2026-11-23T12:00:00Z');
const expiresAt = new Date('2026-11-23T12:15:00Z');
const tooLate = new Date('2026-11-23T12:14:56Z');
const [buyer, another] = ['b'.repeat(24), 'c'.repeat(24)];
const id = '0'.repeat(24);

const order = { id, userId: buyer, amountInMinorUnits: 1_999, currency: 'usd', expiresAt } as const;
const payable = { ...order, version: 4 };
const attempted = { ...payable, attempt: 2, token: 'tok_visa', intentId: 'pi_1' };
const charged = { ...payable, intentId: 'pi_1' };

type State = 'no document' | 'none' | 'pending, no intent' | Exclude<Payment['status'], 'none'>;

const payments: Record<State, Payment | undefined> = {
  'no document': undefined,
  none: { ...payable, status: 'none' },
  'pending, no intent': { ...attempted, attempt: 1, intentId: undefined, status: 'pending' },
  pending: { ...attempted, status: 'pending' },
  declined: { ...attempted, status: 'declined', declineCode: 'card-declined' },
  cancelling: { ...charged, status: 'cancelling' },
  succeeded: { ...charged, status: 'succeeded' },
  refunding: { ...charged, status: 'refunding' },
  refunded: { ...charged, status: 'refunded' },
  void: { ...payable, status: 'void' },
};

const success = { orderId: id, intentId: 'pi_1', amountInMinorUnits: 1_999, currency: 'usd' } as const;

/** The events in the life of an existing payment. */
const transitions = {
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
  'time to pay over': (payment: Payment) => abandonAttempt(payment),
  'cancelled at Stripe': (payment: Payment) => recordCancelled(payment),
  'refunded at Stripe': (payment: Payment) => recordRefund(payment),
  'shown to another': (payment: Payment) => show(payment, another),
} satisfies Record<string, (payment: Payment) => Decision<Payment, string>>;

/** The events that may arrive before the payment exists. */
const creatingTransitions = {
  'order:created': (payment?: Payment) => openPayment(payment, order),
  'order:cancelled': (payment?: Payment) => voidPayment(payment, id),
  success: (payment?: Payment) => recordSuccess(payment, success),
} satisfies Record<string, (payment?: Payment) => Decision<Payment, string>>;

type Transition = keyof typeof transitions | keyof typeof creatingTransitions;

function outcome(decision: Decision<Payment, string>): string {
  if (decision.outcome === 'refused') return decision.code;
  if (decision.outcome === 'already') return 'no change';
  const events = decision.events.map(({ type }) => type);
  return [decision.state.status, ...events].join(', ');
}

const nothing = 'no change';
const orderCancelled = { POST: 'order-cancelled', 'POST, too late': 'order-cancelled' };
const otherUser = { 'POST by another': 'not-your-order', 'shown to another': 'not-your-order' };
const noAttempt = {
  'intent stored': 'superseded',
  'intent of attempt 1 stored': 'superseded',
  decline: nothing,
  'decline of attempt 1': nothing,
  'time to pay over': nothing,
};
const noRefund = { 'refunded at Stripe': nothing };
const checked = {
  'success of another intent': 'another-intent',
  'success of another amount': 'another-amount',
  'success in another currency': 'another-amount',
};
const unexpectedCharge = {
  'success of another intent': 'refunding',
  'success of another amount': 'refunding',
  'success in another currency': 'refunding',
};

const answers: {
  [S in State]: Record<S extends 'no document' ? keyof typeof creatingTransitions : Transition, string>;
} = {
  'no document': { 'order:created': 'none', 'order:cancelled': 'void', success: 'refunding' },
  none: {
    ...otherUser,
    ...noAttempt,
    ...noRefund,
    ...unexpectedCharge,
    'order:created': nothing,
    'order:cancelled': 'void',
    success: 'refunding',
    POST: 'pending',
    'POST, too late': 'order-expired',
    'cancelled at Stripe': nothing,
  },
  'pending, no intent': {
    ...otherUser,
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
    'time to pay over': 'void',
    'success of another intent': 'succeeded, payment:created',
    'success of another amount': 'another-amount',
    'success in another currency': 'another-amount',
  },
  pending: {
    ...otherUser,
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
    'time to pay over': 'cancelling',
  },
  declined: {
    ...otherUser,
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
    ...otherUser,
    ...orderCancelled,
    ...noAttempt,
    ...noRefund,
    ...checked,
    'order:created': nothing,
    'order:cancelled': nothing,
    success: 'refunding',
    'cancelled at Stripe': 'void',
  },
  succeeded: {
    ...otherUser,
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
    ...otherUser,
    ...orderCancelled,
    ...noAttempt,
    ...checked,
    'order:created': nothing,
    'order:cancelled': nothing,
    success: nothing,
    'cancelled at Stripe': nothing,
    'refunded at Stripe': 'refunded, payment:refunded',
  },
  refunded: {
    ...otherUser,
    ...orderCancelled,
    ...noAttempt,
    ...noRefund,
    ...checked,
    'order:created': nothing,
    'order:cancelled': nothing,
    success: nothing,
    'cancelled at Stripe': nothing,
  },
  void: {
    ...otherUser,
    ...orderCancelled,
    ...noAttempt,
    ...noRefund,
    ...unexpectedCharge,
    'order:created': nothing,
    'order:cancelled': nothing,
    success: 'refunding',
    'cancelled at Stripe': nothing,
  },
};

describe('a payment', () => {
  for (const [state, row] of Object.entries(answers))
    for (const [what, expected] of Object.entries(row))
      test(`that is ${state} answers ${what} with: ${expected}`, () => {
        const payment = payments[state as State];
        const decision =
          payment && what in transitions
            ? transitions[what as keyof typeof transitions](payment)
            : creatingTransitions[what as keyof typeof creatingTransitions](payment);
        expect(outcome(decision)).toBe(expected);
      });

  test.each([
    [5_001, true],
    [5_000, false],
  ])('%d ms before the order expires, with a margin of 5,000 ms, may be charged: %s', (leftMs, isAllowed) => {
    const at = new Date(expiresAt.getTime() - leftMs);
    expect(isOpen({ expiresAt }, 5_000, at)).toBe(isAllowed);
  });

  test('publishes the price of the order', () => {
    expect(recordSuccess(payments.pending, success)).toMatchObject({
      events: [{ data: { orderId: id, stripeId: 'pi_1', amount: '19.99', currency: 'usd', version: 5 } }],
    });
  });

  test('keeps its intent and counts the attempt after a decline', () => {
    expect(
      pay(payments.declined as Payment, { userId: buyer, token: 'pm_2', marginMs: 0 }, now),
    ).toMatchObject({
      state: { status: 'pending', attempt: 3, intentId: 'pi_1', token: 'pm_2' },
    });
  });

  test('begins one attempt per idempotent request, even with other requests in between', () => {
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

  test('records a charge without an order, so that it is refunded', () => {
    expect(recordSuccess(undefined, success)).toMatchObject({
      state: { id, status: 'refunding', intentId: 'pi_1', amountInMinorUnits: 1_999 },
    });
  });
});
