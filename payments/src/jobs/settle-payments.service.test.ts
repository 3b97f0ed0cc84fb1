import { jobCause } from '@ticketing/common/observability';
import { settlePayments } from './settle-payments.js';
import { startPayments, type Payments } from '../testing/start.js';

let payments: Payments;
beforeAll(async () => {
  payments = await startPayments({ SETTLE_SWEEP_MS: '3600000' });
});
afterAll(() => payments.stop());

async function sweep(): Promise<void> {
  const { ctx } = payments;
  const config = { ...ctx.config, SETTLE_SWEEP_MS: 0, SETTLE_AFTER_MS: 3_600_000 };
  await settlePayments({ ...ctx, config })({ cause: jobCause('test'), signal: new AbortController().signal });
}

test('the sweep repeats a failed refund at once, although a pending payment would wait', async () => {
  const { id, user, cancel } = await payments.anOrder();
  await payments.pay(id, 'pm_card_visa', user).expect(201);
  await payments.network.inject({ mode: 'down', match: 'refund' });
  await cancel();
  await payments.becomes(id, 'refunding');
  await payments.network.inject({ mode: 'ok' });
  await sweep();
  expect((await payments.ctx.payments.get(id)).status).toBe('refunded');
});

describe('a pending payment', () => {
  async function aPendingPayment(changedAt: Date): Promise<string> {
    const { id, user } = await payments.anOrder();
    await payments.network.inject({ mode: 'down', match: 'confirm' });
    await payments.pay(id, 'pm_card_visa', user).expect(202);
    await payments.network.inject({ mode: 'ok' });
    await payments.ctx.payments.model.collection.updateOne({ _id: id as never }, { $set: { changedAt } });
    return id;
  }
  const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000);

  test.each([
    ['whose request is old is settled', -2, 'succeeded'],
    ['that a clock two hours ahead wrote is settled', 2, 'succeeded'],
    ['whose request may be in flight is left alone', 0, 'pending'],
  ])('%s by the sweep', async (_case, hours, status) => {
    const id = await aPendingPayment(inHours(hours));
    await sweep();
    expect((await payments.ctx.payments.get(id)).status).toBe(status);
  });
});

test('the sweep finds unsettled payments of the past and the future by their index', async () => {
  const find = jest.spyOn(payments.ctx.payments.model, 'find');
  await sweep();
  const [filter] = find.mock.calls.find(([first]) => first && '$or' in first) ?? [];
  find.mockRestore();
  const { queryPlanner } = (await payments.ctx.payments.model.collection
    .find(filter as never)
    .sort({ changedAt: 1 })
    .explain('queryPlanner')) as { queryPlanner: { winningPlan: object } };
  const plan = JSON.stringify(queryPlanner.winningPlan);
  expect(plan.match(/"indexName":"unsettled"/g)).toHaveLength(2);
  expect(plan).not.toContain('COLLSCAN');
});
