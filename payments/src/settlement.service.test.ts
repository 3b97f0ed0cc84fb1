// A payment comes to rest whatever happens between us and the card network: what was asked for is charged once,
// what was not is given back.

import { newId } from '@ticketing/common/id';
import { eventually } from '@ticketing/common/testing';
import { startPayments, type Payments } from './testing/start.js';

let payments: Payments;
let ahead = 0;

beforeAll(async () => {
  const quick = {
    PAYMENT_ANSWER_MS: '300',
    SETTLE_SWEEP_MS: '100',
    SETTLE_AFTER_MS: '400',
    STRIPE_TIMEOUT_MS: '800',
  };
  payments = await startPayments(quick, () => new Date(Date.now() + ahead));
});
afterEach(async () => {
  ahead = 0;
  await payments.network.trouble({ mode: 'ok' });
});
afterAll(() => payments.stop());

const charged = async (id: string) => {
  const intents = await payments.network.ledger(id);
  return intents.reduce((sum, intent) => sum + intent.charged - intent.refunded, 0);
};

describe('an attempt that was interrupted', () => {
  const calls = ['create', 'confirm'] as const;
  const faults = [
    { mode: 'down', when: 'before' },
    { mode: 'down', when: 'after' },
    { mode: 'rate-limited' },
    { mode: 'blackhole', when: 'before' },
    { mode: 'blackhole', when: 'after' },
  ] as const;
  const cases = calls.flatMap((match) => faults.map((fault) => ({ match, ...fault })));

  test.each(cases)('at %j is settled by the sweep, with one charge', async (fault) => {
    const { id, user } = await payments.anOrder();
    await payments.network.trouble(fault);
    const answer = await payments.pay(id, 'pm_card_visa', user);
    expect(answer.status).toBe(202);
    await payments.network.trouble({ mode: 'ok' });
    await payments.becomes(id, 'succeeded');
    expect(await payments.network.ledger(id)).toMatchObject([{ charged: 1_999, refunded: 0 }]);
    await eventually(() => expect(payments.eventsOf('payment:created', id)).toHaveLength(1));
  });

  test.each(['tok_500AfterSuccess', 'tok_lostAnswer'])(
    'with %s is found to have succeeded, with one charge',
    async (token) => {
      const { id, user } = await payments.anOrder();
      await payments.pay(id, token, user).expect(202);
      await payments.becomes(id, 'succeeded');
      expect(await payments.network.ledger(id)).toMatchObject([{ charged: 1_999, refunded: 0, attempts: 1 }]);
    },
  );

  test('and declined behind our back is found to be declined', async () => {
    const { id, user } = await payments.anOrder();
    await payments.network.trouble({ mode: 'down', match: 'confirm', when: 'after' });
    await payments.pay(id, 'tok_chargeDeclined', user).expect(202);
    await payments.network.trouble({ mode: 'ok' });
    await payments.becomes(id, 'declined');
    await payments.pay(id, 'tok_visa', user).expect(201);
    expect(await charged(id)).toBe(1_999);
  });

  test('and not resumed before the window closed ends without a charge', async () => {
    const { id, user } = await payments.anOrder();
    await payments.network.trouble({ mode: 'down', match: 'confirm', when: 'before' });
    await payments.pay(id, 'pm_card_visa', user).expect(202);
    ahead = 901_000;
    await payments.becomes(id, 'void');
    expect(await payments.network.ledger(id)).toMatchObject([{ status: 'canceled', charged: 0 }]);
  });

  test('is resumed by another process when ours has died', async () => {
    const { id } = await payments.anOrder();
    const cause = { by: 'test', why: 'test', traceparent: '' };
    const { change, get } = payments.ctx.payments;
    const seen = await get(id);
    if (seen.status !== 'none') throw new Error('not a new payment');
    await change(
      id,
      (payment) => ({
        outcome: 'accepted',
        events: [],
        state: { ...payment, ...seen, status: 'pending', attempt: 1, token: 'pm_card_visa', version: 1 },
      }),
      cause,
    );
    await payments.becomes(id, 'succeeded');
    expect(await charged(id)).toBe(1_999);
  });
});

