// A request with an Idempotency-Key places one order, whatever happens to it.

import { randomUUID } from 'node:crypto';
import { aUser, startForTest, type TestService, type TestUser } from '@ticketing/common/testing';
import type { OrdersContext } from '../store.js';
import { service } from '../service.js';
import { clientOf } from '../testing/start.js';

let orders: TestService<OrdersContext>;
let ahead = 0;

beforeAll(async () => {
  orders = await startForTest(service, {}, { now: () => new Date(Date.now() + ahead) });
});
afterEach(() => {
  ahead = 0;
});
afterAll(() => orders.stop());

const { aTicket } = clientOf(() => orders);
const place = (key: string, ticketId: string, user: TestUser) =>
  orders.request
    .post('/api/orders')
    .set('Cookie', user.cookie)
    .set('Idempotency-Key', key)
    .send({ ticketId });
const cancel = (id: string, user: TestUser) =>
  orders.request.delete(`/api/orders/${id}`).set('Cookie', user.cookie).expect(204);
const code = ({ body }: { body: { errors?: { code: string }[] } }) => body.errors?.[0]?.code;

test('a repeated request does not place a cancelled order again', async () => {
  const [user, key, ticketId] = [aUser(), randomUUID(), await aTicket()];
  const first = await place(key, ticketId, user).expect(201);
  await cancel(first.body.id, user);
  expect((await place(key, ticketId, user).expect(201)).body).toEqual(first.body);
  expect(await orders.ctx.orders.findHoldersOf(await orders.ctx.tickets.get(ticketId), 1)).toEqual([]);
  expect((await place(randomUUID(), ticketId, user).expect(201)).body.id).not.toBe(first.body.id);
});

test('a repeat of a request whose answer was lost does not place the order again, even if another buyer holds the ticket', async () => {
  const [user, key, ticketId] = [aUser(), randomUUID(), await aTicket()];
  const first = await place(key, ticketId, user).expect(201);
  await cancel(first.body.id, user);
  await place(randomUUID(), ticketId, aUser()).expect(201);
  await orders.storage.idempotencyKeys?.model.collection.updateMany({}, { $unset: { answer: '' } });
  ahead = 40_000;
  const again = await place(key, ticketId, user).expect(201);
  expect(again.body).toMatchObject({ id: first.body.id, status: 'cancelled' });
});

test('a repeated request gets the same refusal, even if the ticket is free again', async () => {
  const [holder, user, key, ticketId] = [aUser(), aUser(), randomUUID(), await aTicket()];
  const held = await place(randomUUID(), ticketId, holder).expect(201);
  expect(code(await place(key, ticketId, user).expect(409))).toBe('ticket-reserved');
  await cancel(held.body.id, holder);
  expect(code(await place(key, ticketId, user).expect(409))).toBe('ticket-reserved');
  await place(randomUUID(), ticketId, user).expect(201);
});

test('a buyer who holds the ticket by another request gets that order each time', async () => {
  const [user, key, ticketId] = [aUser(), randomUUID(), await aTicket()];
  const first = await place(randomUUID(), ticketId, user).expect(201);
  for (let times = 0; times < 2; times += 1)
    expect((await place(key, ticketId, user).expect(200)).body).toEqual(first.body);
});
