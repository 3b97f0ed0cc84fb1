import { newId } from '@ticketing/common/id';
import { eventually } from '@ticketing/common/testing';
import { startPayments, type Payments } from '../testing/start.js';

let payments: Payments;

beforeAll(async () => {
  payments = await startPayments({
    PAYMENT_ANSWER_MS: '300',
    SETTLE_SWEEP_MS: '100',
    SETTLE_AFTER_MS: '400',
    STRIPE_TIMEOUT_MS: '800',
  });
});
afterEach(() => payments.network.inject({ mode: 'ok' }));
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

  test('about an intent or an event type of another system is acknowledged and ignored', async () => {
    const { webhook } = payments.network;
    const foreign = {
      id: 'pi_9',
      object: 'payment_intent',
      status: 'succeeded',
      amount: 5,
      currency: 'usd',
      metadata: {},
    };
    await payments.hook(webhook('payment_intent.succeeded', foreign)).expect(200);
    await payments.hook(webhook('customer.created', { id: 'cus_1', object: 'customer' })).expect(200);
    await payments.hook(webhook('payment_intent.succeeded', { ...foreign, currency: 'xau' })).expect(200);
    await payments.hook(webhook('payment_intent.succeeded', { object: 'payment_intent' })).expect(200);
    await payments.hook(webhook('ping', undefined)).expect(200);
    const unknownOrder = { ...foreign, status: 'canceled', metadata: { orderId: newId() } };
    await payments.hook(webhook('payment_intent.canceled', unknownOrder)).expect(200);
  });

  test('gets 404 without a configured secret', async () => {
    const plain = await startPayments({ STRIPE_WEBHOOK_SECRET: '' });
    await plain.hook(plain.network.webhook('customer.created', {})).expect(404);
    await plain.stop();
  });
});