describe('an order that is cancelled', () => {
  test('after it was paid gets its money back, once', async () => {
    const { id, user, cancel, events } = await payments.anOrder();
    await payments.pay(id, 'tok_visa', user).expect(201);
    await Promise.all([cancel(), payments.publish(events.cancelled, { repeat: true })]);
    await payments.becomes(id, 'refunded');
    expect(await payments.network.ledger(id)).toMatchObject([{ charged: 1_999, refunded: 1_999 }]);
    await eventually(() =>
      expect(payments.eventsOf('payment:refunded', id)).toMatchObject([{ amount: '19.99' }]),
    );
    expect((await payments.show(id, user)).body.status).toBe('refunded');
    const steps = ((await payments.storage.history?.(id)) ?? []).map(
      ({ by, from, to }) => `${by.slice(0, 6)} ${from} ${to}`,
    );
    expect(steps.slice(-3)).toEqual([
      'user:' + user.id.slice(0, 1) + ' pending succeeded',
      'system succeeded refunding',
      'system refunding refunded',
    ]);
  });

  test('while the card network is thinking is not charged in the end', async () => {
    const { id, user, cancel } = await payments.anOrder();
    await payments.network.trouble({ mode: 'ok', match: 'confirm', latencyMs: 500, calls: 1 });
    await payments.pay(id, 'pm_card_visa', user).expect(202);
    await cancel();
    await eventually(async () =>
      expect(['void', 'refunded']).toContain((await payments.ctx.payments.get(id)).status),
    );
    expect(await charged(id)).toBe(0);
  });

  test('before its intent was stored is never confirmed', async () => {
    const { id, user, cancel } = await payments.anOrder();
    await payments.network.trouble({ mode: 'ok', match: 'create', latencyMs: 500, calls: 1 });
    await payments.pay(id, 'pm_card_visa', user).expect(202);
    await cancel();
    await payments.becomes(id, 'void');
    await eventually(async () =>
      expect(await payments.network.ledger(id)).toMatchObject([{ status: 'canceled', charged: 0 }]),
    );
  });

  test('after a decline has its intent cancelled, so that nobody can pay it', async () => {
    const { id, user, cancel } = await payments.anOrder();
    await payments.pay(id, 'tok_chargeDeclined', user).expect(402);
    await cancel();
    await payments.becomes(id, 'void');
    expect(await payments.network.ledger(id)).toMatchObject([{ status: 'canceled' }]);
  });

  test('gets its money back although the network is out of order at first', async () => {
    const { id, user, cancel } = await payments.anOrder();
    await payments.pay(id, 'tok_visa', user).expect(201);
    await payments.network.trouble({ mode: 'down', match: 'refund', when: 'after' });
    await cancel();
    await payments.becomes(id, 'refunding');
    await payments.network.trouble({ mode: 'ok' });
    await payments.becomes(id, 'refunded');
    expect(await payments.network.ledger(id)).toMatchObject([{ charged: 1_999, refunded: 1_999 }]);
  });

  test('whose cancellation comes before the order itself is never charged', async () => {
    const { events, id, user } = await payments.anOrder();
    await payments.ctx.payments.model.deleteOne({ _id: id });
    await payments.publish(events.cancelled);
    await payments.becomes(id, 'void');
    await payments.publish(events.created, { repeat: true });
    const answer = await payments.pay(id, 'tok_visa', user);
    expect(answer.status).toBe(409);
    expect(await payments.network.ledger(id)).toEqual([]);
  });
});

describe('a webhook', () => {
  async function pendingWithIntent() {
    const order = await payments.anOrder();
    await payments.network.trouble({ mode: 'down' });
    await payments.network.trouble({ mode: 'ok', match: 'create', latencyMs: 1 });
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
      metadata: { orderId: id },
    };
    return { ...order, intent };
  }

  test('of a success that we have not heard of completes the payment, however often it comes', async () => {
    const { id, intent } = await pendingWithIntent();
    const hook = payments.network.webhook('payment_intent.succeeded', intent);
    await payments.hook(hook).expect(200);
    await payments.hook(hook).expect(200);
    expect((await payments.ctx.payments.get(id)).status).toBe('succeeded');
    await eventually(() => expect(payments.eventsOf('payment:created', id)).toHaveLength(1));
  });

  test('of another amount, or of another intent, changes nothing', async () => {
    const { id, intent } = await pendingWithIntent();
    await payments
      .hook(payments.network.webhook('payment_intent.succeeded', { ...intent, amount: 1 }))
      .expect(200);
    await payments
      .hook(payments.network.webhook('payment_intent.succeeded', { ...intent, id: 'pi_2' }))
      .expect(200);
    expect((await payments.ctx.payments.get(id)).status).toBe('pending');
  });

  test('that is forged, stale, of the other mode, or no event at all is refused', async () => {
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

  test('about an intent or a type that is not ours is taken and forgotten', async () => {
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
    const stranger = { ...foreign, status: 'canceled', metadata: { orderId: newId() } };
    await payments.hook(webhook('payment_intent.canceled', stranger)).expect(200);
  });

  test('of money for an order that nobody knows leads to a refund', async () => {
    const { stripe, webhook, ledger } = payments.network;
    const id = newId();
    const intent = await stripe.paymentIntents.create({
      amount: 700,
      currency: 'usd',
      confirm: true,
      payment_method: 'pm_card_visa',

      metadata: { orderId: id },
    });
    await payments.hook(webhook('payment_intent.succeeded', intent)).expect(200);
    await payments.becomes(id, 'refunded');
    expect(await ledger(id)).toMatchObject([{ charged: 700, refunded: 700 }]);
  });

  test('does not exist without a secret to check it with', async () => {
    const plain = await startPayments({ STRIPE_WEBHOOK_SECRET: '' });
    await plain.hook(plain.network.webhook('customer.created', {})).expect(404);
    await plain.stop();
  });
});
