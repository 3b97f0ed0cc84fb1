// The orders for a seller's tickets, as the seller sees them.

import { PaymentPartlyRefunded } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { aUser, eventually, type TestUser } from '@ticketing/common/testing';
import { clientOf, paymentFor, refundOf, startOrders, type Orders } from '../testing/start.js';

let orders: Orders;
let ahead = 0;
beforeAll(async () => {
  orders = await startOrders(() => ahead);
});
afterAll(() => orders.stop());

const { aTicket, place, placeCart, cancel, becomes } = clientOf(() => orders);

const list = (seller: TestUser, query = '') =>
  orders.request.get(`/api/orders/sales${query}`).set('Cookie', seller.cookie);
const salesOf = async (seller: TestUser, query = '') =>
  (await list(seller, query).expect(200)).body as { orderId: string; items: { places: number[] }[] }[];
const idsOf = async (seller: TestUser, query = '') =>
  (await salesOf(seller, query)).map(({ orderId }) => orderId);

const aTicketOf = ({ id: userId }: TestUser, more: Parameters<typeof aTicket>[0] = {}) =>
  aTicket({ userId, ...more });

async function aSale(ticketId: string, quantity = 1, amount = '19.99') {
  const user = aUser();
  const { body } = await place(ticketId, user, { quantity }).expect(201);
  const order = { id: body.id as string, user };
  await orders.publish(paymentFor(order.id, 'pi_1', amount));
  await becomes(order, 'complete');
  return order;
}

describe('the sales of a seller', () => {
  test('show what was sold and when, and nothing about the buyer', async () => {
    const seller = aUser();
    const ticketId = await aTicketOf(seller, { quantity: 3 });
    const user = aUser();
    const { body } = await place(ticketId, user, { quantity: 2 }).expect(201);
    ahead = 60_000;
    const [soonest, latest] = [Date.now() + 50_000, Date.now() + 300_000];
    await orders.publish(paymentFor(body.id, 'pi_1', '39.98'));
    await becomes({ id: body.id, user }, 'complete');
    ahead = 0;

    const [sale] = (await list(seller).expect(200)).body;
    const { soldAt, ...rest } = sale;
    expect(rest).toEqual({
      orderId: body.id,
      status: 'complete',
      items: [
        {
          ticket: { id: ticketId, title: 'Final 0', price: '19.99', currency: 'usd', version: 0 },
          quantity: 2,
          places: [0, 1],
        },
      ],
      total: '39.98',
      currency: 'usd',
    });
    expect(Date.parse(soldAt)).toBeGreaterThan(soonest);
    expect(Date.parse(soldAt)).toBeLessThan(latest);
    expect(JSON.stringify(sale)).not.toContain(user.id);
  });

  test('are complete, free and refunded orders; not open and not cancelled ones', async () => {
    const seller = aUser();
    const ticketId = await aTicketOf(seller, { quantity: 9 });
    const freeId = await aTicketOf(seller, { price: '0.00', quantity: 9 });
    await place(ticketId, aUser()).expect(201);
    const [buyer, givenUp] = [aUser(), aUser()];
    const { body: cancelled } = await place(freeId, givenUp).expect(201);
    await cancel(cancelled.id, givenUp).expect(204);
    const complete = await aSale(ticketId);
    const refunded = await aSale(ticketId);
    await orders.publish(refundOf(refunded.id));
    await becomes(refunded, 'refunded');
    const { body: free } = await place(freeId, buyer).expect(201);

    expect(await salesOf(seller)).toMatchObject([
      { orderId: free.id, status: 'complete', total: '0.00' },
      { orderId: refunded.id, status: 'refunded', total: '19.99' },
      { orderId: complete.id, status: 'complete' },
    ]);
  });

  test('are nobody else’s, not even if they name the ticket', async () => {
    const seller = aUser();
    const ticketId = await aTicketOf(seller);
    const { user: buyer } = await aSale(ticketId);
    for (const other of [buyer, aUser()]) expect(await salesOf(other, `?ticketId=${ticketId}`)).toEqual([]);
    await orders.request.get('/api/orders/sales').expect(401);
  });

  test('of one ticket have the carts that hold it, even after the refund of its places', async () => {
    const seller = aUser();
    const [a, b] = [await aTicketOf(seller), await aTicketOf(seller, { quantity: 5 })];
    const user = aUser();
    const items = [{ ticketId: a }, { ticketId: b, quantity: 2 }];
    const { body: cart } = await placeCart({ items }, user).expect(201);
    const payment = { id: cart.id, orderId: cart.id, stripeId: 'pi_1', amount: '59.97' };
    await orders.publish(paymentFor(cart.id, 'pi_1', '59.97'));
    await becomes({ id: cart.id, user }, 'complete');
    const alone = await aSale(b);
    expect(await idsOf(seller, `?ticketId=${a}`)).toEqual([cart.id]);
    expect(await idsOf(seller, `?ticketId=${b}`)).toEqual([alone.id, cart.id]);

    const refund = { id: `rf-${cart.id}-1`, amount: '19.99', status: 'succeeded', by: 'seller', reason: '' };
    await orders.publish(
      PaymentPartlyRefunded({
        ...{ ...payment, version: 4, currency: 'usd', refunded: '19.99' },
        refunds: [{ ...refund, places: [{ ticketId: a, place: 0 }] } as never],
      }),
    );
    await eventually(async () =>
      expect((await salesOf(seller, `?ticketId=${a}`))[0]?.items).toMatchObject([
        { quantity: 0, places: [] },
        { quantity: 2 },
      ]),
    );
  });

  test('are paged, each on one page', async () => {
    const seller = aUser();
    const ticketId = await aTicketOf(seller, { quantity: 9 });
    const sold = [await aSale(ticketId), await aSale(ticketId), await aSale(ticketId)].map(({ id }) => id);
    const query = `?ticketId=${ticketId}&limit=2`;
    const first = await list(seller, query).expect(200);
    const next = /<([^>]+)>/.exec(first.headers['link'] ?? '')?.[1] ?? '';
    const second = await orders.request.get(next).set('Cookie', seller.cookie).expect(200);
    const found = [...first.body, ...second.body].map(({ orderId }: { orderId: string }) => orderId);
    expect(found).toEqual(sold.reverse());
    expect(second.headers['link']).toBeUndefined();
  });

  test.each(['?ticketId=x', '?limit=0', '?cursor=x', '?status=complete'])('refuse %s', async (query) => {
    await list(aUser(), query).expect(400);
  });
});

