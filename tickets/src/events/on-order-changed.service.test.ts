import { eventually, startForTest } from '@ticketing/common/testing';
import { service } from '../service.js';
import { clientOf, orderFor, seller, type Tickets } from '../testing/start.js';

let tickets: Tickets;

beforeAll(async () => {
  tickets = await startForTest(service);
});
afterAll(() => tickets.stop());

const { aTicket, show, becomes } = clientOf(() => tickets);

describe('a ticket that an order holds', () => {
  test('is reserved, not listed, and cannot be edited: ticket-reserved', async () => {
    const ticket = await aTicket();
    const order = orderFor(ticket.id);
    await tickets.publish(order.created);
    await becomes(ticket.id, { status: 'reserved', orderId: order.id, version: 1 });
    const edit = await tickets.request
      .put(`/api/tickets/${ticket.id}`)
      .set('Cookie', seller.cookie)
      .send({ title: 'New', price: '5' });
    expect([edit.status, edit.body.errors[0].code]).toEqual([409, 'ticket-reserved']);
    const list = await tickets.request.get('/api/tickets?limit=100').expect(200);
    expect(list.body.map(({ id }: { id: string }) => id)).not.toContain(ticket.id);
    await eventually(() =>
      expect(tickets.eventsOf('ticket:updated', ticket.id)).toEqual([
        expect.objectContaining({ orderId: order.id }),
      ]),
    );
  });

  test('is available and editable again when the order is cancelled', async () => {
    const ticket = await aTicket();
    const order = orderFor(ticket.id);
    await tickets.publish(order.created);
    await becomes(ticket.id, { status: 'reserved' });
    await tickets.publish(order.cancelled);
    await becomes(ticket.id, { status: 'available', version: 2 });
    await tickets.request
      .put(`/api/tickets/${ticket.id}`)
      .set('Cookie', seller.cookie)
      .send({ title: 'New', price: '5', version: 2 })
      .expect(200);
  });

  test('is sold when the order is complete: ticket-sold', async () => {
    const ticket = await aTicket();
    const order = orderFor(ticket.id);
    await tickets.publish(order.completed);
    await becomes(ticket.id, { status: 'sold', orderId: order.id });
    await tickets.request
      .put(`/api/tickets/${ticket.id}`)
      .set('Cookie', seller.cookie)
      .send({ title: 'New', price: '5' })
      .expect(409);
  });

  test('is for sale again when the order is refunded, even if order:completed arrives last', async () => {
    const ticket = await aTicket();
    const order = orderFor(ticket.id);
    await tickets.publish(order.completed);
    await becomes(ticket.id, { status: 'sold', orderId: order.id });
    await tickets.publish(order.refunded);
    await becomes(ticket.id, { status: 'available', version: 2 });
    await tickets.publish(order.completed, { repeat: true });
    await tickets.publish(orderFor(ticket.id).created);
    await becomes(ticket.id, { status: 'reserved', orderId: expect.any(String) });
  });

  test('does not change when an event arrives twice', async () => {
    const ticket = await aTicket();
    const order = orderFor(ticket.id);
    await tickets.publish(order.created);
    await becomes(ticket.id, { status: 'reserved', version: 1 });
    await tickets.publish(order.created, { repeat: true });
    await tickets.publish(order.cancelled);
    await becomes(ticket.id, { status: 'available' });
    await tickets.publish(order.cancelled, { repeat: true });
    await tickets.publish(order.created, { repeat: true });
    const next = orderFor(ticket.id);
    await tickets.publish(next.created);
    await becomes(ticket.id, { status: 'reserved', orderId: next.id });
    const history = await tickets.ctx.tickets.historyOf(ticket.id);
    expect(history.map(({ to }) => to)).toEqual(['available', 'reserved', 'available', 'reserved']);
  });

  test('stays held by the next order when the cancellation of the first one is late', async () => {
    const ticket = await aTicket();
    const [first, second] = [orderFor(ticket.id), orderFor(ticket.id)];
    await tickets.publish(first.created);
    await tickets.publish(second.created);
    await tickets.publish(first.cancelled);
    // Events are handled concurrently. The cancellation may be written first and must still win.
    await eventually(async () => {
      const stored = await tickets.ctx.tickets.holdings.model.find({ ticketId: ticket.id }).lean();
      expect(Object.fromEntries(stored.map(({ orderId, status }) => [orderId, status]))).toEqual({
        [first.id]: 'cancelled',
        [second.id]: 'created',
      });
    });
    await becomes(ticket.id, { orderId: second.id });
    expect(await show(ticket.id)).toMatchObject({ status: 'reserved', orderId: second.id });
  });

  test('is never edited while it is reserved, whichever wins the race', async () => {
    for (let round = 0; round < 20; round += 1) {
      const ticket = await aTicket();
      const order = orderFor(ticket.id);
      const edits = [1, 2, 3].map((n) =>
        tickets.request
          .put(`/api/tickets/${ticket.id}`)
          .set('Cookie', seller.cookie)
          .send({ title: `${n}`, price: '5' }),
      );
      const [answers] = await Promise.all([Promise.all(edits), tickets.publish(order.created)]);
      await becomes(ticket.id, { status: 'reserved' });
      const taken = answers.filter(({ status }) => status === 200).length;
      const { version } = await show(ticket.id);
      expect(version).toBe(taken + 1);
    }
  });
});
