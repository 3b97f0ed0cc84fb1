// One order for places of two tickets, from the purchase to refunds by place.

import { createClient, payOrder, placeOrderFor, type Wanted } from '@ticketing/client';
import { newId } from '@ticketing/common/id';
import type { SnapshotEntry } from '@ticketing/common/operator';
import { aUser, eventually, startForTest, type TestService, type TestUser } from '@ticketing/common/testing';
import { describeDifference, findDifferences } from '@ticketing/ops';
import type { OrdersContext } from '../../orders/src/store.js';
import { service as ordersService } from '../../orders/src/service.js';
import { startPayments, type Payments } from '../../payments/src/testing/start.js';
import type { TicketsContext } from '../../tickets/src/store.js';
import { service as ticketsService } from '../../tickets/src/service.js';
import { done } from '../system/person.js';

let tickets: TestService<TicketsContext>;
let orders: TestService<OrdersContext>;
let payments: Payments;

beforeAll(async () => {
  const NAMESPACE = `test-${newId()}`;
  tickets = await startForTest(ticketsService, { NAMESPACE });
  orders = await startForTest(ordersService, { NAMESPACE });
  payments = await startPayments({ NAMESPACE });
});
afterAll(() => Promise.all([tickets.stop(), orders.stop(), payments.stop()]));

const [seller, buyer, another] = [aUser(), aUser(), aUser()];
const clientAt = ({ url }: { url: string }, { cookie }: TestUser) =>
  createClient({ url, headers: { cookie } });

async function listed(offer: Readonly<{ title: string; price: string; quantity: number }>) {
  const ticket = await done(clientAt(tickets, seller).createTicket(offer), 201);
  await eventually(() => orders.ctx.tickets.get(ticket.id));
  return ticket;
}
const order = (user: TestUser, ...wanted: Wanted[]) => placeOrderFor(clientAt(orders, user), wanted);
const orderShown = (orderId: string) => done(clientAt(orders, buyer).showOrder({ orderId }), 200);
const refund = (orderId: string, more: object = {}) =>
  done(clientAt(payments, seller).refundPayment({ orderId, ...more }), 201);
const becomes = async (ticketId: string, expected: object) =>
  eventually(async () =>
    expect(await done(clientAt(tickets, seller).showTicket({ ticketId }), 200)).toMatchObject(expected),
  );

const snapshotOf = async ({ operate }: Pick<Payments, 'operate'>) =>
  (await operate('snapshot')).lines.map((line) => JSON.parse(line) as SnapshotEntry);

/** Every copy has the places of its owner. Expiration does not run here. */
const copiesAgree = async () =>
  eventually(async () => {
    const of = { tickets: await snapshotOf(tickets), orders: await snapshotOf(orders) };
    const snapshots = { ...of, payments: await snapshotOf(payments), expiration: [], notifications: [] };
    const found = findDifferences(snapshots, new Date()).filter(({ holder }) => holder !== 'expiration');
    expect(found.map(describeDifference)).toEqual([]);
  }, 10_000);

test('a refunded place is for sale again, and the order keeps the others until all are refunded', async () => {
  const floor = await listed({ title: 'Final, standing', price: '5.00', quantity: 2 });
  const box = await listed({ title: 'Final, box', price: '9.00', quantity: 1 });
  const cart = [
    { ticket: floor, quantity: 2 },
    { ticket: box, quantity: 1 },
  ];
  const { id: orderId, total } = await done(order(buyer, ...cart), 201);
  expect(total).toBe('19.00');
  expect(await order(another, { ticket: floor, quantity: 1 })).toMatchObject({
    error: { code: 'ticket-reserved' },
    free: { ticketId: floor.id, available: 0 },
  });

  await eventually(() => payments.ctx.payments.get(orderId));
  await done(payOrder(clientAt(payments, buyer), { orderId, token: 'tok_visa' }), 201);
  await becomes(floor.id, { status: 'sold', available: 0 });

  const place = { ticketId: floor.id, place: 1 };
  expect(await refund(orderId, { places: [place] })).toMatchObject({ amount: '5.00', places: [place] });
  await becomes(floor.id, { status: 'available', available: 1 });
  expect(await orderShown(orderId)).toMatchObject({
    status: 'complete',
    total: '19.00',
    items: [
      { quantity: 1, places: [0] },
      { quantity: 1, places: [0] },
    ],
  });
  await copiesAgree();

  const second = await done(order(another, { ticket: floor, quantity: 1 }), 201);
  expect(second.items).toMatchObject([{ places: [1] }]);

  expect(await refund(orderId)).toMatchObject({ amount: '14.00' });
  await becomes(box.id, { status: 'available', available: 1 });
  await becomes(floor.id, { available: 1 });
  expect(await orderShown(orderId)).toMatchObject({ status: 'refunded' });
  await copiesAgree();
  expect(await payments.network.ledger(orderId)).toMatchObject([{ charged: 1_900, refunded: 1_900 }]);
});
