// A seller withdraws a ticket in the very moment in which many want it: tickets and orders on one bus, in this process.

import { ExpirationComplete, newId } from '@ticketing/common';
import { aUser, eventually, startForTest, type TestService, type TestUser } from '@ticketing/common/testing';
import type { OrdersContext } from '../../orders/src/context.js';
import { service as ordersService } from '../../orders/src/service.js';
import type { TicketsContext } from '../../tickets/src/context.js';
import { service as ticketsService } from '../../tickets/src/service.js';

const rounds = 20;
const seller = aUser();
let tickets: TestService<TicketsContext>;
let orders: TestService<OrdersContext>;
/** how much later than it is orders takes it to be */
let ahead = 0;

beforeAll(async () => {
  const NAMESPACE = `test-${newId()}`;
  tickets = await startForTest(ticketsService, { NAMESPACE });
  const sweep = { OVERDUE_SWEEP_MS: '3600000' };
  orders = await startForTest(
    ordersService,
    { NAMESPACE, ...sweep },
    { now: () => new Date(Date.now() + ahead) },
  );
});
afterEach(() => {
  ahead = 0;
});
afterAll(() => Promise.all([tickets.stop(), orders.stop()]));

const place = (ticketId: string, user: TestUser = aUser()) =>
  orders.request.post('/api/orders').set('Cookie', user.cookie).send({ ticketId });
const standing = async (id: string) => (await tickets.request.get(`/api/tickets/${id}`).expect(200)).body;
const withdraw = (id: string) => tickets.request.delete(`/api/tickets/${id}`).set('Cookie', seller.cookie);

/** A ticket withdrawn while twenty people order it; who got it, and how the withdrawal was answered. */
async function rush() {
  const offered = await tickets.request
    .post('/api/tickets')
    .set('Cookie', seller.cookie)
    .send({ title: 'Final', price: '19.99' })
    .expect(201);
  const { id } = offered.body as { id: string };
  await orders.ctx.tickets.getSoon(id);
  const buyers = Array.from({ length: 20 }, () => aUser());
  const [withdrawal, ...answers] = await Promise.all([
    withdraw(id),
    ...buyers.map((user) => place(id, user)),
  ]);
  const winners = answers.filter(({ status }) => status === 201);
  expect(winners.length).toBeLessThanOrEqual(1);
  const [winner] = winners;
  const user = buyers[answers.findIndex(({ status }) => status === 201)];
  const order = winner && user ? { id: (winner.body as { id: string }).id, user } : undefined;
  return { id, isWithdrawn: withdrawal.status === 204, order };
}

async function ends(order: { id: string; user: TestUser }, turn: number): Promise<void> {
  if (turn % 2 === 0) {
    await orders.request.delete(`/api/orders/${order.id}`).set('Cookie', order.user.cookie).expect(204);
    return;
  }
  ahead = 901_000;
  await orders.publish(ExpirationComplete({ orderId: order.id }));
  await eventually(async () => expect((await orders.ctx.orders.get(order.id)).status).toBe('cancelled'));
  ahead = 0;
}

const copyIsWithdrawn = (id: string) =>
  eventually(async () => expect((await orders.ctx.tickets.get(id)).withdrawn).toBe(true));

describe('a ticket that is withdrawn while twenty people order it', () => {
  test('is held by one of them or by nobody, and is never for sale again when the hold has ended', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { id, isWithdrawn, order } = await rush();
      if (order) {
        await eventually(async () =>
          expect(await standing(id)).toMatchObject({ status: 'reserved', orderId: order.id }),
        );
        await ends(order, round);
      }
      const status = isWithdrawn ? 'withdrawn' : 'available';
      await eventually(async () => expect(await standing(id)).toMatchObject({ status }));
      if (!isWithdrawn) continue;
      await copyIsWithdrawn(id);
      const late = await place(id);
      expect([late.status, late.body.errors[0].code]).toEqual([409, 'ticket-withdrawn']);
    }
  });

  test('…and a copy that does not keep the withdrawal would sell it (this keeps the test above honest)', async () => {
    const { id, isWithdrawn, order } = await rush();
    if (order) await ends(order, 0);
    if (!isWithdrawn) await eventually(() => withdraw(id).expect(204));
    await copyIsWithdrawn(id);
    await orders.ctx.tickets.model.updateOne({ _id: id }, { $unset: { withdrawn: '' } });
    await place(id).expect(201);
  });
});
