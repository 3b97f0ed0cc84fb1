// A payment request with an Idempotency-Key makes one attempt, whatever its outcome.

import { randomUUID } from 'node:crypto';
import type { TestUser } from '@ticketing/common/testing';
import { startPayments, type Payments } from '../testing/start.js';

let payments: Payments;
let ahead = 0;

beforeAll(async () => {
  payments = await startPayments({}, () => new Date(Date.now() + ahead));
});
afterEach(async () => {
  ahead = 0;
  payments.answerWithin();
  await payments.network.inject({ mode: 'ok' });
});
afterAll(() => payments.stop());

const code = (answer: { body: { errors?: { code: string }[] } }) => answer.body.errors?.[0]?.code;
const pay = (key: string, orderId: string, token: string, user: TestUser) =>
  payments.pay(orderId, token, user).set('Idempotency-Key', key);
const attempts = async (orderId: string) =>
  (await payments.network.ledger(orderId)).reduce((sum, intent) => sum + intent.attempts, 0);

test('a repeated payment request gets the same answer and charges once', async () => {
  const { id, user } = await payments.anOrder();
  const key = randomUUID();
  const first = await pay(key, id, 'tok_visa', user).expect(201);
  const again = await pay(key, id, 'tok_visa', user).expect(201);
  expect([again.body, again.get('ETag')]).toEqual([first.body, first.get('ETag')]);
  expect(await payments.network.ledger(id)).toMatchObject([{ charged: 1_999, attempts: 1 }]);
});

test('a repeated request gets the same decline, and another attempt needs another key', async () => {
  const { id, user } = await payments.anOrder();
  const key = randomUUID();
  for (let times = 0; times < 3; times += 1)
    expect(code(await pay(key, id, 'tok_chargeDeclined', user).expect(402))).toBe('card-declined');
  expect(await attempts(id)).toBe(1);
  expect(code(await pay(key, id, 'tok_visa', user).expect(422))).toBe('idempotency-key-reused');
  await pay(randomUUID(), id, 'tok_visa', user).expect(201);
  expect(await attempts(id)).toBe(2);
});

test('without a key, each request makes another attempt (the control of the test above)', async () => {
  const { id, user } = await payments.anOrder();
  for (let times = 0; times < 3; times += 1) await payments.pay(id, 'tok_chargeDeclined', user).expect(402);
  expect(await attempts(id)).toBe(3);
});

// The process dies after the decline and before its answer is saved, so the claim expires.
test('a request whose process died makes no second attempt, even after other requests', async () => {
  const { id, user } = await payments.anOrder();
  const key = randomUUID();
  const keys = payments.storage.idempotencyKeys?.model.collection;
  if (!keys) throw new Error('payments stores no idempotency keys');
  await pay(key, id, 'tok_chargeDeclined', user).expect(402);
  await pay(randomUUID(), id, 'tok_chargeDeclined', user).expect(402);
  await payments.pay(id, 'tok_chargeDeclined', user).expect(402);
  await keys.updateMany({}, { $unset: { answer: '' } });
  ahead = 40_000;
  expect(code(await pay(key, id, 'tok_chargeDeclined', user).expect(402))).toBe('card-declined');
  expect(await attempts(id)).toBe(3);
});

test('a pending answer is not saved, so a repeat shows the outcome', async () => {
  const { id, user } = await payments.anOrder();
  const key = randomUUID();
  payments.answerWithin(500);
  await pay(key, id, 'tok_slow', user).expect(202);
  await payments.becomes(id, 'succeeded');
  expect((await pay(key, id, 'tok_slow', user).expect(200)).body.status).toBe('succeeded');
  expect(await payments.network.ledger(id)).toMatchObject([{ charged: 1_999, attempts: 1 }]);
});
