// Tickets of many places, from the events of orders to what sellers and buyers see.

import { newId } from '@ticketing/common/id';
import { eventually, startForTest } from '@ticketing/common/testing';
import { service } from './service.js';
import { clientOf, orderFor, orderOf, seller, type Tickets } from './testing/start.js';

let tickets: Tickets;

beforeAll(async () => {
  tickets = await startForTest(service);
});
afterAll(() => tickets.stop());

const { aTicket, show, becomes, put } = clientOf(() => tickets);
const offer = { title: 'Final', price: '19.99' };
const many = (quantity: number) => aTicket({ ...offer, quantity });

describe('a ticket of many places', () => {
  test('shows how many are free, in the view, the list and the events', async () => {
    const { id } = await many(5);
    expect(await show(id)).toMatchObject({ quantity: 5, available: 5, status: 'available' });
    await tickets.publish(orderOf({ [id]: [0, 3] }).created);
    await becomes(id, { quantity: 5, available: 3, status: 'available' });
    expect(await show(id)).not.toHaveProperty('orderId');
    const { body } = await tickets.request.get('/api/tickets?limit=1').expect(200);
    expect(body).toMatchObject([{ id, quantity: 5, available: 3 }]);
    await eventually(() =>
      expect([tickets.eventsOf('ticket:created', id), tickets.eventsOf('ticket:updated', id)]).toMatchObject([
        [{ quantity: 5, available: 5 }],
        [{ quantity: 5, available: 3, offerVersion: 0 }],
      ]),
    );
  });

  test('is reserved when no place is free, sold when all are paid, and free again', async () => {
    const { id } = await many(3);
    const [first, second] = [orderOf({ [id]: [0, 1] }), orderOf({ [id]: [2] })];
    await tickets.publish(first.created);
    await tickets.publish(second.completed);
    await becomes(id, { status: 'reserved', available: 0 });
    await tickets.publish(first.completed);
    await becomes(id, { status: 'sold', available: 0 });
    await tickets.publish(second.refunded);
    await becomes(id, { status: 'available', available: 1 });
    await tickets.publish(second.completed, { repeat: true });
    await tickets.publish(first.keeps({ [id]: [1] }));
    await becomes(id, { status: 'available', available: 2 });
  });

  test('of which an order without items holds place 0', async () => {
    const { id } = await many(2);
    await tickets.publish(orderFor(id).created);
    await becomes(id, { available: 1 });
  });

  test('records each ticket of an order, and the order as one thing in its end', async () => {
    const [{ id: one }, { id: other }] = [await aTicket(), await many(4)];
    const order = orderOf({ [other]: [1, 2], [one]: [0] });
    await tickets.publish(order.created);
    await becomes(one, { status: 'reserved', orderId: order.id });
    await becomes(other, { available: 2 });
    await tickets.publish(order.cancelled);
    await becomes(one, { status: 'available', available: 1 });
    await becomes(other, { available: 4 });
  });

  test('whose ticket is still unknown is recorded once the ticket appears', async () => {
    const { id } = await many(2);
    const stored = await tickets.ctx.tickets.model.collection.findOne({ _id: id as never });
    await tickets.ctx.tickets.model.deleteOne({ _id: id });
    const order = orderOf({ [newId()]: [0], [id]: [1] });
    await tickets.publish(order.created);
    await eventually(async () =>
      expect(await tickets.storage.parkedMessages.depth()).toMatchObject({ count: 1 }),
    );
    await tickets.ctx.tickets.model.collection.insertOne(stored as never);
    await becomes(id, { available: 1 });
  });
});

describe('the seller of a ticket of many places', () => {
  test('edits it while a place is free, and raises the quantity at any time', async () => {
    const { id } = await many(2);
    await tickets.publish(orderOf({ [id]: [0] }).created);
    await becomes(id, { available: 1 });
    // Version 0 was before the order: the offer is the same.
    const dearer = await put(id, { ...offer, price: '25', version: 0 }).expect(200);
    expect(dearer.body).toMatchObject({ price: '25.00', quantity: 2, available: 1 });
    expect((await put(id, { ...offer, version: 0 })).body.errors[0].code).toBe('version-conflict');

    await tickets.publish(orderOf({ [id]: [1] }).completed);
    await becomes(id, { status: 'reserved' });
    expect((await put(id, offer)).body.errors[0].code).toBe('ticket-reserved');
    const raised = await put(id, { ...offer, price: '25', quantity: 10 }).expect(200);
    expect(raised.body).toMatchObject({ status: 'available', quantity: 10, available: 8 });
    expect((await put(id, { ...offer, price: '25' }).expect(200)).body.quantity).toBe(10);
  });

  test('lowers it to what buyers hold: quantity-too-low', async () => {
    const { id } = await many(10);
    await tickets.publish(orderOf({ [id]: [4] }).created);
    await becomes(id, { available: 9 });
    const refused = await put(id, { ...offer, quantity: 4 }).expect(409);
    expect(refused.body.errors).toMatchObject([{ code: 'quantity-too-low', least: 5 }]);
    expect((await put(id, { ...offer, quantity: 5 }).expect(200)).body).toMatchObject({ available: 4 });
    const history = await tickets.ctx.tickets.historyOf(id);
    expect(history.map(({ detail }) => detail)).toEqual(['quantity 10', 'quantity 10 → 5']);
  });

  test('lowers it to the place that an order holds, which is then its holder', async () => {
    const { id } = await many(5);
    const order = orderFor(id);
    await tickets.publish(order.created);
    await becomes(id, { available: 4 });
    const { body } = await put(id, { ...offer, quantity: 1 }).expect(200);
    expect(body).toMatchObject({ status: 'reserved', orderId: order.id, quantity: 1, available: 0 });
  });

  test('withdraws it while places are held: they stay valid, and none is for sale again', async () => {
    const { id } = await many(3);
    const [paid, open] = [orderOf({ [id]: [0] }), orderOf({ [id]: [1] })];
    await tickets.publish(paid.completed);
    await tickets.publish(open.created);
    await becomes(id, { available: 1 });
    await tickets.request.delete(`/api/tickets/${id}`).set('Cookie', seller.cookie).expect(204);
    await becomes(id, { status: 'withdrawn', available: 0 });
    const own = tickets.request.get(`/api/tickets?seller=${seller.id}&limit=1`);
    const { body } = await own.set('Cookie', seller.cookie).expect(200);
    expect(body).toMatchObject([{ id, quantity: 3, available: 0 }]);
    const { version } = await show(id);
    await tickets.publish(open.cancelled);
    await becomes(id, { status: 'withdrawn', available: 0, version: version + 1 });
    const holdings = await tickets.ctx.tickets.holdings.model
      .find({ ticketId: id, status: 'complete' })
      .lean();
    expect(holdings).toMatchObject([{ orderId: paid.id }]);
  });
});

test('operators see the free places of a ticket, and the check sees its orders', async () => {
  const { id } = await many(5);
  const order = orderOf({ [id]: [0, 1] });
  await tickets.publish(order.created);
  await becomes(id, { available: 3 });
  const { lines } = await tickets.operate('find', id);
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ related: { free: '3 of 5' } }]);
  const entries = (await tickets.operate('snapshot')).lines.map((line) => JSON.parse(line));
  expect(entries).toContainEqual({
    about: 'orders',
    id: order.id,
    values: { version: 0, status: 'created', places: `${id} ${id}/00001` },
  });
  const [ticket] = entries.filter((entry) => entry.id === id);
  expect(ticket.values).toMatchObject({ quantity: 5, withdrawn: 'no' });
});
