import { getOrLate } from '@ticketing/common/documents';
import { newId } from '@ticketing/common/id';
import { aUser, eventually } from '@ticketing/common/testing';
import { startPayments, type Payments } from '../testing/start.js';

let payments: Payments;
/** Milliseconds by which the clock of the service is ahead. */
let ahead = 0;
/** the time at which that clock stands still */
let stopped: number | undefined;

beforeAll(async () => {
  payments = await startPayments({}, () => new Date((stopped ?? Date.now()) + ahead));
});
afterEach(async () => {
  ahead = 0;
  stopped = undefined;
  payments.answerWithin();
  await payments.network.inject({ mode: 'ok' });
});
afterAll(() => payments.stop());

const code = (answer: { body: { errors?: { code: string }[] } }) => answer.body.errors?.[0]?.code;

describe('paying an order', () => {
  test.each(['tok_visa', 'pm_card_visa'])(
    'with %s charges its price once and publishes payment:created',
    async (token) => {
      const { id, user } = await payments.anOrder();
      const answer = await payments.pay(id, token, user);
      expect([answer.status, answer.body]).toEqual([201, { id, orderId: id, status: 'succeeded' }]);
      expect(await payments.network.ledger(id)).toMatchObject([
        { charged: 1_999, refunded: 0, status: 'succeeded' },
      ]);
      const [intent] = await payments.network.ledger(id);
      await eventually(() =>
        expect(payments.eventsOf('payment:created', id)).toMatchObject([
          { orderId: id, amount: '19.99', currency: 'usd', stripeId: intent?.id },
        ]),
      );
      const shown = await payments.show(id, user).expect(200);
      const price = { amount: '19.99', currency: 'usd', refunded: '0.00', refunds: [], disputes: [] };
      expect(shown.body).toEqual({ id, orderId: id, status: 'succeeded', ...price });
    },
  );

  test('again returns the same payment and does not charge again', async () => {
    const { id, user } = await payments.anOrder();
    await payments.pay(id, 'pm_card_visa', user).expect(201);
    const again = await payments.pay(id, 'pm_card_mastercard', user);
    expect([again.status, again.body.status]).toEqual([200, 'succeeded']);
    expect(await payments.network.ledger(id)).toMatchObject([{ charged: 1_999, attempts: 1 }]);
  });

  test('twenty times at once charges once (the promise: one charge)', async () => {
    const { id, user } = await payments.anOrder();
    const answers = await Promise.all(Array.from({ length: 20 }, () => payments.pay(id, 'tok_visa', user)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.every(({ status }) => [200, 201, 202].includes(status))).toBe(true);
    expect(await payments.network.ledger(id)).toMatchObject([{ charged: 1_999, attempts: 1 }]);
  });

  test('with one intent per request charges more than once (the control of the test above)', async () => {
    const { stripe, ledger } = payments.network;
    const id = newId();
    const naive = () =>
      stripe.paymentIntents.create({
        amount: 1_999,
        currency: 'usd',
        confirm: true,
        payment_method: 'pm_card_visa',
        metadata: { orderId: id },
      });
    await Promise.all([naive(), naive()]);
    const charged = (await ledger(id)).reduce((sum, intent) => sum + intent.charged, 0);
    expect(charged).toBeGreaterThan(1_999);
  });

  const declines: [token: string, status: number, refusal: string][] = [
    ['tok_chargeDeclined', 402, 'card-declined'],
    ['pm_card_chargeDeclined', 402, 'card-declined'],
    ['tok_chargeDeclinedInsufficientFunds', 402, 'card-declined'],
    ['tok_nobody_knows_this', 400, 'invalid-token'],
    ['pm_nobody_knows_this', 400, 'invalid-token'],
  ];
  test.each(declines)('with %s gets %i %s, and another card can be tried', async (token, status, refusal) => {
    const { id, user } = await payments.anOrder();
    const answer = await payments.pay(id, token, user);
    expect([answer.status, code(answer)]).toEqual([status, refusal]);
    expect((await payments.show(id, user)).body.status).toBe('declined');
    await payments.pay(id, 'tok_visa', user).expect(201);
    const ledger = await payments.network.ledger(id);
    expect(ledger.map(({ charged }) => charged)).toEqual([1_999]);
  });

  test.each([
    ['insufficient-funds', 'tok_chargeDeclinedInsufficientFunds'],
    ['expired-card', 'tok_chargeDeclinedExpiredCard'],
    ['incorrect-cvc', 'tok_chargeDeclinedIncorrectCvc'],
    ['processing-error', 'tok_chargeDeclinedProcessingError'],
    [undefined, 'tok_chargeDeclined'],
    [undefined, 'tok_chargeDeclinedStolenCard'],
    [undefined, 'tok_chargeDeclinedFraudulent'],
  ])('tells its buyer, and nobody else, why the card was declined: %s for %s', async (reason, token) => {
    const { id, user, seller } = await payments.anOrder();
    await payments.pay(id, token, user).expect(402);
    expect((await payments.show(id, user)).body.declineReason).toBe(reason);
    expect((await payments.show(id, seller).expect(200)).body).not.toHaveProperty('declineReason');
    await payments.pay(id, 'tok_visa', user).expect(201);
    expect((await payments.show(id, user)).body).not.toHaveProperty('declineReason');
  });

  test('that is due or nearly due is refused: order-expired', async () => {
    const { id, user } = await payments.anOrder({ seconds: 4 });
    expect(code(await payments.pay(id, 'tok_visa', user).expect(409))).toBe('order-expired');
    const other = await payments.anOrder();
    ahead = 896_000;
    expect(code(await payments.pay(other.id, 'tok_visa', other.user).expect(409))).toBe('order-expired');
    expect(await payments.network.ledger(id)).toEqual([]);
  });

  test('that is cancelled is refused: order-cancelled', async () => {
    const { id, user, cancel } = await payments.anOrder();
    await cancel();
    await payments.becomes(id, 'void');
    expect(code(await payments.pay(id, 'tok_visa', user).expect(409))).toBe('order-cancelled');
  });

  test('that is free is refused: nothing-to-pay', async () => {
    const { id, user } = await payments.anOrder({ price: '0.00' });
    expect(code(await payments.pay(id, 'tok_visa', user).expect(409))).toBe('nothing-to-pay');
    await payments.show(id, user).expect(404);
    expect(await payments.network.ledger(id)).toEqual([]);
  });

  test('whose event may still be on the way answers 503 with Retry-After, and 404 only when it is old', async () => {
    const user = aUser();
    const answer = await payments.pay(newId(), 'tok_visa', user);
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '2']);
    const old = '0'.repeat(24);
    await payments.pay(old, 'tok_visa', user).expect(404);
    const withoutBus = { ...payments.ctx, bus: { connectedSince: () => undefined } };
    await expect(getOrLate(payments.ctx.payments, old, withoutBus)).rejects.toThrow('not available');
  });

  test('with many declined cards becomes slow: too-many-declines', async () => {
    const { id, user } = await payments.anOrder();
    stopped = Date.now();
    for (let declines = 0; declines < 4; declines += 1)
      await payments.pay(id, 'pm_card_chargeDeclined', user).expect(402);
    const refused = await payments.pay(id, 'pm_card_visa', user).expect(429);
    expect([code(refused), refused.headers['retry-after']]).toEqual(['too-many-declines', '1']);
    ahead = 1_500;
    await payments.pay(id, 'pm_card_visa', user).expect(201);
    expect(await payments.network.ledger(id)).toMatchObject([{ charged: 1_999, attempts: 5 }]);
  });

  test('requires its signed-in buyer, an order id and a card token', async () => {
    const { id, user } = await payments.anOrder();
    expect(code(await payments.pay(id, 'tok_visa', aUser()).expect(403))).toBe('not-your-order');
    await payments.request.post('/api/payments').send({ orderId: id, token: 'tok_visa' }).expect(401);
    await payments.pay('0'.repeat(24), 'tok_visa', user).expect(404);
    await payments.pay(id, 'tok_visa', user, { amount: '1.00' }).expect(400);
    for (const token of ['', 'visa', 'tok_', 7, { $gt: '' }, undefined, `tok_${'x'.repeat(300)}`])
      await payments.pay(id, token, user).expect(400);
    for (const orderId of ['', 'x', 7, { $gt: '' }, undefined])
      await payments.pay(orderId, 'tok_visa', user).expect(400);
    await payments.show(id, aUser()).expect(403);
    await payments.show(id, user).expect(404);
    await payments.show('nonsense', user).expect(404);
  });
});

describe('when the card network fails', () => {
  test('to answer in time, the buyer gets 202 and the outcome is recorded later', async () => {
    const { id, user } = await payments.anOrder();
    payments.answerWithin(500);
    await payments.network.inject({ mode: 'ok', match: 'confirm', latencyMs: 3_000 });
    const pay = () => payments.pay(id, 'pm_card_visa', user).expect(202);
    // Both at once, so that the second one also comes before the outcome.
    for (const { body } of await Promise.all([pay(), pay()])) expect(body.status).toBe('pending');
    await payments.becomes(id, 'succeeded');
    expect(await payments.network.ledger(id)).toMatchObject([{ charged: 1_999, attempts: 1 }]);
  });

  test('because it refuses the API key, the buyer gets 503 with Retry-After and is not charged', async () => {
    const broken = await startPayments({ STRIPE_KEY: 'no_key' });
    const { id, user } = await broken.anOrder();
    const answer = await broken.pay(id, 'pm_card_visa', user);
    expect([answer.status, code(answer), answer.headers['retry-after']]).toEqual([503, 'unavailable', '60']);
    expect((await broken.show(id, user)).body.status).toBe('pending');
    await broken.stop();
  });
});
