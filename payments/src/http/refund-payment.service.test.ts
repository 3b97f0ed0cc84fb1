// The seller or an operator gives money back.

import { randomUUID } from 'node:crypto';
import { newId } from '@ticketing/common/id';
import { jobCause } from '@ticketing/common/observability';
import { aUser, eventually } from '@ticketing/common/testing';
import { requestRefund as decide } from '../domain/refund-request.js';
import { requestRefund } from '../refund.js';
import { startPayments, type Payments } from '../testing/start.js';

let payments: Payments;
let ahead = 0;

beforeAll(async () => {
  payments = await startPayments({ SETTLE_SWEEP_MS: '100' }, () => new Date(Date.now() + ahead));
});
afterEach(async () => {
  ahead = 0;
  await payments.network.inject({ mode: 'ok' });
});
afterAll(() => payments.stop());

const code = (answer: { body: { errors?: { code: string }[] } }) => answer.body.errors?.[0]?.code;

async function paidOrder(token = 'tok_visa') {
  const order = await payments.anOrder();
  await payments.pay(order.id, token, order.user).expect(201);
  return order;
}
const refunded = async (id: string) => (await payments.network.ledger(id))[0]?.refunded;
const viewOf = async ({ id, user }: Awaited<ReturnType<typeof paidOrder>>) =>
  (await payments.show(id, user).expect(200)).body;
const byOperator = (orderId: string, amountInMinorUnits?: number) =>
  requestRefund(
    payments.ctx,
    { orderId, amountInMinorUnits, by: 'operator:ann', reason: 'asked by mail' },
    jobCause('test'),
  );

describe('a refund by the seller', () => {
  test('of everything goes back once, is published, and is shown to buyer and seller', async () => {
    const order = await paidOrder();
    const { id, seller } = order;
    const answer = await payments.refund(id, seller, { reason: 'rain' }).expect(201);
    const refund = { id: `rf-${id}-1`, amount: '19.99', status: 'succeeded', by: 'seller', reason: 'rain' };
    expect(answer.body).toEqual({ ...refund, currency: 'usd' });
    expect(await viewOf(order)).toMatchObject({ status: 'refunded', refunded: '19.99', refunds: [refund] });
    expect((await payments.show(id, seller).expect(200)).body.status).toBe('refunded');
    await eventually(() =>
      expect(payments.eventsOf('payment:refunded', id)).toMatchObject([
        { amount: '19.99', reason: 'refund', refunds: [refund] },
      ]),
    );
    const again = await payments.refund(id, seller).expect(200);
    expect(again.body).toEqual(answer.body);
    expect(await refunded(id)).toBe(1_999);
    expect(code(await payments.pay(id, 'tok_visa', order.user).expect(409))).toBe('order-cancelled');
  });

  test('of parts leaves the order paid, and the last part is what is left', async () => {
    const order = await paidOrder();
    const { id, seller, user } = order;
    await payments.refund(id, seller, { amount: '5.00' }).expect(201);
    expect(await viewOf(order)).toMatchObject({ status: 'partly-refunded', refunded: '5.00' });
    expect((await payments.pay(id, 'tok_visa', user).expect(200)).body.status).toBe('partly-refunded');
    expect(code(await payments.refund(id, seller, { amount: '15.00' }).expect(409))).toBe('refund-too-large');
    expect((await payments.refund(id, seller).expect(201)).body.amount).toBe('14.99');
    expect(await viewOf(order)).toMatchObject({ status: 'refunded', refunded: '19.99' });
    await eventually(() => expect(payments.eventsOf('payment:partly-refunded', id)).toHaveLength(1));
  });

  test('is refused for a stranger, an unpaid order, a wrong amount and an unknown order', async () => {
    const { id, seller, user } = await paidOrder();
    for (const stranger of [aUser(), user])
      expect(code(await payments.refund(id, stranger).expect(403))).toBe('not-your-sale');
    const unpaid = await payments.anOrder();
    expect(code(await payments.refund(unpaid.id, unpaid.seller).expect(409))).toBe('order-not-paid');
    for (const amount of ['0', '0.00', '-1', '1.999', 5, '', 'x'])
      await payments.refund(id, seller, { amount }).expect(400);
    await payments.refund(id, seller, { amount: '1.00', to: 'me' }).expect(400);
    await payments.refund('0'.repeat(24), seller).expect(404);
    await payments.request.post(`/api/payments/${id}/refunds`).send({}).expect(401);
    expect(await refunded(id)).toBe(0);
  });

  test('under one key is one refund, also if the process dies before it answers', async () => {
    const { id, seller } = await paidOrder();
    const key = randomUUID();
    const send = () => payments.refund(id, seller, { amount: '5.00' }).set('Idempotency-Key', key);
    const first = await send().expect(201);
    expect((await send().expect(201)).body).toEqual(first.body);
    await payments.storage.idempotencyKeys?.model.collection.updateMany({}, { $unset: { answer: '' } });
    ahead = 40_000;
    expect((await send().expect(201)).body).toEqual(first.body);
    expect(await refunded(id)).toBe(500);
    await payments.refund(id, seller, { amount: '5.00' }).expect(201);
    expect(await refunded(id)).toBe(1_000);
  });
});

test('several refunds at once never exceed the charge (the promise)', async () => {
  const order = await paidOrder();
  const { id, seller } = order;
  const all = Array.from({ length: 10 }, () => payments.refund(id, seller, { amount: '5.00' }));
  const statuses = (await Promise.all(all)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 201)).toHaveLength(3);
  expect(statuses.filter((status) => status === 409)).toHaveLength(7);
  expect(await refunded(id)).toBe(1_500);
  expect((await viewOf(order)).refunded).toBe('15.00');
});

