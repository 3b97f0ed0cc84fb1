// Orders for places of several tickets: what they show and publish, and which input is refused.

import { aUser, eventually, startForTest } from '@ticketing/common/testing';
import { service } from '../service.js';
import { clientOf, paymentFor, refundOf, startOrders, type Orders } from '../testing/start.js';

let orders: Orders;
beforeAll(async () => {
  orders = await startOrders(() => 0);
});
afterAll(() => orders.stop());

const { aTicket, place, placeCart, cancel, show, becomes } = clientOf(() => orders);
const seller = aUser();
const aTicketOfSeller = (more: Parameters<typeof aTicket>[0] = {}) =>
  aTicket({ userId: seller.id, quantity: 50, ...more });

async function aCart() {
  const [user, a, b] = [aUser(), await aTicketOfSeller(), await aTicketOfSeller({ price: '5.00' })];
  const { body } = await placeCart({ items: [{ ticketId: a, quantity: 2 }, { ticketId: b }] }, user).expect(
    201,
  );
  return { id: body.id as string, body, user, a, b };
}

describe('an order for places of two tickets', () => {
  test('shows its items with the price of a place each, and its total', async () => {
    const { body, id, user, a, b } = await aCart();
    const ticket = { id: a, title: 'Final 0', price: '19.99', currency: 'usd', version: 0 };
    expect(body).toMatchObject({
      ticket,
      items: [
        { ticket, quantity: 2, places: [0, 1] },
        { ticket: { id: b, price: '5.00' }, quantity: 1, places: [0] },
      ],
      total: '44.98',
    });
    expect((await show(id, user).expect(200)).body).toEqual(body);
    const { body: list } = await orders.request.get('/api/orders').set('Cookie', user.cookie).expect(200);
    expect(list).toEqual([body]);
  });

  test('publishes its total and its items', async () => {
    const { id, a, b } = await aCart();
    await eventually(() =>
      expect(orders.eventsOf('order:created', id)).toMatchObject([
        {
          ticket: { id: a, price: '44.98', sellerId: seller.id },
          items: [
            { ticketId: a, price: '19.99', places: [0, 1] },
            { ticketId: b, price: '5.00', places: [0] },
          ],
        },
      ]),
    );
  });

  test('is paid by its total, and refunded as a whole', async () => {
    const order = await aCart();
    await orders.publish(paymentFor(order.id, 'pi_1', '44.98'));
    await becomes(order, 'complete');
    await orders.publish(refundOf(order.id, 'pi_1', '44.98'));
    await becomes(order, 'refunded');
    await eventually(() => expect(orders.eventsOf('order:refunded', order.id)).toHaveLength(1));
    expect((await place(order.a, aUser(), { quantity: 2 }).expect(201)).body.items[0].places).toEqual([0, 1]);
  });

  test('is found by each of its tickets, and released by an operator with all its places', async () => {
    const { id, a, b } = await aCart();
    for (const text of [a, b, id]) {
      const { lines } = await orders.operate('find', text);
      expect(lines.map((line) => JSON.parse(line))).toMatchObject([
        { id, related: { ticket: a, holds: `ticket ${a} (places 0, 1), ticket ${b} (place 0)` } },
      ]);
    }
    expect((await orders.operate('release', id)).lines).toEqual([
      `order ${id} is cancelled; it held ticket ${a} (places 0, 1), ticket ${b} (place 0)`,
    ]);
    expect((await orders.operate('find', a)).lines).toEqual([]);
  });

  test('is in the snapshot with its places, and in its history', async () => {
    const { id, a, b, user } = await aCart();
    const { lines } = await orders.operate('snapshot');
    const entries = lines.map((line) => JSON.parse(line) as { about: string; id: string; values: object });
    expect(entries.find((entry) => entry.about === 'orders' && entry.id === id)?.values).toMatchObject({
      priceInMinorUnits: 4_498,
      places: `${a} ${a}/00001 ${b}`,
    });
    await cancel(id, user).expect(204);
    expect(await orders.ctx.orders.historyOf(id)).toMatchObject([
      { detail: `ticket ${a} (places 0, 1), ticket ${b} (place 0)` },
      { detail: 'buyer' },
    ]);
  });

  test('is one order under an Idempotency-Key, whose effect id is the id of the order', async () => {
    const [user, ticketId] = [aUser(), await aTicketOfSeller()];
    const ask = () => place(ticketId, user, { quantity: 2 }).set('Idempotency-Key', `"${user.id}"`);
    const first = await ask().expect(201);
    await cancel(first.body.id, user).expect(204);
    expect((await ask().expect(201)).body).toEqual(first.body);
    const keys = orders.storage.idempotencyKeys?.model.collection;
    expect(await keys?.findOne({ effect: first.body.id })).not.toBeNull();
  });
});

