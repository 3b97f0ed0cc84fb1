import { jobCause } from '@ticketing/common/observability';
import { settlePayments } from './settle-payments.js';
import { startPayments, type Payments } from '../testing/start.js';

let payments: Payments;
beforeAll(async () => {
  payments = await startPayments({ SETTLE_SWEEP_MS: '3600000' });
});
afterAll(() => payments.stop());

test('the sweep repeats a failed refund at once, although a pending payment would wait', async () => {
  const { id, user, cancel } = await payments.anOrder();
  await payments.pay(id, 'pm_card_visa', user).expect(201);
  await payments.network.inject({ mode: 'down', match: 'refund' });
  await cancel();
  await payments.becomes(id, 'refunding');
  await payments.network.inject({ mode: 'ok' });
  const { ctx } = payments;
  const config = { ...ctx.config, SETTLE_SWEEP_MS: 0, SETTLE_AFTER_MS: 3_600_000 };
  const sweep = settlePayments({ ...ctx, config });
  await sweep({ cause: jobCause('test'), signal: new AbortController().signal });
  expect((await ctx.payments.get(id)).status).toBe('refunded');
});
