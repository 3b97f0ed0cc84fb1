import { ExpirationComplete, UserDeleted } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { aUser, eventually } from '@ticketing/common/testing';
import { clientOf, paymentFor, startOrders, type Orders } from './testing/start.js';

let orders: Orders;
/** Milliseconds by which the clock of the service is ahead. */
let ahead = 0;

beforeAll(async () => {
  orders = await startOrders(() => ahead);
});
afterEach(() => {
  ahead = 0;
});
afterAll(() => orders.stop());

const { aTicket, place, cancel, show, anOrder, becomes } = clientOf(() => orders);

describe('cancelling an order', () => {
  test('releases its ticket, can be repeated, and publishes order:cancelled once', async () => {
    const order = await anOrder();
    await cancel(order.id, order.user).expect(204);
    await cancel(order.id, order.user).expect(204);
    await anOrder(aUser(), order.ticket.id);
    await eventually(() =>
      expect(orders.eventsOf('order:cancelled', order.id)).toMatchObject([{ reason: 'buyer', version: 1 }]),
    );
    expect((await show(order.id, order.user)).body.cancelledBy).toBe('buyer');
  });

  test('is refused to other users and after the payment', async () => {
    const order = await anOrder();
    await cancel(order.id, aUser()).expect(403);
    await orders.publish(paymentFor(order.id));
    await becomes(order, 'complete');
    const answer = await cancel(order.id, order.user);
    expect([answer.status, answer.body.errors[0].code]).toEqual([409, 'order-complete']);
    await cancel('nonsense', order.user).expect(404);
    await cancel(newId(), order.user).expect(404);
  });

  test('with another version changes nothing: precondition-failed', async () => {
    const order = await anOrder();
    const shown = await show(order.id, order.user).expect(200);
    expect(shown.get('ETag')).toBe('"0"');
    expect(shown.get('Cache-Control')).toBe('private, no-cache');
    await show(order.id, order.user).set('If-None-Match', '"0"').expect(304);
    const tooLate = await cancel(order.id, order.user).set('If-Match', '"1"').expect(412);
    expect(tooLate.body.errors[0].code).toBe('precondition-failed');
    await cancel(order.id, order.user).set('If-Match', '"0"').expect(204);
    await cancel(order.id, order.user).set('If-Match', '"0"').expect(204);
  });

  test('and paying at the same time have exactly one outcome', async () => {
    for (let round = 0; round < 20; round += 1) {
      const order = await anOrder();
      await Promise.all([cancel(order.id, order.user), orders.publish(paymentFor(order.id))]);
      const events = await eventually(() => {
        const found = [
          ...orders.eventsOf('order:cancelled', order.id),
          ...orders.eventsOf('order:completed', order.id),
        ];
        expect(found.length).toBeGreaterThan(0);
        return found;
      });
      expect(events).toHaveLength(1);
    }
  });
});

describe('an unpaid order', () => {
  test('stays open until it is due, even if expiration:complete arrives early', async () => {
    const order = await anOrder();
    await orders.publish(ExpirationComplete({ orderId: order.id }));
    const witness = await anOrder();
    await orders.publish(paymentFor(witness.id));
    await becomes(witness, 'complete');
    await becomes(order, 'created');
  });

  test('releases its ticket once when expiration:complete arrives, however often', async () => {
    const order = await anOrder();
    const { OVERDUE_AFTER_MS } = orders.ctx.config;
    ahead = new Date(order.expiresAt).getTime() - Date.now() + OVERDUE_AFTER_MS / 2;
    await orders.publish(ExpirationComplete({ orderId: order.id }));
    await orders.publish(ExpirationComplete({ orderId: order.id }));
    await becomes(order, 'cancelled');
    await eventually(() =>
      expect(orders.eventsOf('order:cancelled', order.id)).toMatchObject([{ reason: 'expired' }]),
    );
    expect((await show(order.id, order.user)).body.cancelledBy).toBe('expiry');
    await anOrder(aUser(), order.ticket.id);
  });

  test('releases its ticket even if every timer is lost', async () => {
    const order = await anOrder();
    ahead = 904_000;
    await becomes(order, 'cancelled');
  });

  test('that is paid stays complete when expiration:complete arrives late', async () => {
    const order = await anOrder();
    await orders.publish(paymentFor(order.id));
    await becomes(order, 'complete');
    ahead = 904_000;
    await orders.publish(ExpirationComplete({ orderId: order.id }));
    const witness = await anOrder();
    await orders.publish(paymentFor(witness.id));
    await becomes(witness, 'complete');
    await becomes(order, 'complete');
  });
});

