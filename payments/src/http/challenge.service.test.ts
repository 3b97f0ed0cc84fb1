// The bank of the buyer wants to approve a payment.

import { randomUUID } from 'node:crypto';
import { aUser, eventually } from '@ticketing/common/testing';
import { startPayments, type Payments } from '../testing/start.js';

let payments: Payments;
/** Milliseconds by which the clock of the service is ahead. */
let ahead = 0;
const card = 'tok_threeDSecure2Required';

beforeAll(async () => {
  const quick = { SETTLE_SWEEP_MS: '100', SETTLE_AFTER_MS: '400' };
  payments = await startPayments(quick, () => new Date(Date.now() + ahead));
});
afterEach(async () => {
  ahead = 0;
  await payments.network.inject({ mode: 'ok' });
});
afterAll(() => payments.stop());

const code = (answer: { body: { errors?: { code: string }[] } }) => answer.body.errors?.[0]?.code;

async function challenged() {
  const order = await payments.anOrder();
  const answer = await payments.pay(order.id, card, order.user).expect(202);
  expect(answer.body).toMatchObject({ status: 'requires-action', clientSecret: expect.any(String) });
  return { ...order, clientSecret: answer.body.clientSecret as string };
}
const statusOf = async ({ id, user }: Pick<Awaited<ReturnType<typeof challenged>>, 'id' | 'user'>) =>
  (await payments.show(id, user).expect(200)).body.status;
const charges = async (id: string) => {
  const ledger = await payments.network.ledger(id);
  return ledger.map(({ status, charged, refunded }) => `${status} ${charged - refunded}`);
};

test('a buyer who approves is charged once, and the repeated request has the same secret until then', async () => {
  const order = await challenged();
  const { id, user, seller, clientSecret } = order;
  expect((await payments.pay(id, card, user).expect(202)).body.clientSecret).toBe(clientSecret);
  expect((await payments.show(id, user)).body).toMatchObject({ status: 'requires-action', clientSecret });
  expect((await payments.show(id, seller).expect(200)).body).not.toHaveProperty('clientSecret');
  expect(JSON.stringify(await payments.ctx.payments.model.findById(id).lean())).not.toContain(clientSecret);

  await payments.network.answer(clientSecret, 'approve');

  expect(await statusOf(order)).toBe('succeeded');
  await eventually(() => expect(payments.eventsOf('payment:created', id)).toHaveLength(1));
  expect((await payments.pay(id, card, user).expect(200)).body).not.toHaveProperty('clientSecret');
  expect(await charges(id)).toEqual(['succeeded 1999']);
});

test.each(['approve', 'refuse'] as const)('the webhook settles a challenge: %s', async (outcome) => {
  const { id, clientSecret } = await challenged();
  const { stripe, webhook, ledger } = payments.network;
  await payments.network.answer(clientSecret, outcome);
  const intent = await stripe.paymentIntents.retrieve((await ledger(id))[0]?.id ?? '');
  const type = { approve: 'payment_intent.succeeded', refuse: 'payment_intent.payment_failed' }[outcome];
  for (let times = 0; times < 2; times += 1) await payments.hook(webhook(type, intent)).expect(200);
  const { status } = await payments.ctx.payments.get(id);
  expect(status).toBe(outcome === 'approve' ? 'succeeded' : 'declined');
});

test('a buyer who refuses gets 402 authentication-failed and can pay with another card', async () => {
  const { id, user } = await payments.anOrder();
  const key = randomUUID();
  const first = await payments.pay(id, card, user).set('Idempotency-Key', key).expect(202);
  const again = await payments.pay(id, card, user).set('Idempotency-Key', key).expect(202);
  expect(again.body).toEqual(first.body);
  await payments.network.answer(first.body.clientSecret, 'refuse');
  expect(await statusOf({ id, user })).toBe('declined');
  const refused = await payments.pay(id, card, user).set('Idempotency-Key', key).expect(402);
  expect(code(refused)).toBe('authentication-failed');
  await payments.pay(id, 'tok_visa', user).expect(201);
  expect(await charges(id)).toEqual(['succeeded 1999']);
});

