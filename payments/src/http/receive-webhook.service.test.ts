import { newId } from '@ticketing/common/id';
import { jobCause } from '@ticketing/common/observability';
import { eventually } from '@ticketing/common/testing';
import { requestRefund } from '../refund.js';
import { recordIntentState } from '../settlement/record.js';
import { startPayments, type Payments } from '../testing/start.js';

let payments: Payments;

beforeAll(async () => {
  payments = await startPayments({ SETTLE_SWEEP_MS: '100', SETTLE_AFTER_MS: '400' });
});
afterEach(async () => {
  jest.restoreAllMocks();
  await payments.network.inject({ mode: 'ok' });
});
afterAll(() => payments.stop());

describe('a webhook', () => {
  async function pendingWithIntent() {
    const order = await payments.anOrder();
    await payments.network.inject({ mode: 'down' });
    await payments.network.inject({ mode: 'ok', match: 'create', latencyMs: 1 });
    await payments.pay(order.id, 'pm_card_visa', order.user).expect(202);
    const payment = await payments.ctx.payments.get(order.id);
    if (payment.status !== 'pending' || payment.intentId === undefined) throw new Error(payment.status);
    const { id, intentId } = payment;
    const intent = {
      id: intentId,
      object: 'payment_intent',
      status: 'succeeded',
      amount: 1_999,
      currency: 'usd',
      metadata: payments.markOf(id),
    };
    return { ...order, intent };
  }

  /** A charge with our mark that payments did not make. */
  const chargeFor = (id: string) =>
    payments.network.stripe.paymentIntents.create({
      ...{ amount: 1_999, currency: 'usd', confirm: true, payment_method: 'pm_card_visa' },
      metadata: payments.markOf(id),
    });

  test('about an unknown success completes the payment, however often it arrives', async () => {
    const { id, intent } = await pendingWithIntent();
    const hook = payments.network.webhook('payment_intent.succeeded', intent);
    await payments.hook(hook).expect(200);
    await payments.hook(hook).expect(200);
    expect((await payments.ctx.payments.get(id)).status).toBe('succeeded');
    await eventually(() => expect(payments.eventsOf('payment:created', id)).toHaveLength(1));
  });

  test('about another amount or another intent changes nothing', async () => {
    const { id, intent } = await pendingWithIntent();
    await payments
      .hook(payments.network.webhook('payment_intent.succeeded', { ...intent, amount: 1 }))
      .expect(200);
    await payments
      .hook(payments.network.webhook('payment_intent.succeeded', { ...intent, id: 'pi_2' }))
      .expect(200);
    expect((await payments.ctx.payments.get(id)).status).toBe('pending');
  });

  test('that is forged, old, from the other mode or malformed is refused', async () => {
    const { id, intent } = await pendingWithIntent();
    const { webhook } = payments.network;
    const type = 'payment_intent.succeeded';
    const good = webhook(type, intent);
    const stale = Math.floor(Date.now() / 1_000) - 400;
    await payments.hook(webhook(type, intent, { secret: 'whsec_other' })).expect(400);
    await payments.hook(webhook(type, intent, { timestamp: stale })).expect(400);
    await payments.hook(webhook(type, intent, { livemode: true })).expect(400);
    await payments.hook({ ...good, payload: good.payload.replace('1999', '1998') }).expect(400);
    await payments.hook({ ...good, signature: '' }).expect(400);
    await payments.request.post('/api/payments/webhook').expect(400);
    expect((await payments.ctx.payments.get(id)).status).toBe('pending');
  });

  test('of another system never changes a payment, whatever it reports', async () => {
    const { id, user } = await payments.anOrder();
    const { webhook } = payments.network;
    const before = await payments.ctx.payments.get(id);
    const marks = [
      { installation: 'another', orderId: id },
      { orderId: id },
      {},
      { installation: 'another' },
    ];
    for (const metadata of marks)
      for (const [type, status] of [
        ['payment_intent.succeeded', 'succeeded'],
        ['payment_intent.canceled', 'canceled'],
        ['payment_intent.payment_failed', 'requires_payment_method'],
      ] as const) {
        const intent = { id: 'pi_9', object: 'payment_intent', amount: 1_999, currency: 'usd' };
        await payments.hook(webhook(type, { ...intent, status, metadata })).expect(200);
      }
    for (const object of ['refund', 'charge', 'dispute'])
      await payments.hook(webhook('charge.refunded', { object, payment_intent: 'pi_9' })).expect(200);
    await payments.hook(webhook('customer.created', { id: 'cus_1', object: 'customer' })).expect(200);
    await payments.hook(webhook('payment_intent.succeeded', { object: 'payment_intent' })).expect(200);
    await payments.hook(webhook('ping', undefined)).expect(200);
    expect(await payments.ctx.payments.get(id)).toEqual(before);
    const { values } = await payments.ctx.metrics.webhooksIgnored.get();
    expect(values.find(({ labels }) => labels.reason === 'foreign')?.value).toBeGreaterThanOrEqual(9);
    await payments.pay(id, 'tok_visa', user).expect(201);
  });

  test('about a charge of another system is recorded if the mark is not compared (the control)', async () => {
    const id = newId();
    const foreign = {
      intentId: 'pi_9',
      amountInMinorUnits: 5,
      currency: 'usd',
      status: 'succeeded',
    } as const;
    const intent = {
      ...foreign,
      orderId: id,
      installation: 'another',
      failure: { code: 'card-declined' },
    } as const;
    const recorded = await recordIntentState(payments.ctx, { id }, intent, jobCause('test'));
    expect(recorded.status).toBe('parked');
  });

  test('about an intent of an earlier release counts if the payment has stored the intent', async () => {
    const { id, intent } = await pendingWithIntent();
    const legacy = { ...intent, metadata: { orderId: id } };
    await payments.hook(payments.network.webhook('payment_intent.succeeded', legacy)).expect(200);
    expect((await payments.ctx.payments.get(id)).status).toBe('succeeded');
  });

  test('about a charge that payments did not begin completes the order and raises an alarm', async () => {
    const error = jest.spyOn(payments.ctx.log, 'error');
    const { id } = await payments.anOrder();
    const intent = await chargeFor(id);
    await payments.hook(payments.network.webhook('payment_intent.succeeded', intent)).expect(200);
    expect((await payments.ctx.payments.get(id)).status).toBe('succeeded');
    const alarm = { orderId: id, intentId: intent.id, problem: 'not-expected', alarm: true };
    expect(error).toHaveBeenCalledWith(alarm, expect.any(String));
  });

  test('about another charge of a paid order is kept as a stray, with one alarm', async () => {
    const error = jest.spyOn(payments.ctx.log, 'error');
    const { id, user } = await payments.anOrder();
    await payments.pay(id, 'tok_visa', user).expect(201);
    const intent = await chargeFor(id);
    for (let times = 0; times < 3; times += 1)
      await payments.hook(payments.network.webhook('payment_intent.succeeded', intent)).expect(200);
    expect(await payments.ctx.payments.get(id)).toMatchObject({
      status: 'succeeded',
      strays: [{ intentId: intent.id }],
    });
    const alarms = error.mock.calls.filter(([facts]) => (facts as { problem?: string }).problem === 'stray');
    expect(alarms).toHaveLength(1);
    expect((await payments.network.ledger(id)).map(({ refunded }) => refunded)).toEqual([0, 0]);
  });

  describe('about a charge of an unknown order', () => {
    async function parked() {
      const order = await payments.anOrder();
      await payments.ctx.payments.model.deleteOne({ _id: order.id });
      const intent = await chargeFor(order.id);
      await payments.hook(payments.network.webhook('payment_intent.succeeded', intent)).expect(200);
      await payments.becomes(order.id, 'parked');
      await payments.show(order.id, order.user).expect(404);
      return order;
    }
    const netOf = async (id: string) => {
      const [intent] = await payments.network.ledger(id);
      return (intent?.charged ?? 0) - (intent?.refunded ?? 0);
    };

    test('pays the order when its event arrives', async () => {
      const { id, user, events } = await parked();
      await payments.publish(events.created, { repeat: true });
      await payments.becomes(id, 'succeeded');
      await eventually(() => expect(payments.eventsOf('payment:created', id)).toHaveLength(1));
      expect((await payments.show(id, user).expect(200)).body.status).toBe('succeeded');
      expect(await netOf(id)).toBe(1_999);
    });

    test('is refunded when the order is cancelled', async () => {
      const { id, events } = await parked();
      await payments.publish(events.cancelled);
      await payments.becomes(id, 'refunded');
      expect(await netOf(id)).toBe(0);
    });

    test('is refunded when an operator asks for it, and never by itself', async () => {
      const { id } = await parked();
      expect(await netOf(id)).toBe(1_999);
      const request = { orderId: id, by: 'operator:ann', reason: 'unknown order' };
      await requestRefund(payments.ctx, request, jobCause('test'));
      expect([await netOf(id), (await payments.ctx.payments.get(id)).status]).toEqual([0, 'refunded']);
    });
  });

  test('about an intent that was cancelled at Stripe lets the buyer try again', async () => {
    const { id, user } = await payments.anOrder();
    await payments.pay(id, 'tok_chargeDeclined', user).expect(402);
    const intentId = (await payments.network.ledger(id))[0]?.id ?? '';
    const intent = await payments.network.stripe.paymentIntents.cancel(intentId);
    await payments.hook(payments.network.webhook('payment_intent.canceled', intent)).expect(200);
    expect(await payments.ctx.payments.get(id)).toMatchObject({
      declineCode: 'payment-cancelled',
      intents: 1,
    });
    await payments.pay(id, 'tok_visa', user).expect(201);
    const charges = (await payments.network.ledger(id)).map(({ status, charged }) => `${status} ${charged}`);
    expect(charges.sort()).toEqual(['canceled 0', 'succeeded 1999']);
  });

  test('about a cancelled intent may be lost: paying gets 402 payment-cancelled, the next try succeeds', async () => {
    const { id, user } = await payments.anOrder();
    await payments.pay(id, 'tok_chargeDeclined', user).expect(402);
    const intentId = (await payments.network.ledger(id))[0]?.id ?? '';
    await payments.network.stripe.paymentIntents.cancel(intentId);
    const answer = await payments.pay(id, 'pm_card_visa', user).expect(402);
    expect(answer.body.errors[0].code).toBe('payment-cancelled');
    await payments.pay(id, 'tok_visa', user).expect(201);
  });

  test('of a wrongly configured endpoint is acknowledged, and the log says once what to do', async () => {
    const [error, warn] = [jest.spyOn(payments.ctx.log, 'error'), jest.spyOn(payments.ctx.log, 'warn')];
    const { webhook } = payments.network;
    for (let times = 0; times < 3; times += 1) {
      await payments
        .hook(webhook('v1.payment_intent.succeeded', undefined, { object: 'v2.core.event' }))
        .expect(200);
      await payments.hook(webhook('ping', undefined, { api_version: '2020-08-27' })).expect(200);
    }
    const about = (calls: unknown[][], text: RegExp) => calls.filter(([, line]) => text.test(String(line)));
    expect(about(error.mock.calls, /thin events/)).toHaveLength(1);
    expect(about(warn.mock.calls, /API version/)).toHaveLength(1);
  });

  test('gets 404 without a configured secret', async () => {
    const plain = await startPayments({ STRIPE_WEBHOOK_SECRET: '' });
    await plain.hook(plain.network.webhook('customer.created', {})).expect(404);
    await plain.stop();
  });
});