test('decided on one reading, they exceed it (the control of the test above)', async () => {
  const { id } = await paidOrder();
  const read = await payments.ctx.payments.get(id);
  const decisions = Array.from({ length: 10 }, () =>
    decide(read, { amountInMinorUnits: 500, by: 'operator:ann', reason: '' }),
  );
  expect(decisions.filter(({ outcome }) => outcome === 'accepted').length * 500).toBeGreaterThan(1_999);
});

describe('an interrupted refund', () => {
  const faults = [
    { match: 'list-refunds', when: 'before' },
    { match: 'list-disputes', when: 'before' },
    { match: 'refund', when: 'before' },
    { match: 'refund', when: 'after' },
  ] as const;

  test.each(faults)('is continued by the sweep and happens once: %j', async (fault) => {
    const order = await paidOrder();
    const { id, seller } = order;
    await payments.network.inject({ mode: 'down', ...fault });
    const answer = await payments.refund(id, seller, { amount: '5.00' }).expect(202);
    expect(answer.body.status).toBe('pending');
    // The sweep may have found a refund that Stripe has made.
    if (fault.when === 'before')
      expect(await viewOf(order)).toMatchObject({ status: 'refunding', refunded: '0.00' });
    await payments.network.inject({ mode: 'ok' });
    await payments.becomes(id, 'partly-refunded');
    expect(await refunded(id)).toBe(500);
    await eventually(() => expect(payments.eventsOf('payment:partly-refunded', id)).toHaveLength(1));
  });

  test('is refused, also to whoever asks again, when a dispute has come first', async () => {
    const { id, seller } = await paidOrder();
    await payments.network.inject({ mode: 'down', match: 'list-disputes', when: 'before' });
    await payments.refund(id, seller).expect(202);
    const [intent] = await payments.network.ledger(id);
    await payments.network.dispute(intent?.id ?? '', { amount: 1_999 });
    await payments.network.inject({ mode: 'ok' });
    expect(code(await payments.refund(id, seller).expect(409))).toBe('payment-disputed');
    expect(await refunded(id)).toBe(0);
  });

  test('of a process that died after Stripe made it is recorded, even after its key is forgotten', async () => {
    const order = await paidOrder();
    const { id } = order;
    const stored = await payments.ctx.payments.get(id);
    if (!('intentId' in stored) || stored.intentId === undefined) throw new Error(stored.status);
    const { intentId } = stored;
    // Without its idempotency key, which Stripe forgets after a day.
    await payments.network.stripe.refunds.create({
      payment_intent: intentId,
      amount: 700,
      metadata: { ...payments.markOf(id), refundId: `rf-${id}-1` },
    });
    await payments.ctx.payments.change(
      id,
      (payment) => decide(payment, { amountInMinorUnits: 700, by: 'operator:ann', reason: '' }),
      jobCause('test'),
    );
    await payments.becomes(id, 'partly-refunded');
    expect(await refunded(id)).toBe(700);
  });
});

describe('a refund that the bank decides later', () => {
  const hint = async (id: string, type: string) => {
    const [intent] = await payments.network.ledger(id);
    const object = { object: 'refund', id: 'any', payment_intent: intent?.id };
    await payments.hook(payments.network.webhook(type, object)).expect(200);
    return intent?.refunds[0]?.id ?? '';
  };

  test('is pending until then', async () => {
    const order = await paidOrder('tok_pendingRefund');
    const { id, seller } = order;
    expect((await payments.refund(id, seller).expect(201)).body.status).toBe('pending');
    const stripeId = await hint(id, 'refund.created');
    await payments.network.settleRefund(stripeId, 'succeeded');
    await hint(id, 'refund.updated');
    expect((await viewOf(order)).refunds).toMatchObject([{ status: 'succeeded' }]);
  });

  test('and that fails is shown, published and repeated by an operator only', async () => {
    const error = jest.spyOn(payments.ctx.log, 'error');
    const order = await paidOrder('tok_pendingRefund');
    const { id, cancel } = order;
    await cancel();
    await payments.becomes(id, 'refunded');
    const [intent] = await payments.network.ledger(id);
    await payments.network.settleRefund(intent?.refunds[0]?.id ?? '', 'failed');
    for (let times = 0; times < 3; times += 1) await hint(id, 'refund.failed');
    expect(await viewOf(order)).toMatchObject({ status: 'succeeded', refunded: '0.00' });
    await eventually(() =>
      expect(payments.eventsOf('payment:refund-failed', id)).toMatchObject([{ refunded: '0.00' }]),
    );
    expect(error).toHaveBeenCalledWith(
      expect.objectContaining({ orderId: id, alarm: true }),
      expect.any(String),
    );
    expect(await byOperator(id)).toMatchObject({
      state: { refund: { by: 'operator:ann', status: 'pending' } },
    });
    expect((await payments.network.ledger(id))[0]?.refunded).toBe(1_999);
  });
});

describe('an operator', () => {
  test('refunds a part, and the history names the operator', async () => {
    const { id } = await paidOrder();
    expect(await byOperator(id, 300)).toMatchObject({
      outcome: 'accepted',
      state: { refund: { status: 'succeeded' } },
    });
    expect(await byOperator(id, 5_000)).toMatchObject({ code: 'refund-too-large' });
    expect(await refunded(id)).toBe(300);
  });

  test('refunds nothing of an unknown order', async () => {
    await expect(byOperator(newId())).rejects.toThrow('not found');
  });
});
