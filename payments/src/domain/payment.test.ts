import { orThrow, already, type Decision } from '@ticketing/common/decision';
import { recordReported, recordRefund, recordRefusedRefund } from './charge.js';
import { recordCancelled, recordChallenge, recordDecline, recordIntent, recordSuccess } from './outcome.js';
import { abandonAttempt, openPayment, pay, show, voidPayment } from './payment.js';
import { isOpen, type Payment } from './payment-state.js';
import { requestRefund, requireSeller } from './refund-request.js';

const now = new Date('2026-11-23T12:00:00Z');
const expiresAt = new Date('2026-11-23T12:15:00Z');
const tooLate = new Date('2026-11-23T12:14:56Z');
const [buyer, another, seller] = ['b'.repeat(24), 'c'.repeat(24), 'd'.repeat(24)];
const id = '0'.repeat(24);
const [floor, box] = ['e'.repeat(24), 'f'.repeat(24)];

const order = {
  ...{ id, userId: buyer, sellerId: seller },
  ...({ amountInMinorUnits: 1_999, currency: 'usd', expiresAt } as const),
  items: [
    { ticketId: floor, priceInMinorUnits: 500, places: [3] },
    { ticketId: box, priceInMinorUnits: 1_499, places: [0] },
  ],
};
const payable = { ...order, version: 4 };
const attempted = { ...payable, attempt: 2, token: 'tok_visa', methodId: 'pm_1', intentId: 'pi_1' };
const charged = { ...payable, intentId: 'pi_1' };
const refund = { id: `rf-${id}-1`, by: `user:${seller}`, reason: 'rain', amountInMinorUnits: 500 };
const places = [{ ticketId: floor, place: 3 }];
const ofPlace = { ...refund, places };
const whole = { ...refund, amountInMinorUnits: 1_999 };
const earlier = { ...charged, items: undefined };
const dispute = { id: 'dp_1', amountInMinorUnits: 1_999, status: 'open', reason: 'fraudulent' } as const;

type State =
  | 'no document'
  | 'none'
  | 'none, free'
  | 'pending, no intent'
  | 'cancelling, order cancelled'
  | 'succeeded, order cancelled'
  | 'succeeded, disputed'
  | 'refunding, earlier release'
  | 'refunded, earlier release'
  | Payment['status'];

const payments: Record<State, Payment | undefined> = {
  'no document': undefined,
  none: { ...payable, status: 'none' },
  'none, free': { ...payable, amountInMinorUnits: 0, status: 'none' },
  'pending, no intent': { ...attempted, attempt: 1, intentId: undefined, status: 'pending' },
  pending: { ...attempted, status: 'pending' },
  'requires-action': { ...attempted, status: 'requires-action' },
  declined: { ...attempted, status: 'declined', declineCode: 'card-declined' },
  cancelling: { ...charged, status: 'cancelling' },
  'cancelling, order cancelled': { ...charged, status: 'cancelling', isOrderCancelled: true },
  parked: { ...earlier, userId: '', expiresAt: new Date(0), sellerId: undefined, status: 'parked' },
  succeeded: { ...charged, status: 'succeeded' },
  // Its refund has failed.
  'succeeded, order cancelled': {
    ...charged,
    status: 'succeeded',
    refunds: [{ ...whole, by: 'system', status: 'failed', problem: 'expired_or_canceled_card' }],
    isOrderCancelled: true,
  },
  'succeeded, disputed': { ...charged, status: 'succeeded', disputes: [dispute] },
  refunding: { ...charged, status: 'refunding', refunds: [{ ...ofPlace, status: 'requested' }] },
  'partly-refunded': {
    ...charged,
    status: 'partly-refunded',
    refunds: [{ ...ofPlace, status: 'succeeded' }],
  },
  refunded: {
    ...charged,
    status: 'refunded',
    refunds: [{ ...whole, status: 'succeeded', stripeId: 're_1' }],
  },
  'refunding, earlier release': { ...earlier, status: 'refunding' },
  'refunded, earlier release': { ...earlier, status: 'refunded' },
  void: { ...payable, status: 'void' },
};

