// A payment under an Idempotency-Key: one attempt, whatever becomes of it.

import { randomUUID } from 'node:crypto';
import type { TestUser } from '@ticketing/common/testing';
import { startPayments, type Payments } from '../testing/start.js';

let payments: Payments;
let ahead = 0;

beforeAll(async () => {
  payments = await startPayments({ PAYMENT_ANSWER_MS: '2000' }, () => new Date(Date.now() + ahead));
});
afterEach(async () => {
  ahead = 0;
  await payments.network.trouble({ mode: 'ok' });
});
afterAll(() => payments.stop());

const code = (answer: { body: { errors?: { code: string }[] } }) => answer.body.errors?.[0]?.code;
const pay = (key: string, orderId: string, token: string, user: TestUser) =>
  payments.pay(orderId, token, user).set('Idempotency-Key', key);
const attempts = async (orderId: string) =>
  (await payments.network.ledger(orderId)).reduce((sum, intent) => sum + intent.attempts, 0);

test('a payment that is sent again has the same answer and one charge', async () => {
  const { id, user } = await payments.anOrder();
  const key = randomUUID();
  const first = await pay(key, id, 'tok_visa', user).expect(201);
  const again = await pay(key, id, 'tok_visa', user).expect(201);
  expect([again.body, again.get('ETag')]).toEqual([first.body, first.get('ETag')]);
  expect(await payments.network.ledger(id)).toMatchObject([{ charged: 1_999, attempts: 1 }]);
});

test('a decline is answered again; another attempt needs another key', async () => {
  const { id, user } = await payments.anOrder();
  const key = randomUUID();
  for (let times = 0; times < 3; times += 1)
    expect(code(await pay(key, id, 'tok_chargeDeclined', user).expect(402))).toBe('card-declined');
  expect(await attempts(id)).toBe(1);
  expect(code(await pay(key, id, 'tok_visa', user).expect(422))).toBe('idempotency-key-reused');
  await pay(randomUUID(), id, 'tok_visa', user).expect(201);
  expect(await attempts(id)).toBe(2);
});

test('…and without a key each time is another attempt (this keeps the test above honest)', async () => {
  const { id, user } = await payments.anOrder();
  for (let times = 0; times < 3; times += 1) await payments.pay(id, 'tok_chargeDeclined', user).expect(402);
  expect(await attempts(id)).toBe(3);
});

// The process dies after the attempt was declined and before the answer was kept: the claim runs out.
test('a request whose process died begins no second attempt, also when others came between', async () => {
  const { id, user } = await payments.anOrder();
  const key = randomUUID();
  const keys = payments.storage.idempotencyKeys?.model.collection;
  if (!keys) throw new Error('payments stores no idempotency keys');
  await pay(key, id, 'tok_chargeDeclined', user).expect(402);
  await pay(randomUUID(), id, 'tok_chargeDeclined', user).expect(402);
  await payments.pay(id, 'tok_chargeDeclined', user).expect(402);
  await keys.updateMany({}, { $unset: { answer: '' } });
  ahead = 15_000;
  expect(code(await pay(key, id, 'tok_chargeDeclined', user).expect(402))).toBe('card-declined');
  expect(await attempts(id)).toBe(3);
});

test('an answer that is on its way is not kept: the next one says what came of it', async () => {
  const { id, user } = await payments.anOrder();
  const key = randomUUID();
  await pay(key, id, 'tok_slow', user).expect(202);
  await payments.becomes(id, 'succeeded');
  expect((await pay(key, id, 'tok_slow', user).expect(200)).body.status).toBe('succeeded');
  expect(await payments.network.ledger(id)).toMatchObject([{ charged: 1_999, attempts: 1 }]);
});
