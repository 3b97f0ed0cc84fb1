// The operator commands on payments, their search, and the list of stuck payments.

import { UsageError } from '@ticketing/common/operator';
import { newId } from '@ticketing/common/id';
import { aUser } from '@ticketing/common/testing';
import { startPayments, type Payments } from './testing/start.js';

let payments: Payments;
beforeAll(async () => {
  payments = await startPayments({ SETTLE_SWEEP_MS: '3600000' });
});
afterAll(() => payments.stop());

async function aPaidOrder() {
  const order = await payments.anOrder();
  await payments.pay(order.id, 'tok_visa', order.user).expect(201);
  return order;
}
const refundedOf = async (orderId: string) => (await payments.network.ledger(orderId))[0]?.refunded;
const store = (id: string, fields: object) =>
  payments.ctx.payments.model.updateOne({ _id: id }, { $set: fields } as never);

describe('a refund by an operator', () => {
  test('returns the whole amount once, in the operator’s name', async () => {
    const { id } = await aPaidOrder();
    const refund = () => payments.operate('refund', id, '--reason', 'seat was broken');
    const whole = new RegExp(`^refund rf-${id}-1 of 19.99 usd is (pending|succeeded)$`);
    expect(await refund()).toEqual({ lines: [expect.stringMatching(whole)], error: undefined });
    expect(await refundedOf(id)).toBe(1_999);
    expect(await payments.ctx.payments.find(id)).toMatchObject({
      status: 'refunded',
      refunds: [{ by: 'operator:ada', reason: 'seat was broken' }],
    });
    expect((await payments.ctx.payments.historyOf(id)).at(-1)).toMatchObject({
      by: 'operator:ada',
      why: 'ops:refund',
    });

    const again = await refund();
    expect(again.lines).toEqual([expect.stringContaining(`nothing is left to refund: refund rf-${id}-1`)]);
    expect(await refundedOf(id)).toBe(1_999);
  });

  test('returns a part, then what is left, and never more than the charge', async () => {
    const { id } = await aPaidOrder();
    expect((await payments.operate('refund', id, '5')).lines[0]).toContain(`refund rf-${id}-1 of 5.00 usd`);
    const tooMuch = await payments.operate('refund', id, '15.00');
    expect(tooMuch.error?.message).toBe(
      'The refund is more than what is left of the payment. (refund-too-large)',
    );
    const both = await Promise.all([payments.operate('refund', id), payments.operate('refund', id)]);
    expect(both.flatMap(({ lines }) => lines).toSorted()).toEqual([
      expect.stringContaining(`nothing is left to refund: refund rf-${id}-2`),
      expect.stringContaining(`refund rf-${id}-2 of 14.99 usd`),
    ]);
    expect(await refundedOf(id)).toBe(1_999);
  });

  test('is asked for in the back office too, by operators only, and once for each key', async () => {
    const { id, user } = await aPaidOrder();
    const grace = aUser({ role: 'operator' });
    const ask = (body: object, cookie = grace.cookie, key = newId()) =>
      payments.request
        .post(`/api/payments/office/refunds/${id}`)
        .set('Cookie', cookie)
        .set('Idempotency-Key', key)
        .send(body);
    const reason = 'seat was broken';
    expect((await ask({ reason }, user.cookie).expect(403)).body.errors).toMatchObject([
      { code: 'not-an-operator' },
    ]);
    await ask({ amount: '5' }).expect(400);
    expect(await refundedOf(id)).toBe(0);

    for (let time = 0; time < 2; time += 1)
      expect((await ask({ amount: '5', reason }, grace.cookie, 'one-key').expect(201)).body).toMatchObject({
        ...{ id: `rf-${id}-1`, amount: '5.00', by: 'operator', reason },
      });
    expect(await refundedOf(id)).toBe(500);
    expect(await payments.ctx.payments.find(id)).toMatchObject({ refunds: [{ by: `operator:${grace.id}` }] });
    expect((await ask({ amount: '15', reason }).expect(409)).body.errors).toMatchObject([
      { code: 'refund-too-large' },
    ]);
    await ask({ reason }).expect(201);
    expect(await refundedOf(id)).toBe(1_999);
  });

  test('is saved while Stripe is away, and continued by the service', async () => {
    const { id } = await aPaidOrder();
    await payments.network.inject({ mode: 'down' });
    const { lines } = await payments.operate('refund', id);
    await payments.network.inject({ mode: 'ok' });
    expect(lines).toEqual([expect.stringMatching(/is requested, because Stripe has not answered/)]);
    expect(await payments.ctx.payments.find(id)).toMatchObject({ status: 'refunding' });
  });

  test('of an unpaid order is refused', async () => {
    const { id } = await payments.anOrder();
    const { error } = await payments.operate('refund', id);
    expect(error?.message).toBe('The order is not paid, so there is nothing to refund. (order-not-paid)');
    expect((await payments.operate('refund', newId())).error?.message).toBe('payment not found');
  });

  test.each(['0', '-1', '5.001', 'all', '1e3'])('of the amount %s is a mistake in usage', async (amount) => {
    const { id } = await aPaidOrder();
    const { error } = await payments.operate('refund', id, '--', amount);
    expect(error).toBeInstanceOf(UsageError);
    expect(await refundedOf(id)).toBe(0);
  });
});

