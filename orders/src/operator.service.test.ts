// The operator commands on orders, their search, and the list of stuck orders.

import { newId } from '@ticketing/common/id';
import { aUser, eventually, startForTest } from '@ticketing/common/testing';
import { service } from './service.js';
import { clientOf, paymentFor, startOrders, type Orders } from './testing/start.js';

let orders: Orders;
beforeAll(async () => {
  orders = await startOrders(() => 0);
});
afterAll(() => orders.stop());

const { anOrder, aFreeTicket, becomes, show } = clientOf(() => orders);

async function aPaidOrder(user = aUser()) {
  const order = await anOrder(user);
  await orders.publish(paymentFor(order.id));
  await becomes(order, 'complete');
  return order;
}

describe('releasing an order', () => {
  test('cancels it in the operator’s name, so that another buyer gets the ticket', async () => {
    const { id, ticket, user } = await anOrder();
    expect(await orders.operate('release', id)).toEqual({
      lines: [`order ${id} is cancelled; it held ticket ${ticket.id}`],
      error: undefined,
    });
    await becomes({ id, user }, 'cancelled');
    expect((await show(id, user)).body.cancelledBy).toBe('operator');
    await anOrder(aUser(), ticket.id);
    await eventually(() =>
      expect(orders.eventsOf('order:cancelled', id)).toMatchObject([{ reason: 'buyer', byOperator: true }]),
    );
    expect((await orders.ctx.orders.historyOf(id)).at(-1)).toMatchObject({
      by: 'operator:ada',
      why: 'ops:release',
    });
    expect((await orders.operate('release', id)).lines).toEqual([`order ${id} is already cancelled`]);
  });

  test('is done in the back office too, by operators only', async () => {
    const { id, ticket, user } = await anOrder();
    const grace = aUser({ role: 'operator' });
    const ask = (cookie: string, orderId = id) =>
      orders.request.post(`/api/orders/office/releases/${orderId}`).set('Cookie', cookie);
    expect((await ask(user.cookie)).body.errors).toMatchObject([{ code: 'not-an-operator' }]);
    await becomes({ id, user }, 'created');

    for (let time = 0; time < 2; time += 1)
      expect((await ask(grace.cookie).expect(200)).body).toMatchObject({ id, status: 'cancelled' });
    await anOrder(aUser(), ticket.id);
    expect((await orders.ctx.orders.historyOf(id)).at(-1)).toMatchObject({ by: `operator:${grace.id}` });
    const paid = await aPaidOrder();
    expect((await ask(grace.cookie, paid.id).expect(409)).body.errors).toMatchObject([
      { code: 'order-complete' },
    ]);
    await ask(grace.cookie, newId()).expect(404);
  });

  test('cancels a free order', async () => {
    const { id, user } = await anOrder(aUser(), await aFreeTicket());
    expect((await orders.operate('release', id)).error).toBeUndefined();
    await becomes({ id, user }, 'cancelled');
  });

  test('is refused for a paid order', async () => {
    const { id, user } = await aPaidOrder();
    const { error } = await orders.operate('release', id);
    expect(error?.message).toBe('A paid order cannot be cancelled. (order-complete)');
    await becomes({ id, user }, 'complete');
    expect((await orders.operate('release', newId())).error?.message).toBe('order not found');
  });
});

test('orders are found by id, by ticket while they hold it, and by buyer, newest first', async () => {
  const found = async (text: string) =>
    (await orders.operate('find', text)).lines.map((line) => JSON.parse(line));
  const user = aUser();
  const [released, paid] = [await anOrder(user), await aPaidOrder(user)];
  await orders.operate('release', released.id);
  const related = (order: typeof paid, payment?: string) => ({
    ...{ buyer: user.id, ticket: order.ticket.id },
    ...(payment && { payment }),
  });
  const lines = [
    { what: 'order', id: paid.id, status: 'complete', related: related(paid, 'pi_1') },
    { what: 'order', id: released.id, status: 'cancelled', related: related(released) },
  ];
  expect(await found(user.id)).toEqual(lines);
  expect(await found(paid.id)).toEqual([lines[0]]);
  expect(await found(paid.ticket.id)).toEqual([lines[0]]);
  expect(await found(released.ticket.id)).toEqual([]);
  expect(await found(newId())).toEqual([]);
});

test('stuck names open orders whose time has been over for two minutes', async () => {
  const quiet = await startForTest(service, { OVERDUE_AFTER_MS: '3600000' });
  try {
    const { ctx, operate } = quiet;
    const ids = [newId(), newId()] as const;
    const overdue = (minutes: number) => new Date(Date.now() - minutes * 60_000);
    const order = { ticket: { id: '' }, userId: newId(), status: 'created', version: 0 };
    await ctx.orders.model.collection.insertMany([
      { _id: ids[0], ...order, ticket: { id: newId() }, expiresAt: overdue(1) },
      { _id: ids[1], ...order, ticket: { id: newId() }, expiresAt: overdue(3) },
    ] as never);
    const { lines } = await operate('stuck');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { what: `order ${ids[1]}`, action: expect.stringContaining(`ops release ${ids[1]}`) },
    ]);
  } finally {
    await quiet.stop();
  }
});
