// A seller withdraws a ticket in the very moment in which many want it: tickets and orders on one bus, in this process.

import { createClient } from '@ticketing/client';
import { ExpirationComplete } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { aUser, eventually, startForTest, type TestService, type TestUser } from '@ticketing/common/testing';
import type { OrdersContext } from '../../orders/src/store.js';
import { service as ordersService } from '../../orders/src/service.js';
import type { TicketsContext } from '../../tickets/src/store.js';
import { service as ticketsService } from '../../tickets/src/service.js';
import { done, refused } from '../system/person.js';

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

const at = ({ url }: { url: string }, { cookie }: TestUser) =>
  createClient({ url, retries: 0, headers: { cookie } });
const place = (ticketId: string, user: TestUser = aUser()) => at(orders, user).placeOrder({ ticketId });
const standing = (ticketId: string) => done(at(tickets, seller).showTicket({ ticketId }), 200);
const withdraw = (ticketId: string) => at(tickets, seller).withdrawTicket({ ticketId });

/** A ticket withdrawn while twenty people order it; who got it, and how the withdrawal was answered. */
async function rush() {
  const final = { title: 'Final', price: '19.99' };
  const { id } = await done(at(tickets, seller).createTicket(final), 201);
  await orders.ctx.tickets.getOrWait(id);
  const buyers = Array.from({ length: 20 }, () => aUser());
  const [withdrawal, ...answers] = await Promise.all([
    withdraw(id),
    ...buyers.map(async (user) => ({ user, placed: await place(id, user) })),
  ]);
  const won = answers.flatMap(({ user, placed }) => (placed.ok ? [{ id: placed.data.id, user }] : []));
  expect(won.length).toBeLessThanOrEqual(1);
  return { id, isWithdrawn: withdrawal.status === 204, order: won[0] };
}

async function ends(order: { id: string; user: TestUser }, turn: number): Promise<void> {
  if (turn % 2 === 0) {
    await done(at(orders, order.user).cancelOrder({ orderId: order.id }), 204);
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
      await refused(place(id), 409, 'ticket-withdrawn');
    }
  });

  test('…and a copy that does not keep the withdrawal would sell it (this keeps the test above honest)', async () => {
    const { id, isWithdrawn, order } = await rush();
    if (order) await ends(order, 0);
    if (!isWithdrawn) await eventually(() => done(withdraw(id), 204));
    await copyIsWithdrawn(id);
    await orders.ctx.tickets.model.updateOne({ _id: id }, { $unset: { withdrawn: '' } });
    await done(place(id), 201);
  });
});