describe('among many other sales, of other sellers and of other tickets of the same seller', () => {
  const [seller, ticketId, cartTicketId] = [aUser(), newId(), newId()];
  const stored = (sellerId: string, id: string, inCart = false) => ({
    _id: newId() as never,
    ...{ userId: newId(), status: 'complete', version: 1, outbox: [], history: [], changedAt: new Date(0) },
    ticket: {
      ...{ id: inCart ? [id, `${id}/1`] : id, title: 'Final', priceInMinorUnits: 1_999 },
      ...{ currency: 'usd', version: 0, sellerId },
    },
    ...(inCart && {
      items: [{ ticketId: id, title: 'Final', priceInMinorUnits: 5, version: 0, places: [0, 1] }],
    }),
    expiresAt: new Date(0),
  });

  beforeAll(async () => {
    const others = Array.from({ length: 3_000 }, (_, n) =>
      stored(n % 2 === 0 ? newId() : seller.id, newId(), n % 3 === 0),
    );
    const own = [stored(seller.id, ticketId), stored(seller.id, cartTicketId, true)];
    await orders.ctx.orders.model.collection.insertMany([...own, ...others]);
  });

  test.each([
    ['all sales', () => '?limit=5', 5],
    ['the sales of a ticket', () => `?ticketId=${ticketId}`, 1],
    ['the carts of a ticket', () => `?ticketId=${cartTicketId}`, 1],
  ])('%s are read from an index that holds them in order', async (_what, query, count) => {
    const { model } = orders.ctx.orders;
    const find = jest.spyOn(model, 'find');
    expect(await idsOf(seller, query())).toHaveLength(count);
    // The sweep of overdue orders may read at the same time.
    const [filter] = find.mock.calls.find(([asked]) => JSON.stringify(asked).includes(seller.id)) ?? [];
    find.mockRestore();
    const { executionStats, queryPlanner } = (await model.collection
      .find(filter as never)
      .sort({ _id: -1 })
      .limit(5)
      .explain('executionStats')) as {
      executionStats: { totalKeysExamined: number; totalDocsExamined: number };
      queryPlanner: { winningPlan: object };
    };
    const plan = JSON.stringify(queryPlanner.winningPlan);
    expect(plan).toContain('"indexName":"sales');
    expect(plan).not.toMatch(/COLLSCAN|"stage":"SORT"/);
    expect(executionStats.totalDocsExamined).toBeLessThanOrEqual(count + 1);
    expect(executionStats.totalKeysExamined).toBeLessThanOrEqual(count + 3);
  });
});