describe('showing orders', () => {
  test('lists the buyer’s orders that hold a ticket, newest first', async () => {
    const user = aUser();
    const [first, second, third] = [await anOrder(user), await anOrder(user), await anOrder(user)];
    await anOrder();
    await cancel(second.id, user).expect(204);
    const ids = async (query: string) => {
      const { body } = await orders.request.get(`/api/orders${query}`).set('Cookie', user.cookie).expect(200);
      return body.map(({ id }: { id: string }) => id);
    };
    expect(await ids('')).toEqual([third.id, first.id]);
    expect(await ids('?limit=1')).toEqual([third.id]);
    expect(await ids('?status=cancelled')).toEqual([second.id]);
    expect(await ids('?status=complete')).toEqual([]);
    await orders.request.get('/api/orders?status=nonsense').set('Cookie', user.cookie).expect(400);
    await orders.request.get('/api/orders').expect(401);
  });

  test('shows an order only to its buyer', async () => {
    const order = await anOrder();
    await show(order.id, order.user).expect(200);
    await show(order.id, aUser()).expect(403);
    await show(newId(), order.user).expect(404);
  });
});

describe('the history of an order', () => {
  test('shows each change with its user, time, states, and request or event', async () => {
    const order = await anOrder();
    await orders.publish(paymentFor(order.id));
    await becomes(order, 'complete');
    const stored = await orders.ctx.orders.model.findById(order.id).lean();
    expect(stored?.history).toMatchObject([
      { by: `user:${order.user.id}`, why: expect.stringMatching(/^request:/), to: 'created', version: 0 },
      {
        by: 'system',
        why: `event:payment:created/${order.id}/2`,
        from: 'created',
        to: 'complete',
        version: 1,
      },
    ]);
  });

  test('and its event carry the trace of the request', async () => {
    const trace = '0af7651916cd43dd8448eb211c80319c';
    const { body } = await place(await aTicket(), aUser())
      .set('traceparent', `00-${trace}-b7ad6b7169203331-01`)
      .expect(201);
    await eventually(() =>
      expect(orders.events.find(({ subject }) => subject === body.id)?.traceparent).toContain(trace),
    );
  });
});

describe('a buyer with a deleted account', () => {
  test('holds no unpaid order, and paid orders stay', async () => {
    const user = aUser();
    const paid = await anOrder(user);
    await orders.publish(paymentFor(paid.id));
    await becomes(paid, 'complete');
    const other = await anOrder();
    const ticket = { title: 'Final', priceInMinorUnits: 1_999, currency: 'usd', version: 0 };
    const stored = { userId: user.id, status: 'created', version: 0, outbox: [], history: [] };
    const many = Array.from({ length: 1_000 }, () => ({
      _id: newId() as never,
      ...stored,
      ticket: { ...ticket, id: newId() },
      expiresAt: new Date(Date.now() + 900_000),
      changedAt: new Date(),
    }));
    await orders.ctx.orders.model.collection.insertMany(many);
    const deleted = UserDeleted({ id: user.id, version: 3, sessions: [] });
    await orders.publish(deleted);
    await orders.publish(deleted, { repeat: true });
    const open = () =>
      orders.ctx.orders.model.countDocuments({ userId: user.id, status: 'created' } as never);
    await eventually(async () => expect(await open()).toBe(0), 30_000);
    await becomes(paid, 'complete');
    await becomes(other, 'created');
  });
});
