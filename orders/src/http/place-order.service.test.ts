import { TicketCreated, TicketUpdated, TicketWithdrawn } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { aUser, eventually, startForTest, withoutLimits, type TestUser } from '@ticketing/common/testing';
import { service } from '../service.js';
import { clientOf, paymentFor, startOrders, ticketData, type Orders } from '../testing/start.js';

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

describe('placing an order', () => {
  test('reserves a ticket for a limited time and publishes order:created', async () => {
    const [before, order, after] = [Date.now(), await anOrder(), Date.now()];
    expect(order).toMatchObject({
      status: 'created',
      version: 0,
      ticket: { title: 'Final 0', price: '19.99' },
    });
    const placedAt = new Date(order.expiresAt).getTime() - 900_000;
    expect(placedAt).toBeGreaterThanOrEqual(before);
    expect(placedAt).toBeLessThanOrEqual(after);
    await eventually(() =>
      expect(orders.eventsOf('order:created', order.id)).toMatchObject([
        { expiresAt: order.expiresAt, version: 0 },
      ]),
    );
  });

  test('waits for a ticket whose event is still in flight', async () => {
    const ticketId = newId();
    const [answer] = await withoutLimits(() =>
      Promise.all([place(ticketId, aUser()), orders.publish(TicketCreated(ticketData(ticketId)))]),
    );
    expect(answer.status).toBe(201);
  });

  test('answers 503 with Retry-After while the event of the ticket may be on its way, and stores no answer', async () => {
    const [ticketId, user] = [newId(), aUser()];
    const order = () => place(ticketId, user).set('Idempotency-Key', ticketId);
    const early = await order();
    expect([early.status, early.headers['retry-after']]).toEqual([503, '2']);
    await orders.publish(TicketCreated(ticketData(ticketId)));
    await eventually(() => order().expect(201));
  });

  test('answers 404 for an unknown ticket, 400 for an invalid id and 401 without a session', async () => {
    await place('0'.repeat(24), aUser()).expect(404);
    for (const bad of ['x', '', 7, null, { $gt: '' }, undefined]) await place(bad, aUser()).expect(400);
    await orders.request.post('/api/orders').send({ ticketId: newId() }).expect(401);
  });

  test('returns the same order to a buyer who holds the ticket', async () => {
    const order = await anOrder();
    const again = await place(order.ticket.id, order.user).expect(200);
    expect(again.body.id).toBe(order.id);
  });

  test('refuses a ticket that another buyer holds or has bought', async () => {
    const order = await anOrder();
    const reserved = await place(order.ticket.id, aUser());
    expect([reserved.status, reserved.body.errors[0].code]).toEqual([409, 'ticket-reserved']);
    await orders.publish(paymentFor(order.id));
    await becomes(order, 'complete');
    const sold = await place(order.ticket.id, aUser());
    expect([sold.status, sold.body.errors[0].code]).toEqual([409, 'ticket-sold']);
  });

  test('refuses a seller their own ticket: own-ticket', async () => {
    const seller = aUser();
    const ticketId = await aTicket({ userId: seller.id });
    const { status, body } = await place(ticketId, seller);
    expect([status, body.errors[0].code]).toEqual([409, 'own-ticket']);
    await place(ticketId, aUser()).expect(201);
  });

  test('waits for the seller of a ticket whose copy is from an earlier release: ticket-version-unknown', async () => {
    const seller = aUser();
    const data = ticketData(newId(), 0, { userId: seller.id });
    await orders.publish(TicketCreated(data));
    await eventually(() => orders.ctx.tickets.get(data.id));
    await orders.ctx.tickets.model.updateOne({ _id: data.id } as never, { $unset: { sellerId: '' } });
    const unknown = await place(data.id, aUser()).expect(503);
    expect(unknown.body.errors[0].code).toBe('ticket-version-unknown');
    await orders.publish(TicketUpdated(data));
    await eventually(async () => {
      expect((await orders.ctx.tickets.get(data.id)).sellerId).toBe(seller.id);
    });
    await place(data.id, seller).expect(409);
  });

  test('sells sellers their own tickets where ALLOW_OWN_PURCHASE is set', async () => {
    const seller = aUser();
    const ticketId = await aTicket({ userId: seller.id });
    const tolerant = await startForTest(service, { ...orders.env, ALLOW_OWN_PURCHASE: 'true' });
    try {
      await tolerant.request.post('/api/orders').set('Cookie', seller.cookie).send({ ticketId }).expect(201);
    } finally {
      await tolerant.stop();
    }
  });

  test('refuses a withdrawn ticket, except to its holder: ticket-withdrawn', async () => {
    const seller = aUser();
    const ticketId = await aTicket({ userId: seller.id });
    const order = await anOrder(aUser(), ticketId);
    await orders.publish(TicketWithdrawn(ticketData(ticketId, 1, { userId: seller.id })));
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

// The promise: one holder.
describe('of fifty buyers who order the same ticket at once', () => {
  async function placeAtOnce(): Promise<number[]> {
    const tickets = await Promise.all(Array.from({ length: 20 }, () => aTicket()));
    const buyers = Array.from({ length: 50 }, () => aUser());
    return Promise.all(
      tickets.map(async (ticketId) => {
        const answers = await Promise.all(buyers.map((user) => place(ticketId, user)));
        expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true);
        return answers.filter(({ status }) => status === 201).length;
      }),
    );
  }

  test('exactly one gets it, for each of twenty tickets', async () => {
    expect(await placeAtOnce()).toEqual(Array.from({ length: 20 }, () => 1));
  });

  test('more than one gets it without the unique index (the control of the test above)', async () => {
    await orders.ctx.orders.model.collection.dropIndex('one-holder-per-place');
    try {
      const winners = await placeAtOnce();
      expect(Math.max(...winners)).toBeGreaterThan(1);
    } finally {
      await orders.ctx.orders.model.deleteMany({});
      await orders.ctx.orders.model.createIndexes();
    }
  });
});

// The promise: no hoarding.
describe('a buyer who orders fifty tickets of one seller at once', () => {
  const seller = aUser();
  const aTicketOfSeller = () => aTicket({ userId: seller.id });
  const anOrderAtSeller = async (user: TestUser) => anOrder(user, await aTicketOfSeller());

  async function placeFifty(user = aUser()): Promise<{ user: TestUser; answers: string[] }> {
    const tickets = await Promise.all(Array.from({ length: 50 }, aTicketOfSeller));
    const answers = await Promise.all(tickets.map((ticketId) => place(ticketId, user)));
    return { user, answers: answers.map(({ status, body }) => `${status} ${body.errors?.[0].code ?? ''}`) };
  }
  const placed = (answers: string[]) => answers.filter((answer) => answer === '201 ').length;

  test('gets exactly twenty and too-many-holds for the others', async () => {
    const { user, answers } = await placeFifty();
    expect(placed(answers)).toBe(20);
    expect(answers.filter((answer) => answer === '409 too-many-holds')).toHaveLength(30);
    const { body } = await orders.request.get('/api/orders').set('Cookie', user.cookie).expect(200);
    expect(body).toHaveLength(20);
  });

  test('gets more without the unique index (the control of the test above)', async () => {
    await orders.ctx.orders.model.collection.dropIndex('one-place-per-slot');
    try {
      expect(placed((await placeFifty()).answers)).toBeGreaterThan(20);
    } finally {
      await orders.ctx.orders.model.deleteMany({});
      await orders.ctx.orders.model.createIndexes();
    }
  });

  test('does not block other buyers, and can order again when an order is cancelled, paid or expired', async () => {
    const user = aUser();
    const held = [];
    for (let count = 0; count < 20; count += 1) held.push(await anOrderAtSeller(user));
    const full = async () => {
      const { status, body } = await place(await aTicketOfSeller(), user);
      expect([status, body.errors[0].code]).toEqual([409, 'too-many-holds']);
    };
    await full();
    await anOrderAtSeller(aUser());
    await anOrder(user);

    const [first, second] = held;
    if (!first || !second) throw new Error('twenty orders were placed');
    await place(first.ticket.id, user).expect(200);
    await cancel(first.id, user).expect(204);
    await anOrderAtSeller(user);
    await full();
    await orders.publish(paymentFor(second.id));
    await becomes(second, 'complete');
    await anOrderAtSeller(user);
    await full();
    ahead = 904_000;
    await becomes(held[2] ?? second, 'cancelled');
    await anOrderAtSeller(user);
  });

  test('gets no more than a lowered limit beyond the orders placed before', async () => {
    const user = aUser();
    for (let count = 0; count < 10; count += 1) await anOrderAtSeller(user);
    const stricter = await startForTest(service, { ...orders.env, MAX_ACTIVE_ORDERS_PER_USER: '3' });
    try {
      const placeAtStricter = async () => {
        const ticketId = await aTicketOfSeller();
        return stricter.request.post('/api/orders').set('Cookie', user.cookie).send({ ticketId });
      };
      for (let count = 0; count < 3; count += 1) await placeAtStricter();
      expect((await placeAtStricter()).body.errors[0].code).toBe('too-many-holds');
    } finally {
      await stricter.stop();
    }
  });
});
