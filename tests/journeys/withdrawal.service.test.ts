// A seller withdraws a ticket while many buyers order it: tickets and orders on one bus, in this process.

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
/** how far the clock of orders is ahead, in milliseconds */
let clockAheadMs = 0;

beforeAll(async () => {
  const NAMESPACE = `test-${newId()}`;
  tickets = await startForTest(ticketsService, { NAMESPACE });
  const sweep = { OVERDUE_SWEEP_MS: '3600000' };
  orders = await startForTest(
    ordersService,
    { NAMESPACE, ...sweep },
    { now: () => new Date(Date.now() + clockAheadMs) },
  );
});
afterEach(() => {
  clockAheadMs = 0;
});
afterAll(() => Promise.all([tickets.stop(), orders.stop()]));

const clientAt = ({ url }: { url: string }, { cookie }: TestUser) =>
  createClient({ url, retries: 0, headers: { cookie } });
const place = (ticketId: string, user: TestUser = aUser()) => clientAt(orders, user).placeOrder({ ticketId });
const show = (ticketId: string) => done(clientAt(tickets, seller).showTicket({ ticketId }), 200);
const withdraw = (ticketId: string) => clientAt(tickets, seller).withdrawTicket({ ticketId });

/** A withdrawal races twenty orders. Returns the order that was placed, and whether the withdrawal succeeded. */
async function rush() {
  const final = { title: 'Final', price: '19.99' };
  const { id } = await done(clientAt(tickets, seller).createTicket(final), 201);
  await eventually(() => orders.ctx.tickets.get(id));
  const buyers = Array.from({ length: 20 }, () => aUser());
  const [withdrawal, ...answers] = await Promise.all([
    withdraw(id),
    ...buyers.map(async (user) => ({ user, answer: await place(id, user) })),
  ]);
  const placed = answers.flatMap(({ user, answer }) => (answer.ok ? [{ id: answer.data.id, user }] : []));
  expect(placed.length).toBeLessThanOrEqual(1);
  return { id, isWithdrawn: withdrawal.status === 204, order: placed[0] };
}

/** Ends the order by cancellation in even rounds, by expiry in odd rounds. */
async function end(order: { id: string; user: TestUser }, round: number): Promise<void> {
  if (round % 2 === 0) {
    await done(clientAt(orders, order.user).cancelOrder({ orderId: order.id }), 204);
    return;
  }
  clockAheadMs = 901_000;
  await orders.publish(ExpirationComplete({ orderId: order.id }));
  await eventually(async () => expect((await orders.ctx.orders.get(order.id)).status).toBe('cancelled'));
  clockAheadMs = 0;
}

const isHeld = (id: string, order: { id: string }) =>
  eventually(async () => expect(await show(id)).toMatchObject({ status: 'reserved', orderId: order.id }));
const isShown = (id: string, status: 'withdrawn' | 'available') =>
  eventually(async () => expect(await show(id)).toMatchObject({ status }));

/** The copy has every change of the ticket, which is withdrawn. */
async function copyIsWithdrawn(id: string): Promise<void> {
  const { version } = await show(id);
  await eventually(async () =>
    expect(await orders.ctx.tickets.get(id)).toMatchObject({ withdrawn: true, version }),
  );
}

describe('a ticket that is withdrawn while twenty buyers order it', () => {
  test('is held by at most one buyer, and is never available again after the order has ended', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { id, isWithdrawn, order } = await rush();
      if (order) {
        await isHeld(id, order);
        await end(order, round);
      }
      await isShown(id, isWithdrawn ? 'withdrawn' : 'available');
      if (!isWithdrawn) continue;
      await copyIsWithdrawn(id);
      await refused(place(id), 409, 'ticket-withdrawn');
    }
  });

  test('control: a replica that drops the withdrawal sells the ticket', async () => {
    const { id, isWithdrawn, order } = await rush();
    if (order) {
      await isHeld(id, order);
      await end(order, 0);
    }
    if (!isWithdrawn) await eventually(() => done(withdraw(id), 204));
    await isShown(id, 'withdrawn');
    await copyIsWithdrawn(id);
    await orders.ctx.tickets.model.updateOne({ _id: id }, { $unset: { withdrawn: '' } });
    await done(place(id), 201);
  });
});