const success = { orderId: id, intentId: 'pi_1', amountInMinorUnits: 1_999, currency: 'usd' } as const;
const card = { userId: buyer, token: 'tok_visa', marginMs: 5_000 };
const atStripe = { stripeId: 're_9', reason: 'dashboard', status: 'succeeded' } as const;
const partFound = { refunds: [{ ...atStripe, amountInMinorUnits: 300 }], disputes: [] };
const byUs = { ...atStripe, stripeId: 're_1', refundId: refund.id, amountInMinorUnits: 500 };
const none = { refunds: [], disputes: [] };

/** The events in the life of an existing payment. */
const transitions = {
  POST: (payment: Payment) => pay(payment, card, now),
  'POST with another card': (payment: Payment) => pay(payment, { ...card, token: 'pm_2' }, now),
  'POST, too late': (payment: Payment) => pay(payment, { ...card, token: 'pm_2' }, tooLate),
  'POST by another': (payment: Payment) => pay(payment, { ...card, userId: another }, now),
  'intent stored': (payment: Payment) =>
    recordIntent(payment, { attempt: 2, intentId: 'pi_1', methodId: 'pm_1' }),
  'intent of attempt 1 stored': (payment: Payment) =>
    recordIntent(payment, { attempt: 1, intentId: 'pi_1', methodId: 'pm_1' }),
  challenge: (payment: Payment) => recordChallenge(payment, 2),
  'challenge of attempt 1': (payment: Payment) => recordChallenge(payment, 1),
  decline: (payment: Payment) => recordDecline(payment, { attempt: 2, code: 'card-declined' }, now),
  'decline of attempt 1': (payment: Payment) =>
    recordDecline(payment, { attempt: 1, code: 'card-declined' }, now),
  'success of another intent': (payment: Payment) => recordSuccess(payment, { ...success, intentId: 'pi_2' }),
  'success of another amount': (payment: Payment) =>
    recordSuccess(payment, { ...success, amountInMinorUnits: 1 }),
  'success in another currency': (payment: Payment) =>
    recordSuccess(payment, { ...success, currency: 'eur' }),
  'time to pay over': (payment: Payment) => abandonAttempt(payment),
  'cancelled at Stripe': (payment: Payment) => recordCancelled(payment, 'pi_1'),
  'another intent cancelled at Stripe': (payment: Payment) => recordCancelled(payment, 'pi_2'),
  'refund of a part': (payment: Payment) =>
    requestRefund(payment, { ...refund, by: 'operator:ann', amountInMinorUnits: 500 }),
  'refund of the rest': (payment: Payment) => requestRefund(payment, { by: 'operator:ann', reason: 'rain' }),
  'refund of too much': (payment: Payment) =>
    requestRefund(payment, { ...refund, by: 'operator:ann', amountInMinorUnits: 2_000 }),
  'refund of a place': (payment: Payment) =>
    requestRefund(payment, { places, by: 'operator:ann', reason: 'rain' }),
  'refund of an unknown place': (payment: Payment) =>
    requestRefund(payment, { places: [{ ticketId: floor, place: 0 }], by: 'operator:ann', reason: 'rain' }),
  'refund answered': (payment: Payment) => recordRefund(payment, byUs),
  'refund answered: pending': (payment: Payment) => recordRefund(payment, { ...byUs, status: 'pending' }),
  'refund answered: failed': (payment: Payment) => recordRefund(payment, { ...byUs, status: 'failed' }),
  'refund refused': (payment: Payment) => recordRefusedRefund(payment, refund.id, 'refund-too-large'),
  'nothing found at Stripe': (payment: Payment) => recordReported(payment, none),
  'part refunded at the dashboard': (payment: Payment) => recordReported(payment, partFound),
  'all refunded at the dashboard': (payment: Payment) =>
    recordReported(payment, { ...none, refunds: [{ ...atStripe, amountInMinorUnits: 1_999 }] }),
  'dispute opened': (payment: Payment) => recordReported(payment, { ...none, disputes: [dispute] }),
  'dispute won': (payment: Payment) =>
    recordReported(payment, { ...none, disputes: [{ ...dispute, status: 'won' }] }),
  'dispute lost': (payment: Payment) =>
    recordReported(payment, { ...none, disputes: [{ ...dispute, status: 'lost' }] }),
  'shown to the seller': (payment: Payment) => show(payment, seller),
  'shown to another': (payment: Payment) => show(payment, another),
  'refund by another': (payment: Payment) => requireSeller(payment, another),
} satisfies Record<string, (payment: Payment) => Decision<Payment, string>>;

