import {
  ExpirationComplete,
  PaymentCreated,
  TicketCreated,
  TicketUpdated,
  TicketWithdrawn,
  UserDeleted,
} from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { aUser, eventually, startForTest, type TestService, type TestUser } from '@ticketing/common/testing';
import type { OrdersContext } from './store.js';
import { service } from './service.js';

let orders: TestService<OrdersContext>;
/** what the service takes for now, when a test moves it */
let ahead = 0;

beforeAll(async () => {
  orders = await startForTest(
    service,
    { OVERDUE_SWEEP_MS: '100' },
    { now: () => new Date(Date.now() + ahead) },
  );
});
afterEach(() => {
  ahead = 0;
});
afterAll(() => orders.stop());

const ticketData = (id: string, version = 0) => ({
  id,
  version,
  title: `Final ${version}`,
  price: '19.99',
  currency: 'usd' as const,
  userId: newId(),
});

async function aTicket(): Promise<string> {
  const id = newId();
  await orders.publish(TicketCreated(ticketData(id)));
  return id;
}

const place = (ticketId: unknown, user: TestUser) =>
  orders.request.post('/api/orders').set('Cookie', user.cookie).send({ ticketId });
const cancel = (id: string, user: TestUser) =>
  orders.request.delete(`/api/orders/${id}`).set('Cookie', user.cookie);
const show = (id: string, user: TestUser) =>
  orders.request.get(`/api/orders/${id}`).set('Cookie', user.cookie);

async function anOrder(user = aUser(), ticketId?: string) {
  const { body } = await place(ticketId ?? (await aTicket()), user).expect(201);
  return { ...(body as { id: string; ticket: { id: string }; expiresAt: string }), user };
}

const paymentFor = (orderId: string, stripeId = 'pi_1') =>
  PaymentCreated({ id: orderId, orderId, version: 2, stripeId, amount: '19.99', currency: 'usd' });

const becomes = ({ id, user }: { id: string; user: TestUser }, status: string) =>
  eventually(async () => expect((await show(id, user)).body.status).toBe(status));

describe('placing an order', () => {
  test('reserves a ticket for its buyer until the window closes, and tells the other services', async () => {
    const before = Date.now();
    const order = await anOrder();
    expect(order).toMatchObject({
      status: 'created',
      version: 0,
      ticket: { title: 'Final 0', price: '19.99' },
    });
    expect(new Date(order.expiresAt).getTime() - before - 900_000).toBeLessThan(5_000);
    await eventually(() =>
      expect(orders.eventsOf('order:created', order.id)).toMatchObject([
        { expiresAt: order.expiresAt, version: 0 },
      ]),
    );
  });

  test('waits a moment for a ticket whose event is still on its way', async () => {
    const ticketId = newId();
    const placing = place(ticketId, aUser());
    const [answer] = await Promise.all([placing, orders.publish(TicketCreated(ticketData(ticketId)))]);
    expect(answer.status).toBe(201);
  });

  test('answers 404 for a ticket that nobody knows, 400 for what is no id, 401 without a session', async () => {
    await place(newId(), aUser()).expect(404);
    for (const bad of ['x', '', 7, null, { $gt: '' }, undefined]) await place(bad, aUser()).expect(400);
    await orders.request.post('/api/orders').send({ ticketId: newId() }).expect(401);
  });

  test('gives who holds the ticket the same order again', async () => {
    const order = await anOrder();
    const again = await place(order.ticket.id, order.user).expect(200);
    expect(again.body.id).toBe(order.id);
  });

  test('refuses a ticket that another holds, and one that is sold', async () => {
    const order = await anOrder();
    const reserved = await place(order.ticket.id, aUser());
    expect([reserved.status, reserved.body.errors[0].code]).toEqual([409, 'ticket-reserved']);
    await orders.publish(paymentFor(order.id));
    await becomes(order, 'complete');
    const sold = await place(order.ticket.id, aUser());
    expect([sold.status, sold.body.errors[0].code]).toEqual([409, 'ticket-sold']);
  });

  test('refuses a ticket that is withdrawn, but not who holds it already: ticket-withdrawn', async () => {
    const order = await anOrder();
    const ticketId = order.ticket.id;
    await orders.publish(TicketWithdrawn(ticketData(ticketId, 1)));
    await eventually(async () => expect((await orders.ctx.tickets.get(ticketId)).withdrawn).toBe(true));
    const refused = async () => {
      const { status, body } = await place(ticketId, aUser());
      return [status, body.errors[0].code];
    };
    expect(await refused()).toEqual([409, 'ticket-withdrawn']);
    expect((await place(ticketId, order.user).expect(200)).body.id).toBe(order.id);
    await cancel(order.id, order.user).expect(204);
    expect(await refused()).toEqual([409, 'ticket-withdrawn']);
  });

  test('keeps the price that the buyer saw', async () => {
    const order = await anOrder();
    await orders.publish(TicketUpdated({ ...ticketData(order.ticket.id, 1), price: '25.00' }));
    const later = await eventually(async () => {
      const copy = await orders.ctx.tickets.get(order.ticket.id);
      expect(copy.priceInMinorUnits).toBe(2_500);
      return (await show(order.id, order.user)).body;
    });
    expect(later.ticket).toMatchObject({ price: '19.99', version: 0 });
  });
});

