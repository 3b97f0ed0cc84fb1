// Orders of the previous release, stored as that release stores them, beside those of this one.

import { newId } from '@ticketing/common/id';
import { aUser, eventually, startForTest } from '@ticketing/common/testing';
import { service } from './service.js';
import { clientOf, paymentFor, refundOf, startOrders, type Orders } from './testing/start.js';

let orders: Orders;
beforeAll(async () => {
  orders = await startOrders(() => 0);
});
afterEach(async () => {
  await orders.ctx.orders.model.createIndexes();
});
afterAll(() => orders.stop());

const { aTicket, place, placeCart, cancel, show, anOrder, becomes } = clientOf(() => orders);
const collection = () => orders.ctx.orders.model.collection;

const oldFields = {
  title: 'Final 0',
  priceInMinorUnits: 1_999,
  currency: 'usd',
  version: 0,
};

/** An unpaid order as the previous release stores it. */
const oldOrder = (ticketId: string, sellerId: string | undefined, userId = newId()) => ({
  _id: newId() as never,
  userId,
  ticket: { id: ticketId, ...oldFields, ...(sellerId !== undefined && { sellerId }) },
  status: 'created',
  slot: 3,
  repeat: 0,
  expiresAt: new Date(Date.now() + 900_000),
  version: 0,
  outbox: [],
  history: [],
  changedAt: new Date(),
  madeBy: newId(),
});

async function aTicketOf(quantity?: number) {
  const sellerId = aUser().id;
  const ticketId = await aTicket({ userId: sellerId, ...(quantity !== undefined && { quantity }) });
  return { ticketId, sellerId };
}

const isRefused = async (insert: Promise<unknown>) => {
  await expect(insert).rejects.toMatchObject({ code: 11_000 });
};

describe('an order of the previous release', () => {
  test('excludes new orders for its ticket, alone and in a cart', async () => {
    const { ticketId, sellerId } = await aTicketOf();
    const other = await aTicket({ userId: sellerId, quantity: 9 });
    await collection().insertOne(oldOrder(ticketId, sellerId));
    await place(ticketId, aUser()).expect(409);
    await placeCart({ items: [{ ticketId: other }, { ticketId }] }, aUser()).expect(409);
    await placeCart({ items: [{ ticketId: other, quantity: 2 }] }, aUser()).expect(201);
  });

  test('holds place 0 of a ticket that has several places now', async () => {
    const { ticketId, sellerId } = await aTicketOf(3);
    await collection().insertOne(oldOrder(ticketId, sellerId));
    const { body } = await place(ticketId, aUser(), { quantity: 2 }).expect(201);
    expect(body.items[0].places).toEqual([1, 2]);
    await place(ticketId, aUser()).expect(409);
  });

  test('is refused while a new one holds the ticket, alone or in a cart (in an array of claims)', async () => {
    const { ticketId, sellerId } = await aTicketOf();
    const order = await anOrder(aUser(), ticketId);
    await isRefused(collection().insertOne(oldOrder(ticketId, sellerId)));
    await cancel(order.id, order.user).expect(204);

    const other = await aTicket({ userId: sellerId });
    const { body } = await placeCart({ items: [{ ticketId: other }, { ticketId }] }, aUser()).expect(201);
    const stored = await collection().findOne({ _id: body.id as never });
    expect(stored?.['ticket'].id).toEqual([other, ticketId]);
    for (const id of [ticketId, other]) await isRefused(collection().insertOne(oldOrder(id, sellerId)));
  });

  test('is accepted then without the unique index (the control of the test above)', async () => {
    const { ticketId, sellerId } = await aTicketOf();
    await anOrder(aUser(), ticketId);
    await collection().dropIndex('one-holder-per-place');
    try {
      await collection().insertOne(oldOrder(ticketId, sellerId));
    } finally {
      await orders.ctx.orders.model.deleteMany({});
    }
  });

  test('is shown, paid, refunded and cancelled like a new one', async () => {
    const user = aUser();
    const anOldOrder = async () => {
      const { ticketId, sellerId } = await aTicketOf();
      const old = oldOrder(ticketId, sellerId, user.id);
      await collection().insertOne(old);
      return { id: String(old._id), ticketId, user };
    };
    const paid = await anOldOrder();
    expect((await show(paid.id, user).expect(200)).body).toMatchObject({
      ticket: { id: paid.ticketId, price: '19.99' },
      items: [{ ticket: { id: paid.ticketId, price: '19.99' }, quantity: 1, places: [0] }],
      total: '19.99',
    });
    expect((await place(paid.ticketId, user).expect(200)).body.id).toBe(paid.id);
    await orders.publish(paymentFor(paid.id));
    await becomes(paid, 'complete');
    const [completed] = await eventually(() => {
      const events = orders.eventsOf('order:completed', paid.id);
      expect(events).toHaveLength(1);
      return events;
    });
    expect(completed).not.toHaveProperty('items');
    await orders.publish(refundOf(paid.id));
    await becomes(paid, 'refunded');
    await place(paid.ticketId, aUser()).expect(201);

    const open = await anOldOrder();
    await cancel(open.id, user).expect(204);
    const stored = await collection().findOne({ _id: open.id as never });
    expect(stored).toMatchObject({ status: 'cancelled', ticket: { id: open.ticketId } });
    expect(stored).not.toHaveProperty('slot');
  });

  test('a new order for one place is stored as that release would store it', async () => {
    const { ticketId, sellerId } = await aTicketOf();
    const { id } = await anOrder(aUser(), ticketId);
    const stored = await collection().findOne({ _id: id as never });
    expect(stored?.['ticket']).toEqual({ id: ticketId, ...oldFields, sellerId });
    expect(stored).not.toHaveProperty('items');
  });
});

