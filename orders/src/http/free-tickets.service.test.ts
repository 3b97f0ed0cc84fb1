// Tickets with the price 0.

import { ExpirationComplete } from '@ticketing/common/events';
import { aUser, eventually } from '@ticketing/common/testing';
import { clientOf, paymentFor, startOrders, type Orders } from '../testing/start.js';

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

const { aTicket, aFreeTicket, place, cancel, show, anOrder, becomes } = clientOf(() => orders);

const seller = aUser();
const aFreeTicketOfSeller = () => aTicket({ price: '0.00', userId: seller.id });
const freeTickets = (count: number): Promise<string[]> =>
  Promise.all(Array.from({ length: count }, aFreeTicketOfSeller));
const isPlaced = ({ status }: { status: number }) => status === 201;

describe('an order for a free ticket', () => {
  test('is complete at once, and publishes order:created and order:completed', async () => {
    const user = aUser();
    const { body, headers } = await place(await aFreeTicket(), user).expect(201);
    expect(body).toMatchObject({ status: 'complete', version: 1, ticket: { price: '0.00' } });
    expect(headers['etag']).toBe('"1"');
    await eventually(() => {
      expect(orders.eventsOf('order:created', body.id)).toMatchObject([
        { version: 0, status: 'created', ticket: { price: '0.00' } },
      ]);
      expect(orders.eventsOf('order:completed', body.id)).toMatchObject([{ version: 1 }]);
    });
    const stored = await orders.ctx.orders.model.findById(body.id).lean();
    expect(stored?.history).toMatchObject([{ to: 'complete', detail: `ticket ${body.ticket.id}` }]);
    expect((await place(body.ticket.id, user).expect(200)).body).toEqual(body);
    const { body: refused } = await place(body.ticket.id, aUser()).expect(409);
    expect(refused.errors[0].code).toBe('ticket-sold');
  });

  test('is not touched by its expiry', async () => {
    const order = await anOrder(aUser(), await aFreeTicket());
    const unpaid = await anOrder();
    ahead = 904_000;
    await orders.publish(ExpirationComplete({ orderId: order.id }));
    await becomes(unpaid, 'cancelled');
    await becomes(order, 'complete');
  });

  test('can be cancelled by its buyer, which frees the ticket and the slot', async () => {
    const order = await anOrder(aUser(), await aFreeTicket());
    await cancel(order.id, aUser()).expect(403);
    await cancel(order.id, order.user).expect(204);
    await cancel(order.id, order.user).expect(204);
    await eventually(() =>
      expect(orders.eventsOf('order:cancelled', order.id)).toMatchObject([{ reason: 'buyer', version: 2 }]),
    );
    await anOrder(aUser(), order.ticket.id);
    const { sellerId } = await orders.ctx.tickets.get(order.ticket.id);
    expect(await orders.ctx.orders.findSlotsOf(sellerId, order.user.id)).toEqual([]);
  });
});

// The promise: one holder.
test('of fifty buyers who order the same free ticket at once, exactly one gets it', async () => {
  for (const ticketId of await freeTickets(5)) {
    const answers = await Promise.all(Array.from({ length: 50 }, () => place(ticketId, aUser())));
    expect(answers.filter(isPlaced)).toHaveLength(1);
  }
});

// The promise: no hoarding.
describe('a buyer who orders fifty free tickets at once', () => {
  const placeFifty = async () => {
    const [user, tickets] = [aUser(), await freeTickets(50)];
    return { user, answers: await Promise.all(tickets.map((id) => place(id, user))) };
  };

  test('gets exactly twenty, and no paid one beside them until one is cancelled', async () => {
    const { user, answers } = await placeFifty();
    const placed = answers.filter(isPlaced);
    expect(placed).toHaveLength(20);
    const paidTicket = await aTicket({ userId: seller.id });
    const { body } = await place(paidTicket, user).expect(409);
    expect(body.errors[0].code).toBe('too-many-holds');
    await cancel(placed[0]?.body.id, user).expect(204);
    await anOrder(user, paidTicket);
    await place(await aFreeTicketOfSeller(), user).expect(409);
  });

  test('gets more without the unique index (the control of the test above)', async () => {
    await orders.ctx.orders.model.collection.dropIndex('one-place-per-slot');
    try {
      expect((await placeFifty()).answers.filter(isPlaced).length).toBeGreaterThan(20);
    } finally {
      await orders.ctx.orders.model.deleteMany({});
      await orders.ctx.orders.model.createIndexes();
    }
  });
});

test('a payment for a free order raises an alarm and changes nothing', async () => {
  const order = await anOrder(aUser(), await aFreeTicket());
  const alarm = jest.spyOn(orders.ctx.log, 'error');
  await orders.publish(paymentFor(order.id));
  await eventually(() =>
    expect(alarm).toHaveBeenCalledWith(
      expect.objectContaining({ orderId: order.id, alarm: true }),
      expect.any(String),
    ),
  );
  alarm.mockRestore();
  expect((await show(order.id, order.user)).body).toMatchObject({ status: 'complete', version: 1 });
});