/** The events that may arrive before the payment exists. */
const creatingTransitions = {
  'order:created': (payment?: Payment) => openPayment(payment, order),
  'order:created, another price': (payment?: Payment) =>
    openPayment(payment, { ...order, amountInMinorUnits: 5 }),
  'order:cancelled': (payment?: Payment) => voidPayment(payment, order),
  success: (payment?: Payment) => recordSuccess(payment, success),
} satisfies Record<string, (payment?: Payment) => Decision<Payment, string>>;

type Transition = keyof typeof transitions | keyof typeof creatingTransitions;

/** The next status, how a stray or the refunds are listed, and the events. */
function outcome(decision: Decision<Payment, string>): string {
  if (decision.outcome === 'refused') return decision.code;
  if (decision.outcome === 'already') return 'no change';
  const { state, events } = decision;
  const strays = state.strays ? ' with a stray' : '';
  return [state.status + strays, ...events.map(({ type }) => type.slice('payment:'.length))].join(', ');
}

const nothing = 'no change';
const noIntentOrAttempt = {
  'intent stored': 'superseded',
  'intent of attempt 1 stored': 'superseded',
  challenge: nothing,
  'challenge of attempt 1': nothing,
  decline: nothing,
  'decline of attempt 1': nothing,
  'time to pay over': nothing,
  'another intent cancelled at Stripe': nothing,
};
const noCharge = {
  'refund of a part': 'order-not-paid',
  'refund of the rest': 'order-not-paid',
  'refund of too much': 'order-not-paid',
  'refund of a place': 'order-not-paid',
  'refund of an unknown place': 'order-not-paid',
  'refund answered': nothing,
  'refund answered: pending': nothing,
  'refund answered: failed': nothing,
  'refund refused': nothing,
  'nothing found at Stripe': nothing,
  'part refunded at the dashboard': nothing,
  'all refunded at the dashboard': nothing,
  'dispute opened': nothing,
  'dispute won': nothing,
  'dispute lost': nothing,
};
const strangers = {
  'POST by another': 'not-your-order',
  'shown to another': 'not-your-order',
  'refund by another': 'not-your-sale',
};
const known = { ...strangers, 'order:created': nothing, 'order:created, another price': nothing };
const shown = { ...known, 'shown to the seller': nothing };
const hidden = { ...known, 'shown to the seller': 'not-found' };
const over = {
  POST: 'order-cancelled',
  'POST with another card': 'order-cancelled',
  'POST, too late': 'order-cancelled',
};
const paid = { POST: nothing, 'POST with another card': nothing, 'POST, too late': nothing };
const charge = {
  ...noIntentOrAttempt,
  ...shown,
  success: nothing,
  'cancelled at Stripe': nothing,
  'refund of an unknown place': 'unknown-place',
};
const strays = (status: string) => ({
  'success of another intent': `${status} with a stray`,
  'success of another amount': `${status} with a stray`,
  'success in another currency': `${status} with a stray`,
});
const attempt = {
  ...noIntentOrAttempt,
  ...noCharge,
  ...shown,
  success: 'succeeded, created',
  'cancelled at Stripe': 'declined',
  'order:cancelled': 'cancelling',
};