describe('a start on the data of the previous release', () => {
  const retired = ['one-holder', 'one-slot', 'one-order-per-slot', 'one-order-per-repeat', 'one-effect'];
  const partialFilterExpression = { status: { $in: ['created', 'complete'] } };
  const makeOldIndexes = async () => {
    for (const [index, name] of retired.entries())
      await collection().createIndex(
        name === 'one-holder' ? { 'ticket.id': 1 } : { [`old${index}`]: 1 },
        name === 'one-holder' ? { name, unique: true, partialFilterExpression } : { name },
      );
  };
  const retiredIndexes = async () =>
    (await collection().indexes()).map(({ name }) => name).filter((name) => retired.includes(String(name)));
  const restart = async () => {
    const upgraded = await startForTest(service, orders.env);
    await upgraded.stop();
  };

  test('gives orders their seller, so that they exclude new ones, and then retires the old indexes', async () => {
    await orders.ctx.orders.model.deleteMany({});
    const { ticketId, sellerId } = await aTicketOf();
    const old = oldOrder(ticketId, undefined);
    await makeOldIndexes();
    await collection().insertOne(old);

    await restart();
    expect(await retiredIndexes()).toEqual([]);
    expect(await collection().findOne({ _id: old._id })).toMatchObject({ ticket: { sellerId } });
    await place(ticketId, aUser()).expect(409);
  });

  test('keeps the index of holders while the seller of an order is not known', async () => {
    await orders.ctx.orders.model.deleteMany({});
    const { ticketId, sellerId } = await aTicketOf();
    await orders.ctx.tickets.model.updateOne({ _id: ticketId } as never, { $unset: { sellerId: '' } });
    await makeOldIndexes();
    await collection().insertOne(oldOrder(ticketId, undefined));

    await restart();
    expect(await retiredIndexes()).toEqual(['one-holder']);
    // The seller arrives: the old index still excludes a second holder.
    await orders.ctx.tickets.model.updateOne({ _id: ticketId } as never, { $set: { sellerId } });
    await isRefused(collection().insertOne(oldOrder(ticketId, sellerId)));
    await restart();
    expect(await retiredIndexes()).toEqual([]);
    await isRefused(collection().insertOne(oldOrder(ticketId, sellerId)));
  });
});
