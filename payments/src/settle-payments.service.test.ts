import { jobCause } from '@ticketing/common/observability';
import { settlePayments } from './jobs/settle-payments.js';
import { startPayments, type Payments } from './testing/start.js';

let payments: Payments;
beforeAll(async () => {
  payments = await startPayments({ SETTLE_SWEEP_MS: '3600000' });
});
afterAll(() => payments.stop());

test('a charge that payments did not begin is refunded and raises an alarm', async () => {
  const { stripe, webhook } = payments.network;
  const error = jest.spyOn(payments.ctx.log, 'error');
  const { id } = await payments.anOrder();
  const intent = await stripe.paymentIntents.create({
    amount: 1_999,
    currency: 'usd',
    confirm: true,
    payment_method: 'pm_card_visa',
    metadata: { orderId: id },
  });
  await payments.hook(webhook('payment_intent.succeeded', intent)).expect(200);
  await payments.becomes(id, 'refunded');
  const alarm = { orderId: id, intentId: intent.id, problem: 'not-expected', alarm: true };
  expect(error).toHaveBeenCalledWith(alarm, expect.any(String));
});

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