const answers: {
  [S in State]: Record<S extends 'no document' ? keyof typeof creatingTransitions : Transition, string>;
} = {
  'no document': {
    'order:created': 'none',
    'order:created, another price': 'none',
    'order:cancelled': 'void',
    success: 'parked',
  },
  none: {
    ...noIntentOrAttempt,
    ...noCharge,
    ...hidden,
    'success of another intent': 'succeeded, created',
    'success of another amount': 'none with a stray',
    'success in another currency': 'none with a stray',
    'order:cancelled': 'void',
    success: 'succeeded, created',
    POST: 'pending',
    'POST with another card': 'pending',
    'POST, too late': 'order-expired',
    'cancelled at Stripe': nothing,
  },
  'none, free': {
    ...noIntentOrAttempt,
    ...noCharge,
    ...hidden,
    ...strays('none'),
    'order:cancelled': 'void',
    success: 'none with a stray',
    POST: 'nothing-to-pay',
    'POST with another card': 'nothing-to-pay',
    'POST, too late': 'nothing-to-pay',
    'cancelled at Stripe': nothing,
  },
  'pending, no intent': {
    ...attempt,
    ...paid,
    'order:cancelled': 'void',
    'cancelled at Stripe': nothing,
    'intent of attempt 1 stored': 'pending',
    'decline of attempt 1': 'declined',
    'time to pay over': 'void',
    'success of another intent': 'succeeded, created',
    'success of another amount': 'pending with a stray',
    'success in another currency': 'pending with a stray',
  },
  pending: {
    ...attempt,
    ...paid,
    ...strays('pending'),
    'intent stored': nothing,
    challenge: 'requires-action',
    decline: 'declined',
    'time to pay over': 'cancelling',
  },
  'requires-action': {
    ...attempt,
    ...strays('requires-action'),
    POST: nothing,
    'POST with another card': 'pending',
    'POST, too late': 'order-expired',
    decline: 'declined',
    'time to pay over': 'cancelling',
  },
  declined: {
    ...attempt,
    ...strays('declined'),
    POST: 'pending',
    'POST with another card': 'pending',
    'POST, too late': 'order-expired',
  },
  cancelling: {
    ...noIntentOrAttempt,
    ...noCharge,
    ...shown,
    ...over,
    ...strays('cancelling'),
    'order:cancelled': 'cancelling',
    success: 'succeeded, created',
    'cancelled at Stripe': 'void',
  },
  'cancelling, order cancelled': {
    ...noIntentOrAttempt,
    ...noCharge,
    ...shown,
    ...over,
    ...strays('cancelling'),
    'order:cancelled': nothing,
    success: 'refunding',
    'cancelled at Stripe': 'void',
  },
  parked: {
    ...charge,
    ...strays('parked'),
    POST: 'not-found',
    'POST with another card': 'not-found',
    'POST, too late': 'not-found',
    'POST by another': 'not-found',
    'shown to the seller': 'not-found',
    'shown to another': 'not-found',
    'order:created': 'succeeded, created',
    'order:created, another price': 'none with a stray',
    'order:cancelled': 'refunding',
    'refund of a part': 'refunding',
    'refund of the rest': 'refunding',
    'refund of too much': 'refund-too-large',
    'refund of a place': 'unknown-place',
    'refund answered': 'partly-refunded',
    'refund answered: pending': 'partly-refunded',
    'refund answered: failed': 'parked',
    'refund refused': nothing,
    'nothing found at Stripe': nothing,
    'part refunded at the dashboard': 'partly-refunded',
    'all refunded at the dashboard': 'refunded',
    'dispute opened': 'parked',
    'dispute won': 'parked',
    'dispute lost': 'refunded',
  },
  succeeded: {
    ...charge,
    ...paid,
    ...strays('succeeded'),
    'order:cancelled': 'refunding',
    'refund of a part': 'refunding',
    'refund of the rest': 'refunding',
    'refund of too much': 'refund-too-large',
    'refund of a place': 'refunding',
    'refund answered': 'partly-refunded, partly-refunded',
    'refund answered: pending': 'partly-refunded, partly-refunded',
    'refund answered: failed': 'succeeded, refund-failed',
    'refund refused': nothing,
    'nothing found at Stripe': nothing,
    'part refunded at the dashboard': 'partly-refunded, partly-refunded',
    'all refunded at the dashboard': 'refunded, refunded',
    'dispute opened': 'succeeded',
    'dispute won': 'succeeded',
    'dispute lost': 'refunded, refunded',
  },
  'succeeded, order cancelled': {
    ...charge,
    ...over,
    ...strays('succeeded'),
    'order:cancelled': nothing,
    'refund of a part': 'refunding',
    'refund of the rest': 'refunding',
    'refund of too much': 'refund-too-large',
    'refund of a place': 'refunding',
    'refund answered': 'refunding',
    'refund answered: pending': 'refunding',
    'refund answered: failed': 'succeeded',
    'refund refused': nothing,
    'nothing found at Stripe': nothing,
    'part refunded at the dashboard': 'partly-refunded, partly-refunded',
    'all refunded at the dashboard': 'refunded, refunded',
    'dispute opened': 'succeeded',
    'dispute won': 'succeeded',
    'dispute lost': 'refunded, refunded',
  },
  'succeeded, disputed': {
    ...charge,
    ...paid,
    ...strays('succeeded'),
    'order:cancelled': 'succeeded',
    'refund of a part': 'payment-disputed',
    'refund of the rest': 'payment-disputed',
    'refund of too much': 'payment-disputed',
    'refund of a place': 'payment-disputed',
    'refund answered': 'partly-refunded, partly-refunded',
    'refund answered: pending': 'partly-refunded, partly-refunded',
    'refund answered: failed': 'succeeded, refund-failed',
    'refund refused': nothing,
    'nothing found at Stripe': nothing,
    'part refunded at the dashboard': 'partly-refunded, partly-refunded',
    'all refunded at the dashboard': 'refunded, refunded',
    'dispute opened': nothing,
    'dispute won': 'succeeded',
    'dispute lost': 'refunded, refunded',
  },
  refunding: {
    ...charge,
    ...paid,
    ...strays('refunding'),
    'order:cancelled': 'refunding',
    'refund of a part': 'refunding',
    'refund of the rest': 'refunding',
    'refund of too much': 'refund-too-large',
    'refund of a place': 'place-refunded',
    'refund answered': 'partly-refunded, partly-refunded',
    'refund answered: pending': 'partly-refunded, partly-refunded',
    'refund answered: failed': 'succeeded, refund-failed',
    'refund refused': 'succeeded, refund-failed',
    'nothing found at Stripe': nothing,
    'part refunded at the dashboard': 'refunding',
    'all refunded at the dashboard': 'refunding',
    'dispute opened': 'succeeded, refund-failed',
    'dispute won': 'refunding',
    'dispute lost': 'refunded, refund-failed, refunded',
  },
  'partly-refunded': {
    ...charge,
    ...paid,
    ...strays('partly-refunded'),
    'order:cancelled': 'refunding',
    'refund of a part': 'refunding',
    'refund of the rest': 'refunding',
    'refund of too much': 'refund-too-large',
    'refund of a place': 'place-refunded',
    'refund answered': 'partly-refunded',
    'refund answered: pending': 'partly-refunded',
    'refund answered: failed': 'succeeded, refund-failed',
    'refund refused': nothing,
    'nothing found at Stripe': nothing,
    'part refunded at the dashboard': 'partly-refunded, partly-refunded',
    'all refunded at the dashboard': 'refunded, refunded',
    'dispute opened': 'partly-refunded',
    'dispute won': 'partly-refunded',
    'dispute lost': 'refunded, refunded',
  },
  refunded: {
    ...charge,
    ...over,
    ...strays('refunded'),
    'order:cancelled': 'refunded',
    'refund of a part': 'refund-too-large',
    'refund of the rest': nothing,
    'refund of too much': 'refund-too-large',
    'refund of a place': 'refund-too-large',
    'refund answered': nothing,
    'refund answered: pending': nothing,
    'refund answered: failed': 'succeeded, refund-failed',
    'refund refused': nothing,
    'nothing found at Stripe': nothing,
    'part refunded at the dashboard': 'refunded',
    'all refunded at the dashboard': 'refunded',
    'dispute opened': 'refunded',
    'dispute won': 'refunded',
    'dispute lost': 'refunded',
  },
  'refunding, earlier release': {
    ...charge,
    ...over,
    ...strays('refunding'),
    'order:cancelled': nothing,
    'refund of a part': 'refund-too-large',
    'refund of the rest': nothing,
    'refund of too much': 'refund-too-large',
    'refund of a place': 'unknown-place',
    'refund answered': 'refunding',
    'refund answered: pending': 'refunding',
    'refund answered: failed': 'refunding, refund-failed',
    'refund refused': nothing,
    'nothing found at Stripe': nothing,
    // The rest is due, too.
    'part refunded at the dashboard': 'refunding',
    'all refunded at the dashboard': 'refunded, refunded',
    // Stripe refuses the refund until the dispute is over.
    'dispute opened': 'succeeded, refund-failed',
    'dispute won': 'refunding',
    'dispute lost': 'refunded, refund-failed, refunded',
  },
  'refunded, earlier release': {
    ...charge,
    ...over,
    ...strays('refunded'),
    'order:cancelled': nothing,
    'refund of a part': 'refund-too-large',
    'refund of the rest': nothing,
    'refund of too much': 'refund-too-large',
    'refund of a place': 'unknown-place',
    'refund answered': 'refunded',
    'refund answered: pending': 'refunded',
    'refund answered: failed': 'refunded, refund-failed',
    'refund refused': nothing,
    'nothing found at Stripe': nothing,
    // The earlier release took a refund of a part for the whole.
    'part refunded at the dashboard': 'refunding',
    'all refunded at the dashboard': 'refunded',
    'dispute opened': 'refunded',
    'dispute won': 'refunded',
    'dispute lost': 'refunded',
  },
  void: {
    ...noIntentOrAttempt,
    ...noCharge,
    ...hidden,
    ...over,
    'success of another intent': 'refunding',
    'success of another amount': 'refunding',
    'success in another currency': 'refunding',
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

  test('takes another intent after its own was cancelled at Stripe', () => {
    const declined = orThrow(recordCancelled(payments.pending as Payment, 'pi_1'));
    expect(declined).toMatchObject({ declineCode: 'payment-cancelled', intents: 1, intentId: undefined });
    expect(pay(declined, card, now)).toMatchObject({ state: { status: 'pending', intents: 1, attempt: 3 } });
  });

  test('begins one attempt per idempotent request, even with other requests in between', () => {
    const begin = (payment: Payment, request?: string) =>
      pay(payment, { userId: buyer, token: 'pm_2', marginMs: 0, request }, now);
    let payment = payments.declined as Payment;
    for (const request of ['a', undefined, 'b']) {
      const pending = orThrow(begin(payment, request)) as Payment & { attempt: number };
      const decline = { attempt: pending.attempt, code: 'card-declined' } as const;
      payment = orThrow(recordDecline(pending, decline, now));
    }
    for (const request of ['a', 'b']) expect(begin(payment, request)).toEqual(already(payment));
    expect(begin(payment, 'c').outcome).toBe('accepted');
  });
});