test('a report about an earlier attempt leaves the challenge open', async () => {
  const order = await payments.anOrder();
  await payments.pay(order.id, 'tok_chargeDeclined', order.user).expect(402);
  const { stripe, webhook, ledger } = payments.network;
  const stale = await stripe.paymentIntents.retrieve((await ledger(order.id))[0]?.id ?? '');
  await payments.pay(order.id, card, order.user).expect(202);
  await payments.hook(webhook('payment_intent.payment_failed', stale)).expect(200);
  expect(await statusOf(order)).toBe('requires-action');
});

test('another card during a challenge is another attempt with the same intent', async () => {
  const { id, user, clientSecret } = await challenged();
  await payments.pay(id, 'tok_visa', user).expect(201);
  await expect(payments.network.answer(clientSecret, 'approve')).rejects.toThrow('payment_intent');
  expect(await charges(id)).toEqual(['succeeded 1999']);
});

test('an abandoned challenge is cancelled at Stripe before the order expires, without order:cancelled', async () => {
  const { id, clientSecret } = await challenged();
  ahead = 896_000;
  await payments.becomes(id, 'void');
  expect(await charges(id)).toEqual(['canceled 0']);
  await expect(payments.network.answer(clientSecret, 'approve')).rejects.toThrow('payment_intent');
});

test('an approval that nobody has reported completes the payment at the end of the time', async () => {
  const { id, clientSecret } = await challenged();
  await payments.network.answer(clientSecret, 'approve');
  ahead = 896_000;
  await payments.becomes(id, 'succeeded');
  expect(await charges(id)).toEqual(['succeeded 1999']);
});

test('an order cancelled during a challenge is never charged', async () => {
  const { id, user, cancel } = await challenged();
  await cancel();
  await payments.becomes(id, 'void');
  expect(await charges(id)).toEqual(['canceled 0']);
  expect(code(await payments.pay(id, card, user).expect(409))).toBe('order-cancelled');
});

test('an order cancelled after an approval is refunded', async () => {
  const { id, cancel, clientSecret } = await challenged();
  await payments.network.answer(clientSecret, 'approve');
  await cancel();
  await payments.becomes(id, 'refunded');
  expect(await charges(id)).toEqual(['succeeded 0']);
});

test.each([
  { match: 'create', when: 'before' },
  { match: 'create', when: 'after' },
  { match: 'confirm', when: 'before' },
  { match: 'confirm', when: 'after' },
] as const)('an interrupted attempt finds its challenge: %j', async (fault) => {
  const { id, user } = await payments.anOrder();
  await payments.network.inject({ mode: 'down', ...fault });
  await payments.pay(id, 'pm_card_threeDSecure2Required', user).expect(202);
  await payments.network.inject({ mode: 'ok' });
  await payments.becomes(id, 'requires-action');
  const { clientSecret } = (await payments.show(id, user)).body;
  await payments.network.answer(clientSecret, 'approve');
  expect(await statusOf({ id, user })).toBe('succeeded');
  expect(await charges(id)).toEqual(['succeeded 1999']);
});

test('while Stripe is away, the stored state is shown without the secret', async () => {
  const { id, user } = await challenged();
  await payments.network.inject({ mode: 'down' });
  const { body } = await payments.show(id, user).expect(200);
  expect([body.status, body.clientSecret]).toEqual(['requires-action', undefined]);
  expect((await payments.pay(id, card, user).expect(503)).headers['retry-after']).toBeDefined();
});

test.each([card, 'pm_card_authenticationRequired'])(
  'a buyer who cannot answer (offSession) gets 402 with %s, and another card can be tried',
  async (token) => {
    const { id, user } = await payments.anOrder();
    const answer = await payments.pay(id, token, user, { offSession: true }).expect(402);
    expect(code(answer)).toBe('card-needs-authentication');
    await payments.pay(id, 'tok_visa', user).expect(201);
  },
);

test('the secret of one order does not approve another', async () => {
  const [mine, other] = [await challenged(), await challenged()];
  await payments.network.answer(mine.clientSecret, 'approve');
  expect([await statusOf(mine), await statusOf(other)]).toEqual(['succeeded', 'requires-action']);
  await payments.show(other.id, aUser()).expect(403);
});
