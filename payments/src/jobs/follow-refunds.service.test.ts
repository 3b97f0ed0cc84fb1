import { DependencyDown } from '@ticketing/common/errors';
import { jobCause } from '@ticketing/common/observability';
import { followRefunds } from './follow-refunds.js';
import { startPayments, type Payments } from '../testing/start.js';

let payments: Payments;
beforeAll(async () => {
  payments = await startPayments({ SETTLE_SWEEP_MS: '3600000' });
});
afterAll(() => payments.stop());

const run = () =>
  followRefunds(payments.ctx)({ cause: jobCause('test'), signal: new AbortController().signal });

/** A refund that was pending at Stripe, and has this outcome now. No webhook tells payments. */
async function aRefund(outcome: 'succeeded' | 'failed', hoursAgo: number) {
  const { id, user, seller } = await payments.anOrder();
  await payments.pay(id, 'tok_pendingRefund', user).expect(201);
  const { body } = await payments.refund(id, seller).expect(201);
  expect(body.status).toBe('pending');
  const [intent] = await payments.network.ledger(id);
  await payments.network.settleRefund(intent?.refunds[0]?.id ?? '', outcome);
  const changedAt = new Date(Date.now() - hoursAgo * 3_600_000);
  await payments.ctx.payments.model.collection.updateOne({ _id: id as never }, { $set: { changedAt } });
  const refunds = async () => (await payments.show(id, user).expect(200)).body.refunds;
  return { id, refunds };
}

test.each(['succeeded', 'failed'] as const)(
  'a pending refund that has %s is recorded, although the webhook was lost',
  async (outcome) => {
    const { refunds } = await aRefund(outcome, 2);
    expect(await refunds()).toMatchObject([{ status: 'pending' }]);
    await run();
    expect(await refunds()).toMatchObject([{ status: outcome }]);
  },
);

test('a refund that has just begun is left to the webhook', async () => {
  const { refunds } = await aRefund('succeeded', 0);
  await run();
  expect(await refunds()).toMatchObject([{ status: 'pending' }]);
});

test('an outage of the card network ends the run, and the next one records the outcome', async () => {
  const { refunds } = await aRefund('succeeded', 2);
  await payments.network.inject({ mode: 'down' });
  await expect(run()).rejects.toThrow(DependencyDown);
  await payments.network.inject({ mode: 'ok' });
  await run();
  expect(await refunds()).toMatchObject([{ status: 'succeeded' }]);
});
