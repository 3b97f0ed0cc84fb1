// Refunds and disputes that payments did not ask for: at Stripe's dashboard and at banks.

import { eventually } from '@ticketing/common/testing';
import { startPayments, type Payments } from '../testing/start.js';

let payments: Payments;

beforeAll(async () => {
  payments = await startPayments({ SETTLE_SWEEP_MS: '100' });
});
afterEach(async () => {
  jest.restoreAllMocks();
  await payments.network.inject({ mode: 'ok' });
});
afterAll(() => payments.stop());

async function paidOrder() {
  const order = await payments.anOrder();
  await payments.pay(order.id, 'tok_visa', order.user).expect(201);
  const [intent] = await payments.network.ledger(order.id);
  const intentId = intent?.id ?? '';
  const view = async () => (await payments.show(order.id, order.user).expect(200)).body;
  /** A webhook about the charge. */
  const hint = (type: string) =>
    payments.hook(payments.network.webhook(type, { object: 'charge', payment_intent: intentId })).expect(200);
  const refundAtDashboard = (amount?: number) =>
    payments.network.stripe.refunds.create({
      payment_intent: intentId,
      ...(amount !== undefined && { amount }),
    });
  return { ...order, intentId, view, hint, refundAtDashboard };
}
const kept = async (id: string) => {
  const [intent] = await payments.network.ledger(id);
  return (intent?.charged ?? 0) - (intent?.refunded ?? 0) - (intent?.lost ?? 0);
};

describe('a refund at the dashboard', () => {
  test('of everything is recorded and published once', async () => {
    const { id, view, hint, refundAtDashboard } = await paidOrder();
    await refundAtDashboard();
    for (const type of ['charge.refunded', 'refund.created', 'refund.updated']) await hint(type);
    expect(await view()).toMatchObject({ status: 'refunded', refunds: [{ by: 'card-network' }] });
    await eventually(() =>
      expect(payments.eventsOf('payment:refunded', id)).toMatchObject([{ reason: 'refund' }]),
    );
  });

  test('of a part is a part, and the cancellation of the order returns the rest', async () => {
    const { id, view, hint, cancel, refundAtDashboard } = await paidOrder();
    await refundAtDashboard(500);
    await hint('charge.refunded');
    expect(await view()).toMatchObject({ status: 'partly-refunded', refunded: '5.00' });
    await cancel();
    await payments.becomes(id, 'refunded');
    expect(await kept(id)).toBe(0);
  });

  test('that payments has not heard of does not keep the rest of a cancelled order', async () => {
    const { id, view, cancel, refundAtDashboard } = await paidOrder();
    await refundAtDashboard(500);
    await cancel();
    await payments.becomes(id, 'refunded');
    expect([await kept(id), (await view()).refunded]).toEqual([0, '19.99']);
  });

  test('that races with ours leaves one of them, and the charge is never exceeded', async () => {
    const { id, seller, view, refundAtDashboard, hint } = await paidOrder();
    const [ours] = await Promise.all([
      payments.refund(id, seller, { amount: '15.00' }),
      refundAtDashboard(1_500).catch(() => undefined),
    ]);
    await hint('charge.refunded');
    expect([201, 409]).toContain(ours.status);
    expect([await kept(id), (await view()).refunded]).toEqual([499, '15.00']);
  });
});

describe('a dispute', () => {
  test('is recorded, shown and alarmed, and a lost one is money that went back', async () => {
    const error = jest.spyOn(payments.ctx.log, 'error');
    const { id, seller, intentId, view, hint } = await paidOrder();
    const dispute = await payments.network.dispute(intentId);
    for (let times = 0; times < 2; times += 1) await hint('charge.dispute.created');
    expect(await view()).toMatchObject({
      status: 'succeeded',
      disputes: [{ id: dispute.id, status: 'open' }],
    });
    expect(error.mock.calls.filter(([facts]) => 'disputeId' in (facts as object))).toHaveLength(1);
    expect((await payments.refund(id, seller).expect(409)).body.errors[0].code).toBe('payment-disputed');

    await payments.network.closeDispute(dispute.id, 'lost');
    await hint('charge.dispute.closed');

    expect(await view()).toMatchObject({ status: 'refunded', refunded: '19.99', refunds: [] });
    await eventually(() =>
      expect(payments.eventsOf('payment:refunded', id)).toMatchObject([{ reason: 'dispute-lost' }]),
    );
  });

  test('that is won leaves the payment as it was', async () => {
    const { id, seller, intentId, view, hint } = await paidOrder();
    const dispute = await payments.network.dispute(intentId);
    await hint('charge.dispute.created');
    await payments.network.closeDispute(dispute.id, 'won');
    await hint('charge.dispute.closed');
    expect(await view()).toMatchObject({
      status: 'succeeded',
      refunded: '0.00',
      disputes: [{ status: 'won' }],
    });
    await payments.refund(id, seller).expect(201);
  });

  test.each([
    ['won', 'refunded'],
    ['lost', 'refunded'],
  ] as const)(
    'of a cancelled order that is %s ends with all the money at the buyer',
    async (outcome, status) => {
      const { id, intentId, hint, cancel } = await paidOrder();
      const dispute = await payments.network.dispute(intentId);
      await hint('charge.dispute.created');
      await cancel();
      await eventually(async () =>
        expect(await payments.ctx.payments.get(id)).toMatchObject({
          isOrderCancelled: true,
          status: 'succeeded',
        }),
      );
      await payments.network.closeDispute(dispute.id, outcome);
      await hint('charge.dispute.closed');
      await payments.becomes(id, status);
      expect(await kept(id)).toBe(0);
    },
  );

  test('that payments has not heard of stops the refund of a cancelled order until it is won', async () => {
    const { id, intentId, hint, cancel } = await paidOrder();
    const dispute = await payments.network.dispute(intentId);
    await cancel();
    await eventually(async () =>
      expect(await payments.ctx.payments.get(id)).toMatchObject({ disputes: [{ status: 'open' }] }),
    );
    await payments.network.closeDispute(dispute.id, 'won');
    await hint('charge.dispute.closed');
    await payments.becomes(id, 'refunded');
    expect(await kept(id)).toBe(0);
  });
});

test.each(['refunding', 'refunded'] as const)('a payment that an earlier release left %s', async (status) => {
  const { id, intentId, hint } = await paidOrder();
  if (status === 'refunded')
    await payments.network.stripe.refunds.create(
      { payment_intent: intentId },
      { idempotencyKey: `rf-${id}` },
    );
  await payments.ctx.payments.model.collection.updateOne(
    { _id: id as never },
    { $set: { status }, $inc: { version: 9 } },
  );
  await hint('charge.refunded');
  await payments.becomes(id, 'refunded');
  expect(await kept(id)).toBe(0);
  const [intent] = await payments.network.ledger(id);
  expect(intent?.refunds).toHaveLength(1);
});
