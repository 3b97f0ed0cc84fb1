// A seller changes the price while a buyer orders: tickets and orders on one bus, in this process.

import { newId } from '@ticketing/common/id';
import { aUser, eventually, startForTest, type TestService } from '@ticketing/common/testing';
import type { OrdersContext } from '../../orders/src/store.js';
import { service as ordersService } from '../../orders/src/service.js';
import type { TicketsContext } from '../../tickets/src/store.js';
import { service as ticketsService } from '../../tickets/src/service.js';

const rounds = 40;
const seller = aUser();
let tickets: TestService<TicketsContext>;
let orders: TestService<OrdersContext>;

beforeAll(async () => {
  const NAMESPACE = `test-${newId()}`;
  tickets = await startForTest(ticketsService, { NAMESPACE });
  orders = await startForTest(ordersService, { NAMESPACE });
});
afterAll(() => Promise.all([tickets.stop(), orders.stop()]));

type Shown = Readonly<{ id: string; version: number; price: string }>;
type OrderAnswer = Readonly<{ status: number; body: { ticket: Shown; errors?: { code: string }[] } }>;

async function aTicket(): Promise<Shown> {
  const offer = { title: 'Final', price: '19.99' };
  const { body } = await tickets.request.post('/api/tickets').set('Cookie', seller.cookie).send(offer);
  await eventually(() => orders.ctx.tickets.get(body.id));
  return body;
}

const raisePrice = (id: string) =>
  tickets.request
    .put(`/api/tickets/${id}`)
    .set('Cookie', seller.cookie)
    .send({ title: 'Final', price: '25.00' })
    .then(({ status }) => status);

/** Orders a ticket at the instant of the edit in even rounds, and after its event in odd rounds. */
async function orderDuringEdit(round: number, bodyFor: (seen: Shown) => object) {
  const seen = await aTicket();
  const order = async (): Promise<OrderAnswer> =>
    orders.request.post('/api/orders').set('Cookie', aUser().cookie).send(bodyFor(seen));
  if (round % 2 === 0) {
    const [answer] = await Promise.all([order(), raisePrice(seen.id)]);
    return { seen, answer };
  }
  expect(await raisePrice(seen.id)).toBe(200);
  await eventually(async () => expect((await orders.ctx.tickets.get(seen.id)).version).toBe(1));
  return { seen, answer: await order() };
}

describe('a buyer who orders while the seller changes the price', () => {
  test('and names the version gets the price that they saw, or ticket-changed', async () => {
    const statuses = new Set<number>();
    for (let round = 0; round < rounds; round += 1) {
      const { seen, answer } = await orderDuringEdit(round, ({ id, version }) => ({ ticketId: id, version }));
      statuses.add(answer.status);
      if (answer.status === 201) expect(answer.body.ticket.price).toBe(seen.price);
      else expect([answer.status, answer.body.errors?.[0]?.code]).toEqual([409, 'ticket-changed']);
    }
    expect(statuses).toEqual(new Set([201, 409]));
  });

  test('and names the version of the answer to the edit gets the new price', async () => {
    const { id } = await aTicket();
    expect(await raisePrice(id)).toBe(200);
    const answer: OrderAnswer = await orders.request
      .post('/api/orders')
      .set('Cookie', aUser().cookie)
      .send({ ticketId: id, version: 1 });
    expect([answer.status, answer.body.ticket.price]).toEqual([201, '25.00']);
  });

  test('control: without the version, some buyers get a price that they have not seen', async () => {
    const prices = new Set<string>();
    for (let round = 0; round < rounds; round += 1) {
      const { answer } = await orderDuringEdit(round, ({ id }) => ({ ticketId: id }));
      expect(answer.status).toBe(201);
      prices.add(answer.body.ticket.price);
    }
    expect(prices).toContain('25.00');
  });
});

test('an order that came and went does not change the offer that a buyer has seen', async () => {
  const seen = await aTicket();
  const first = aUser();
  const place = (cookie: string) =>
    orders.request
      .post('/api/orders')
      .set('Cookie', cookie)
      .send({ ticketId: seen.id, version: seen.version });
  const { body: order } = await place(first.cookie).expect(201);
  const copyHas = (version: number) =>
    eventually(async () => expect((await orders.ctx.tickets.get(seen.id)).version).toBe(version));
  // Otherwise the cancellation may overtake the order, and both are one change of the ticket.
  await copyHas(1);
  await orders.request.delete(`/api/orders/${order.id}`).set('Cookie', first.cookie).expect(204);
  await copyHas(2);
  await place(aUser().cookie).expect(201);
});
