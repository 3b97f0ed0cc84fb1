import { orThrow } from '@ticketing/common/decision';
import type { Place } from '@ticketing/common/events';
import { recordRefund, recordRefusedRefund } from './charge.js';
import type { Charge, Refund } from './charge-state.js';
import { historyDetail, paymentEvent, type Payment } from './payment-state.js';
import { requestRefund } from './refund-request.js';

const id = '0'.repeat(24);
const [floor, box, gift] = ['e'.repeat(24), 'f'.repeat(24), 'a'.repeat(24)];
const at = (ticketId: string, place: number): Place => ({ ticketId, place });

/** Two places for 5.00, one for 9.00, and a free one. */
const paid: Charge = {
  ...{ id, userId: 'b'.repeat(24), expiresAt: new Date('2026-11-23T12:15:00Z'), version: 4 },
  ...({ amountInMinorUnits: 1_900, currency: 'usd', intentId: 'pi_1', status: 'succeeded' } as const),
  items: [
    { ticketId: floor, priceInMinorUnits: 500, places: [7, 8] },
    { ticketId: box, priceInMinorUnits: 900, places: [0] },
    { ticketId: gift, priceInMinorUnits: 0, places: [2] },
  ],
};
const ask = (payment: Payment, ...places: Place[]) =>
  requestRefund(payment, { places, by: 'user:1', reason: 'rain' });
const refundOf = (status: Refund['status'], places: Place[], amountInMinorUnits = 500): Refund => ({
  ...{ id: `rf-${id}-1`, amountInMinorUnits, status, by: 'user:1', reason: 'rain', places },
});
const answer = (payment: Payment, status: 'pending' | 'succeeded' | 'failed') => {
  const last = (payment as Charge).refunds?.at(-1);
  if (!last) throw new Error('no refund');
  const { id: refundId, amountInMinorUnits } = last;
  const stripeId = `re_${refundId}`;
  return recordRefund(payment, { amountInMinorUnits, status, reason: '', stripeId, refundId });
};
const dataOf = (payment: Payment) => paymentEvent(payment)?.data as { refunds: object[] } | undefined;

describe('a refund of places', () => {
  test.each<[what: string, places: Place[], amount: number]>([
    ['one place', [at(floor, 8)], 500],
    ['places of two tickets', [at(floor, 7), at(box, 0)], 1_400],
    ['a free place beside a paid one', [at(gift, 2), at(box, 0)], 900],
    ['all places', [at(floor, 7), at(floor, 8), at(box, 0), at(gift, 2)], 1_900],
  ])('is the sum of their prices: %s', (_what, places, amountInMinorUnits) => {
    expect(ask(paid, ...places)).toMatchObject({
      outcome: 'accepted',
      state: { status: 'refunding', refunds: [{ places, amountInMinorUnits, status: 'requested' }] },
    });
  });

  test.each<[what: string, payment: Charge, places: Place[], code: string]>([
    ['a place that the order never held', paid, [at(floor, 7), at(floor, 9)], 'unknown-place'],
    ['another ticket', paid, [at('c'.repeat(24), 0)], 'unknown-place'],
    ['a payment of an earlier release', { ...paid, items: undefined }, [at(floor, 7)], 'unknown-place'],
    ['the same place twice', paid, [at(floor, 7), at(floor, 7)], 'place-refunded'],
    ['only free places', paid, [at(gift, 2)], 'nothing-to-refund'],
    [
      'more than is left',
      { ...paid, refunds: [refundOf('succeeded', [], 1_500)] },
      [at(floor, 7)],
      'refund-too-large',
    ],
  ])('is refused for %s', (_what, payment, places, code) => {
    expect(ask(payment, ...places)).toMatchObject({ outcome: 'refused', code });
  });

  test('names the place that is refused', () => {
    expect(ask(paid, at(floor, 7), at(box, 5))).toMatchObject({ details: at(box, 5) });
  });

  test.each<[status: Refund['status'], outcome: string]>([
    ['requested', 'refused'],
    ['pending', 'refused'],
    ['succeeded', 'refused'],
    ['failed', 'accepted'],
  ])('that another refund names, which is %s, is %s', (status, outcome) => {
    const charge = { ...paid, refunds: [refundOf(status, [at(floor, 7)])] };
    expect(ask(charge, at(floor, 7), at(floor, 8))).toMatchObject({ outcome });
    expect(ask(charge, at(floor, 8))).toMatchObject({ outcome: 'accepted' });
  });

  test('of the last place returns the whole charge', () => {
    let payment: Payment = paid;
    for (const place of [at(floor, 7), at(box, 0), at(floor, 8)])
      payment = orThrow(answer(orThrow(ask(payment, place)), 'succeeded'));
    expect(payment.status).toBe('refunded');
    expect(paymentEvent(payment)?.type).toBe('payment:refunded');
  });
});

describe('the event of a refund of places', () => {
  const asked = orThrow(ask(paid, at(floor, 7)));
  const pending = answer(asked, 'pending');
  const news = (status: Refund['status']) => ({
    type: 'payment:partly-refunded',
    data: { refunds: [{ status, places: [at(floor, 7)] }] },
  });

  test('is published when the bank has decided, because only then the places are free', () => {
    expect(pending).toMatchObject({ events: [news('pending')] });
    expect(answer(orThrow(pending), 'succeeded')).toMatchObject({ events: [news('succeeded')] });
    expect(answer(asked, 'succeeded')).toMatchObject({ events: [news('succeeded')] });
  });

  test('does not wait for another refund that Stripe has not answered', () => {
    const both = orThrow(ask(orThrow(ask(paid, at(box, 0))), at(floor, 7)));
    const answered = answer(both, 'succeeded');
    expect(answered).toMatchObject({
      state: { status: 'refunding' },
      events: [{ data: { refunds: [{ status: 'pending' }, { status: 'succeeded' }] } }],
    });
  });

  test('of an amount is published once', () => {
    const part = orThrow(requestRefund(paid, { amountInMinorUnits: 1, by: 'user:1', reason: '' }));
    const later = answer(orThrow(answer(part, 'pending')), 'succeeded');
    expect(later).toMatchObject({ outcome: 'accepted', events: [] });
  });

  test('is what a consumer gets that has missed others, once places are free', () => {
    expect(paymentEvent(orThrow(pending))?.type).toBe('payment:created');
    const freed = orThrow(answer(asked, 'succeeded'));
    expect(paymentEvent(freed)?.type).toBe('payment:partly-refunded');
    const another = orThrow(ask(freed, at(box, 0)));
    expect(another.status).toBe('refunding');
    expect(dataOf(another)?.refunds).toMatchObject([{ status: 'succeeded' }, { places: [at(box, 0)] }]);
  });

  test('of a refused refund frees nothing', () => {
    const refused = orThrow(recordRefusedRefund(asked, `rf-${id}-1`, 'payment-disputed'));
    expect(paymentEvent(refused)?.type).toBe('payment:created');
    expect(ask(refused, at(floor, 7))).toMatchObject({ outcome: 'accepted' });
  });
});

test('the history names the places of a refund', () => {
  expect(historyDetail(paid, orThrow(ask(paid, at(floor, 7), at(box, 0))))).toBe(
    `rf-${id}-1 requested 14.00 for ${floor}/7 ${box}/0`,
  );
});
