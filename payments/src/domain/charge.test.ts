import { orThrow } from '@ticketing/common/decision';
import fc from 'fast-check';
import {
  recordReported,
  recordRefund,
  recordRefusedRefund,
  refundOfCancelledOrder,
  type ReportedRefund,
} from './charge.js';
import {
  refundableAmount,
  nextRefundId,
  receivedRefundAmount,
  refundedOrPendingAmount,
  type Charge,
  type Dispute,
  type Refund,
} from './charge-state.js';
import { attentionFor, impliedOrderStatus, paymentEvent, type Payment } from './payment-state.js';
import { maxParts, requestRefund } from './refund-request.js';

const id = '0'.repeat(24);
const amountInMinorUnits = 1_000;
const paid: Charge = {
  ...{ id, userId: 'b'.repeat(24), expiresAt: new Date('2026-11-23T12:15:00Z'), version: 4 },
  ...({ amountInMinorUnits, currency: 'usd', intentId: 'pi_1', status: 'succeeded' } as const),
};
const refund = (n: number, amount: number, status: Refund['status'], more: Partial<Refund> = {}): Refund => ({
  ...{ id: `rf-${id}-${n}`, amountInMinorUnits: amount, status, by: 'system', reason: 'order-cancelled' },
  ...more,
});
const dispute = (status: Dispute['status'], more: Partial<Dispute> = {}): Dispute => ({
  ...{ id: 'dp_1', amountInMinorUnits, status, reason: 'fraudulent' },
  ...more,
});
const dashboard = (amount: number, more: Partial<ReportedRefund> = {}): ReportedRefund => ({
  ...{ stripeId: 're_d', amountInMinorUnits: amount, status: 'succeeded', reason: 'requested_by_customer' },
  ...more,
});
const bySeller = { by: 'user:1', reason: 'rain' };
const refundsOf = (payment: Payment) =>
  ((payment as Charge).refunds ?? []).map(
    (entry) => `${entry.id.slice(id.length + 4)} ${entry.amountInMinorUnits} ${entry.status} ${entry.by}`,
  );

test.each([
  ['a requested refund', [refund(1, 100, 'requested')], [], 0],
  ['a refund that Stripe has not finished', [refund(1, 100, 'pending')], [], 0],
  ['refunds that succeeded or failed', [refund(1, 100, 'succeeded'), refund(2, 50, 'failed')], [], 100],
  ['a lost dispute', [], [dispute('lost')], amountInMinorUnits],
  ['an open dispute', [], [dispute('open')], 0],
] as const)('the buyer has again, after %s', (_what, refunds, disputes, amount) => {
  expect(receivedRefundAmount({ ...paid, refunds: [...refunds], disputes: [...disputes] })).toBe(amount);
});

describe('a refund', () => {
  test('under one key is one refund', () => {
    const request = { ...bySeller, amountInMinorUnits: 100, requestKey: 'k' };
    const once = orThrow(requestRefund(paid, request));
    expect(requestRefund(once, request)).toMatchObject({ outcome: 'already', state: once });
    expect(refundsOf(orThrow(requestRefund(once, { ...request, requestKey: 'other' })))).toHaveLength(2);
  });

  // Fills the list of refunds, and shows what is refused then.
  test.each<[what: string, amount: number | undefined, most: number]>([
    ['parts are refused', 1, maxParts],
    ['all that is left is refused', undefined, 2 * maxParts],
  ])('beyond the limit %s: too-many-refunds', (_what, amount, most) => {
    const request = { ...bySeller, amountInMinorUnits: amount };
    const withFailed = (count: number) => ({
      ...paid,
      refunds: Array.from({ length: count }, (_, n) => refund(n + 1, 1, 'failed', bySeller)),
    });
    expect(requestRefund(withFailed(most - 1), request).outcome).toBe('accepted');
    expect(requestRefund(withFailed(most), request)).toEqual({
      outcome: 'refused',
      code: 'too-many-refunds',
    });
  });

  test('of a cancelled order is made however many parts were refunded', () => {
    const parts = Array.from({ length: 3 * maxParts }, (_, n) => refund(n + 1, 1, 'succeeded', bySeller));
    const charge = orThrow(refundOfCancelledOrder({ ...paid, status: 'partly-refunded', refunds: parts }));
    expect(refundableAmount(charge as Charge)).toBe(0);
  });

  test('that failed makes its amount refundable again, under another id', () => {
    const charge = { ...paid, refunds: [refund(1, 1_000, 'failed', bySeller)] };
    expect(refundsOf(orThrow(requestRefund(charge, bySeller)))).toEqual([
      '1 1000 failed user:1',
      '2 1000 requested user:1',
    ]);
  });

  test('at the dashboard is taken over once, and a late older answer does not undo it', () => {
    const found = { refunds: [dashboard(400)], disputes: [] };
    const seen = orThrow(recordReported(paid, found));
    expect(refundsOf(seen)).toEqual(['1 400 succeeded card-network']);
    const late = { refunds: [dashboard(400, { status: 'pending' })], disputes: [] };
    expect([recordReported(seen, found).outcome, recordReported(seen, late).outcome]).toEqual([
      'already',
      'already',
    ]);
  });

  test('ids grow, also after a refund that another system has numbered', () => {
    const refunds = [refund(7, 1, 'failed'), refund(2, 1, 'failed')];
    expect([nextRefundId(paid), nextRefundId({ ...paid, refunds })]).toEqual([`rf-${id}-1`, `rf-${id}-8`]);
  });
});