// *one holder*
describe('fifty buyers at one instant, for each of twenty tickets', () => {
  async function rush(): Promise<number[]> {
    const tickets = await Promise.all(Array.from({ length: 20 }, aTicket));
    await Promise.all(tickets.map((id) => orders.ctx.tickets.getOrWait(id)));
    const buyers = Array.from({ length: 50 }, () => aUser());
    return Promise.all(
      tickets.map(async (ticketId) => {
        const answers = await Promise.all(buyers.map((user) => place(ticketId, user)));
        expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true);
        return answers.filter(({ status }) => status === 201).length;
      }),
    );
  }

  test('exactly one gets it', async () => {
    expect(await rush()).toEqual(Array.from({ length: 20 }, () => 1));
  });

  test('…and without the unique index more than one would (this keeps the test above honest)', async () => {
    await orders.ctx.orders.model.collection.dropIndex('one-holder');
    try {
      const winners = await rush();
      expect(Math.max(...winners)).toBeGreaterThan(1);
    } finally {
      await orders.ctx.orders.model.deleteMany({});
      await orders.ctx.orders.model.createIndexes();
    }
  });
});

// *no hoarding*
describe('a buyer who wants fifty tickets at one instant', () => {
  async function grab(user = aUser()): Promise<{ user: TestUser; answers: string[] }> {
    const tickets = await Promise.all(Array.from({ length: 50 }, aTicket));
    await Promise.all(tickets.map((id) => orders.ctx.tickets.getOrWait(id)));
    const answers = await Promise.all(tickets.map((ticketId) => place(ticketId, user)));
    return { user, answers: answers.map(({ status, body }) => `${status} ${body.errors?.[0].code ?? ''}`) };
  }
  const placed = (answers: string[]) => answers.filter((answer) => answer === '201 ').length;

  test('holds exactly ten, and is refused the others: too-many-holds', async () => {
    const { user, answers } = await grab();
    expect(placed(answers)).toBe(10);
    expect(answers.filter((answer) => answer === '409 too-many-holds')).toHaveLength(40);
    const { body } = await orders.request.get('/api/orders').set('Cookie', user.cookie).expect(200);
    expect(body).toHaveLength(10);
  });

  test('…and without the unique index would hold more (this keeps the test above honest)', async () => {
    await orders.ctx.orders.model.collection.dropIndex('one-slot');
    try {
      expect(placed((await grab()).answers)).toBeGreaterThan(10);
    } finally {
      await orders.ctx.orders.model.deleteMany({});
      await orders.ctx.orders.model.createIndexes();
    }
  });

  test('does not keep others from theirs, and has a place again when one is cancelled, paid for or due', async () => {
    const user = aUser();
    const held = [];
    for (let count = 0; count < 10; count += 1) held.push(await anOrder(user));
    const full = async () => {
      const { status, body } = await place(await aTicket(), user);
      expect([status, body.errors[0].code]).toEqual([409, 'too-many-holds']);
    };
    await full();
    await anOrder(aUser());

    const [first, second] = held;
    if (!first || !second) throw new Error('ten orders were placed');
    await place(first.ticket.id, user).expect(200);
    await cancel(first.id, user).expect(204);
    await anOrder(user);
    await full();
    await orders.publish(paymentFor(second.id));
    await becomes(second, 'complete');
    await anOrder(user);
    await full();
    ahead = 904_000;
    await becomes(held[2] ?? second, 'cancelled');
    await anOrder(user);
  });

  test('holds no more when there are fewer places than there were', async () => {
    const user = aUser();
    for (let count = 0; count < 10; count += 1) await anOrder(user);
    const stricter = await startForTest(service, { ...orders.env, MAX_ACTIVE_ORDERS_PER_USER: '3' });
    try {
      const ticketId = await aTicket();
      await stricter.request.post('/api/orders').set('Cookie', user.cookie).send({ ticketId }).expect(409);
    } finally {
      await stricter.stop();
    }
  });
});