describe('a payment is found', () => {
  const found = async (text: string) =>
    (await payments.operate('find', text)).lines.map((line) => JSON.parse(line));

  test('by its order, its intent, a refund, a dispute and a stray charge', async () => {
    const { id, user } = await aPaidOrder();
    await payments.operate('refund', id, '5');
    const dispute = { amountInMinorUnits: 100, status: 'won', reason: 'x' };
    const disputes = ['dp_1', 'du_1'].map((disputeId) => ({ id: disputeId, ...dispute }));
    await store(id, { disputes, strays: [{ intentId: `pi_of_${id}` }] });
    const stored = await payments.ctx.payments.find(id);
    if (stored?.status !== 'partly-refunded') throw new Error('no refund');
    const { intentId, refunds = [] } = stored;

    const payment = {
      what: 'payment',
      id,
      status: 'partly-refunded',
      related: { order: id, buyer: user.id, intent: intentId },
    };
    for (const text of [id, intentId, `${refunds[0]?.stripeId}`, 'dp_1', 'du_1', `pi_of_${id}`])
      expect([text, await found(text)]).toEqual([text, [payment]]);
    expect(await found('re_unknown')).toEqual([]);
  });
});

describe('stuck', () => {
  const stuck = async (id: string) =>
    (await payments.operate('stuck')).lines
      .map((line) => JSON.parse(line))
      .filter(({ what }) => what === `payment ${id}`);
  const threeMinutesAgo = () => new Date(Date.now() - 180_000);

  test('names a payment whose step at Stripe does not end', async () => {
    const { id, user } = await payments.anOrder();
    await payments.network.inject({ mode: 'down' });
    await payments.pay(id, 'tok_visa', user).expect(202);
    expect(await stuck(id)).toEqual([]);
    const changedAt = threeMinutesAgo();
    await store(id, { changedAt });
    await payments.network.inject({ mode: 'ok' });
    expect(await stuck(id)).toEqual([
      {
        what: `payment ${id}`,
        problem: 'pending',
        since: changedAt.toISOString(),
        action: expect.any(String),
      },
    ]);
  });

  test('names a challenge whose time is over', async () => {
    const { id } = await payments.anOrder();
    const challenge = { status: 'requires-action', attempt: 1, token: 'tok', intentId: `pi_c${id}` };
    await store(id, challenge);
    expect(await stuck(id)).toEqual([]);
    await store(id, { expiresAt: threeMinutesAgo() });
    expect(await stuck(id)).toMatchObject([{ problem: 'requires-action' }]);
  });

  const money = { amountInMinorUnits: 1_999, currency: 'usd' };
  const aRefund = { id: 'rf-1', amountInMinorUnits: 500, by: 'operator:ada', reason: 'x' };
  const aDispute = { id: 'dp_2', amountInMinorUnits: 1_999, reason: 'x' };
  test.each([
    ['a parked charge', { status: 'parked', userId: '' }, 'an order that nobody knows'],
    ['a stray charge', { strays: [{ intentId: 'pi_other', ...money }] }, 'another intent'],
    ['a failed refund', { refunds: [{ ...aRefund, status: 'failed' }] }, 'a refund has failed'],
    ['an open dispute', { disputes: [{ ...aDispute, status: 'open' }] }, 'disputes it'],
    ['no refund that succeeded', { refunds: [{ ...aRefund, status: 'succeeded' }] }, undefined],
    ['no dispute that is over', { disputes: [{ ...aDispute, status: 'won' }] }, undefined],
  ])('names %s', async (_what, fields, problem) => {
    const { id } = await aPaidOrder();
    expect(await stuck(id)).toEqual([]);
    await store(id, fields);
    const expected = problem === undefined ? [] : [{ problem: expect.stringContaining(problem) }];
    expect(await stuck(id)).toMatchObject(expected);
  });
});