describe('the charge of a cancelled order', () => {
  const cancelled = orThrow(refundOfCancelledOrder(paid)) as Charge;

  test('is refunded without what went back before', () => {
    const charge = { ...paid, refunds: [refund(1, 300, 'pending', bySeller)] };
    expect(refundsOf(orThrow(refundOfCancelledOrder(charge)))).toEqual([
      '1 300 pending user:1',
      '2 700 requested system',
    ]);
  });

  test.each([
    [400, ['2 400 succeeded card-network'], '3 600 requested system'],
    [1_000, ['2 1000 succeeded card-network'], undefined],
  ])('gets the rest after %i were refunded at the dashboard first', (amount, adopted, due) => {
    const next = orThrow(recordReported(cancelled, { refunds: [dashboard(amount)], disputes: [] }));
    expect(refundsOf(next).sort()).toEqual(due === undefined ? adopted : [...adopted, due]);
    expect(refundedOrPendingAmount(next as Charge)).toBe(1_000);
  });

  test('waits for an open dispute and gets the money back after it is won', () => {
    const held = orThrow(recordReported(cancelled, { refunds: [], disputes: [dispute('open')] }));
    expect([held.status, refundsOf(held)]).toEqual(['succeeded', ['1 1000 failed system']]);
    const won = orThrow(recordReported(held, { refunds: [], disputes: [dispute('won')] }));
    expect([won.status, refundsOf(won).at(-1)]).toEqual(['refunding', '2 1000 requested system']);
  });

  test('is refunded during an inquiry, which holds no money', () => {
    const asked = recordReported(cancelled, {
      refunds: [],
      disputes: [dispute('open', { isRefundable: true })],
    });
    expect(orThrow(asked).status).toBe('refunding');
  });

  test('is not refunded again by itself after its refund failed, but by an operator', () => {
    const failed = orThrow(recordRefusedRefund(cancelled, `rf-${id}-1`, 'unknown'));
    expect([failed.status, attentionFor(failed)]).toEqual(['succeeded', 'refund-failed']);
    expect(recordReported(failed, { refunds: [], disputes: [] }).outcome).toBe('already');
    expect(orThrow(requestRefund(failed, { by: 'operator:ann', reason: 'again' })).status).toBe('refunding');
  });

  test('needs nobody when its money went back at the dashboard after the refund failed', () => {
    const failed = orThrow(recordRefusedRefund(cancelled, `rf-${id}-1`, 'unknown'));
    const whole = recordReported(failed, { refunds: [dashboard(amountInMinorUnits)], disputes: [] });
    expect(attentionFor(orThrow(whole))).toBeUndefined();
  });

  test('is asked for a few times at most, however often Stripe refuses', () => {
    const answers = [dispute('open'), dispute('won')];
    let payment: Payment = cancelled;
    for (const seen of [...answers, ...answers, ...answers]) {
      payment = orThrow(recordReported(payment, { refunds: [], disputes: [seen] }));
      const [open]: readonly Refund[] = ((payment as Charge).refunds ?? []).filter(
        ({ status }) => status === 'requested',
      );
      if (open) payment = orThrow(recordRefusedRefund(payment, open.id, 'payment-disputed'));
    }
    expect(refundsOf(payment)).toHaveLength(4);
  });
});

test.each<[string, Partial<Charge>, ReturnType<typeof impliedOrderStatus>, string | undefined]>([
  ['succeeded', {}, 'complete', 'payment:created'],
  ['refunded in part', { status: 'partly-refunded' }, 'complete', 'payment:created'],
  ['being refunded', { status: 'refunding', refunds: [] }, 'complete', 'payment:created'],
  ['refunded', { status: 'refunded', refunds: [] }, 'refunded', 'payment:refunded'],
  ['refunded by an earlier release', { status: 'refunded' }, 'cancelled', 'payment:refunded'],
  ['of a cancelled order', { isOrderCancelled: true }, 'cancelled', undefined],
  ['not refunded after all', { refunds: [refund(1, 9, 'failed')] }, undefined, 'payment:created'],
  ['of an unknown order', { status: 'parked', userId: '' }, undefined, undefined],
])('a charge that is %s tells the state of its order', (_what, more, status, type) => {
  const charge = { ...paid, ...more };
  expect([impliedOrderStatus(charge), paymentEvent(charge)?.type]).toEqual([status, type]);
});

test('requests and answers in any order never return more than the charge', () => {
  const step = fc.oneof(
    fc.record({ ask: fc.integer({ min: 1, max: 1_200 }) }),
    fc.record({ answer: fc.nat(5), status: fc.constantFrom('pending', 'succeeded', 'failed') }),
    fc.constant('cancel' as const),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      let payment: Payment = paid;
      for (const taken of steps) {
        const { refunds = [] } = payment as Charge;
        if (taken === 'cancel') payment = orThrow(refundOfCancelledOrder(payment as Charge));
        else if ('ask' in taken) {
          const decision = requestRefund(payment, { ...bySeller, amountInMinorUnits: taken.ask });
          if (decision.outcome === 'accepted') payment = decision.state;
        } else {
          const asked = refunds[taken.answer];
          const stripeId = `re_${taken.answer}`;
          const facts = {
            amountInMinorUnits: asked?.amountInMinorUnits ?? 0,
            status: taken.status,
            reason: '',
          };
          if (asked)
            payment = orThrow(recordRefund(payment, { ...facts, stripeId, refundId: asked.id } as never));
        }
        expect(refundedOrPendingAmount(payment as Charge)).toBeLessThanOrEqual(amountInMinorUnits);
        expect(refundableAmount(payment as Charge)).toBe(
          amountInMinorUnits - refundedOrPendingAmount(payment as Charge),
        );
      }
    }),
  );
});