test('the unpaid places of a network are limited, not its orders', async () => {
  const env = { ...orders.env, MAX_ACTIVE_ORDERS_PER_NETWORK: '30' };
  const strict = await startForTest(service, env);
  try {
    const ticketId = await aTicketOfSeller();
    const ask = (quantity: number) =>
      strict.request.post('/api/orders').set('Cookie', aUser().cookie).send({ ticketId, quantity });
    await orders.ctx.orders.model.deleteMany({});
    await ask(20).expect(201);
    await ask(11).expect(429);
    await ask(10).expect(201);
    expect((await ask(1).expect(429)).body.errors[0].code).toBe('too-many-holds-at-network');
  } finally {
    await strict.stop();
  }
});

describe('what cannot be ordered', () => {
  test.each([0, -1, 1.5, 21, '2', null])('a quantity of %j is invalid', async (quantity) => {
    const ticketId = await aTicketOfSeller();
    expect((await place(ticketId, aUser(), { quantity }).expect(400)).body.errors[0].field).toBe('quantity');
    const { body } = await placeCart({ items: [{ ticketId, quantity }] }, aUser()).expect(400);
    expect(body.errors[0].field).toBe('items.0.quantity');
  });

  test('more than twenty places in all, an empty cart, or no ticket at all are invalid', async () => {
    const [a, b] = [await aTicketOfSeller(), await aTicketOfSeller()];
    const field = async (body: object) => (await placeCart(body, aUser()).expect(400)).body.errors[0].field;
    const twentyOne = [
      { ticketId: a, quantity: 11 },
      { ticketId: b, quantity: 10 },
    ];
    expect(await field({ items: twentyOne })).toBe('items');
    expect(await field({ items: [...twentyOne, { ticketId: a }] })).toBe('items');
    expect(await field({ items: [] })).toBe('items');
    expect(await field({})).toBe('ticketId');
  });

  test('a ticket and items, or two versions of one ticket, are invalid', async () => {
    const ticketId = await aTicketOfSeller();
    const field = async (body: object, ifMatch = '*') =>
      (await placeCart(body, aUser()).set('If-Match', ifMatch).expect(400)).body.errors[0].field;
    const items = [{ ticketId }];
    expect(await field({ ticketId, items })).toBe('ticketId');
    expect(await field({ quantity: 2, items })).toBe('quantity');
    expect(await field({ version: 0, items })).toBe('version');
    expect(await field({ items }, '"0"')).toBe('If-Match');
    expect(
      await field({
        items: [
          { ticketId, version: 0 },
          { ticketId, version: 1 },
        ],
      }),
    ).toBe('items');
    await placeCart({ items: [{ ticketId, seat: 4 }] }, aUser()).expect(400);
  });

  test('tickets of two sellers or currencies are refused', async () => {
    const a = await aTicketOfSeller();
    const refusal = async (ticketId: string) => {
      const { status, body } = await placeCart({ items: [{ ticketId: a }, { ticketId }] }, aUser());
      return [status, body.errors[0].code];
    };
    expect(await refusal(await aTicket())).toEqual([409, 'several-sellers']);
    expect(await refusal(await aTicketOfSeller({ currency: 'eur' }))).toEqual([409, 'several-currencies']);
    expect(await refusal('0'.repeat(24))).toEqual([404, 'not-found']);
  });

  test('more than there is is refused with what is left', async () => {
    const refusal = async (ticketId: string, quantity: number) => {
      const { body } = await place(ticketId, aUser(), { quantity }).expect(409);
      return [body.errors[0].code, body.errors[0].available];
    };
    const three = await aTicketOfSeller({ quantity: 3 });
    expect(await refusal(three, 4)).toEqual(['ticket-sold', 3]);
    await place(three, aUser(), { quantity: 2 }).expect(201);
    expect(await refusal(three, 2)).toEqual(['ticket-reserved', 1]);
    const one = await aTicket();
    expect(await refusal(one, 2)).toEqual(['ticket-sold', 1]);
    await place(one, aUser()).expect(201);
    expect(await refusal(one, 1)).toEqual(['ticket-reserved', 0]);
  });

  test('what costs more than one payment may is refused', async () => {
    const { body } = await place(await aTicketOfSeller({ price: '600000.00' }), aUser(), { quantity: 2 });
    expect(body.errors[0].code).toBe('total-too-high');
  });
});

test('the same ticket twice in one order is added up', async () => {
  const ticketId = await aTicketOfSeller();
  const items = [{ ticketId, quantity: 2, version: 0 }, { ticketId }];
  const { body } = await placeCart({ items }, aUser()).expect(201);
  expect(body.items).toMatchObject([{ quantity: 3, places: [0, 1, 2] }]);
  expect(body.total).toBe('59.97');
});

test('each item may name the version that its buyer has seen', async () => {
  const [a, b] = [await aTicketOfSeller(), await aTicketOfSeller()];
  const items = [
    { ticketId: a, version: 0 },
    { ticketId: b, version: 1 },
  ];
  expect((await placeCart({ items }, aUser()).expect(503)).body.errors[0].code).toBe(
    'ticket-version-unknown',
  );
  await placeCart({ items: items.map((item) => ({ ...item, version: 0 })) }, aUser()).expect(201);
});
