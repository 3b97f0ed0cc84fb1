import { UserDeleted } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { jobCause } from '@ticketing/common/observability';
import { aUser, eventually, startForTest, type TestUser } from '@ticketing/common/testing';
import { removeSeller } from '../events/on-user-deleted.js';
import { service } from '../service.js';
import { clientOf, orderFor, seller, type Tickets } from '../testing/start.js';

let tickets: Tickets;

beforeAll(async () => {
  tickets = await startForTest(service);
});
afterAll(() => tickets.stop());

const { aTicket, show, becomes } = clientOf(() => tickets);

describe('withdrawing a ticket', () => {
  const withdraw = (id: string, user: TestUser = seller) =>
    tickets.request.delete(`/api/tickets/${id}`).set('Cookie', user.cookie);
  const listed = async () =>
    (await tickets.request.get('/api/tickets?limit=100').expect(200)).body.map(
      ({ id }: { id: string }) => id,
    );

  test('removes it from the list, can be repeated, and publishes ticket:withdrawn once', async () => {
    const ticket = await aTicket();
    expect(await listed()).toContain(ticket.id);
    await withdraw(ticket.id).expect(204);
    await withdraw(ticket.id).expect(204);
    expect(await show(ticket.id)).toMatchObject({ status: 'withdrawn', title: 'Final', version: 1 });
    expect(await listed()).not.toContain(ticket.id);
    await eventually(() =>
      expect(tickets.eventsOf('ticket:withdrawn', ticket.id)).toMatchObject([{ version: 1 }]),
    );
    const edit = await tickets.request
      .put(`/api/tickets/${ticket.id}`)
      .set('Cookie', seller.cookie)
      .send({ title: 'New', price: '5' });
    expect([edit.status, edit.body.errors[0].code]).toEqual([409, 'ticket-withdrawn']);
  });

  test('is refused to other users, while an order holds it, and after the sale', async () => {
    const ticket = await aTicket();
    await tickets.request.delete(`/api/tickets/${ticket.id}`).expect(401);
    await withdraw('nonsense').expect(404);
    await withdraw(newId()).expect(404);
    const refused = async (user: TestUser) => {
      const { status, body } = await withdraw(ticket.id, user);
      return [status, body.errors[0].code];
    };
    expect(await refused(aUser())).toEqual([403, 'not-your-ticket']);
    const order = orderFor(ticket.id);
    await tickets.publish(order.created);
    await becomes(ticket.id, { status: 'reserved' });
    expect(await refused(seller)).toEqual([409, 'ticket-reserved']);
    await tickets.publish(order.completed);
    await becomes(ticket.id, { status: 'sold' });
    expect(await refused(seller)).toEqual([409, 'ticket-sold']);
  });

  test('keeps an earlier order valid and takes effect when that hold ends', async () => {
    const ticket = await aTicket();
    const order = orderFor(ticket.id);
    await withdraw(ticket.id).expect(204);
    await tickets.publish(order.created);
    await becomes(ticket.id, { status: 'reserved', orderId: order.id });
    await withdraw(ticket.id).expect(204);
    await tickets.publish(order.cancelled);
    await becomes(ticket.id, { status: 'withdrawn', version: 3 });
    const published = await eventually(() => {
      const events = tickets.eventsOf('ticket:withdrawn', ticket.id);
      expect(events).toHaveLength(3);
      return events;
    });
    expect(published).toMatchObject([{ version: 1 }, { version: 2, orderId: order.id }, { version: 3 }]);
  });

  test('and reserving it at the same time leave it reserved, whichever wins the race', async () => {
    for (let round = 0; round < 20; round += 1) {
      const ticket = await aTicket();
      const order = orderFor(ticket.id);
      const [{ status }] = await Promise.all([withdraw(ticket.id), tickets.publish(order.created)]);
      await becomes(ticket.id, { status: 'reserved', orderId: order.id });
      await tickets.publish(order.cancelled);
      await becomes(ticket.id, { status: status === 204 ? 'withdrawn' : 'available' });
    }
  });

  test('happens to all tickets of a deleted seller, and can be repeated', async () => {
    const user = aUser();
    const [free, held, sold, other] = [
      await aTicket({ title: 'free', price: '5' }, user),
      await aTicket({ title: 'held', price: '5' }, user),
      await aTicket({ title: 'sold', price: '5' }, user),
      await aTicket(),
    ];
    const [open, paid] = [orderFor(held.id), orderFor(sold.id)];
    await tickets.publish(open.created);
    await tickets.publish(paid.completed);
    await becomes(held.id, { status: 'reserved' });
    await becomes(sold.id, { status: 'sold' });
    const deleted = UserDeleted({ id: user.id, version: 1, sessions: [] });
    await tickets.publish(deleted);
    await becomes(free.id, { status: 'withdrawn', version: 1 });
    await becomes(held.id, { version: 2 });
    await becomes(sold.id, { version: 2 });
    await removeSeller(tickets.ctx)({
      data: { id: user.id, version: 1, sessions: [] },
      id: 'again',
      time: new Date(),
      cause: jobCause('test'),
    });
    expect(await show(free.id)).toMatchObject({ status: 'withdrawn', version: 1 });
    expect(await show(held.id)).toMatchObject({ status: 'reserved', version: 2 });
    expect(await show(sold.id)).toMatchObject({ status: 'sold', version: 2 });
    expect(await show(other.id)).toMatchObject({ status: 'available' });
    await tickets.publish(open.cancelled);
    await becomes(held.id, { status: 'withdrawn' });
    await tickets.publish(paid.refunded);
    await becomes(sold.id, { status: 'withdrawn' });
  });
});