describe('cancelling an order', () => {
  test('frees its ticket, as often as it is asked, and tells the other services once', async () => {
    const order = await anOrder();
    await cancel(order.id, order.user).expect(204);
    await cancel(order.id, order.user).expect(204);
    await anOrder(aUser(), order.ticket.id);
    await eventually(() =>
      expect(orders.eventsOf('order:cancelled', order.id)).toMatchObject([{ reason: 'buyer', version: 1 }]),
    );
  });

  test('is for its buyer only, and not after paying', async () => {
    const order = await anOrder();
    await cancel(order.id, aUser()).expect(403);
    await orders.publish(paymentFor(order.id));
    await becomes(order, 'complete');
    const answer = await cancel(order.id, order.user);
    expect([answer.status, answer.body.errors[0].code]).toEqual([409, 'order-complete']);
    await cancel('nonsense', order.user).expect(404);
    await cancel(newId(), order.user).expect(404);
  });

  test('of another version than the one that was seen changes nothing: precondition-failed', async () => {
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

  test('and paying at the same time have one outcome', async () => {
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

describe('an order that is not paid', () => {
  test('is kept while its window is open, whoever says that it is over', async () => {
    const order = await anOrder();
    await orders.publish(ExpirationComplete({ orderId: order.id }));
    const witness = await anOrder();
    await orders.publish(paymentFor(witness.id));
    await becomes(witness, 'complete');
    await becomes(order, 'created');
  });

  test('frees its ticket when the timer says so, once, however often it says so', async () => {
    const order = await anOrder();
    const { OVERDUE_AFTER_MS } = orders.ctx.config;
    ahead = new Date(order.expiresAt).getTime() - Date.now() + OVERDUE_AFTER_MS / 2;
    await orders.publish(ExpirationComplete({ orderId: order.id }));
    await orders.publish(ExpirationComplete({ orderId: order.id }));
    await becomes(order, 'cancelled');
    await eventually(() =>
      expect(orders.eventsOf('order:cancelled', order.id)).toMatchObject([{ reason: 'expired' }]),
    );
    await anOrder(aUser(), order.ticket.id);
  });

  test('frees its ticket even if every timer is lost', async () => {
    const order = await anOrder();
    ahead = 904_000;
    await becomes(order, 'cancelled');
  });

  test('that is complete stays so when an expiration comes late', async () => {
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

describe('looking at orders', () => {
  test('shows a buyer their own, those that hold a ticket, newest first', async () => {
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

  test('shows one to its buyer only', async () => {
    const order = await anOrder();
    await show(order.id, order.user).expect(200);
    await show(order.id, aUser()).expect(403);
    await show(newId(), order.user).expect(404);
  });
});

describe('the record of an order', () => {
  test('says who changed it, when, from which state to which, and by which request or event', async () => {
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

describe('a buyer who has deleted their account', () => {
  test('holds nothing any more, however much that was; what is paid stays', async () => {
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
    const gone = UserDeleted({ id: user.id, version: 3, sessions: [] });
    await orders.publish(gone);
    await orders.publish(gone, { repeat: true });
    const open = () =>
      orders.ctx.orders.model.countDocuments({ userId: user.id, status: 'created' } as never);
    await eventually(async () => expect(await open()).toBe(0), 30_000);
    await becomes(paid, 'complete');
    await becomes(other, 'created');
  });
});
