// Streams of one order and of all orders of a buyer.

import { aUser, eventually, openStream, type OpenedStream, type TestUser } from '@ticketing/common/testing';
import { newId } from '@ticketing/common/id';
import { clientOf, paymentFor, startOrders, type Orders } from '../testing/start.js';

let orders: Orders;
const opened: OpenedStream[] = [];
beforeAll(async () => {
  orders = await startOrders(() => 0);
});
afterEach(() => {
  for (const stream of opened.splice(0)) stream.close();
});
afterAll(() => orders.stop());

const { anOrder, cancel } = clientOf(() => orders);

async function watch(path: string, user?: TestUser): Promise<OpenedStream> {
  const stream = await openStream(`${orders.url}${path}`, user && { Cookie: user.cookie });
  opened.push(stream);
  return stream;
}

const statuses = (of: OpenedStream) =>
  of.messages.flat().map((order) => (order as { status: string }).status);

describe('watching an order', () => {
  test('shows its buyer the order, and each change of it', async () => {
    const { id, user } = await anOrder();
    const stream = await watch(`/api/orders/${id}/events`, user);
    await eventually(() => expect(stream.messages).toMatchObject([{ id, status: 'created', version: 0 }]));
    await orders.publish(paymentFor(id));
    await eventually(() => expect(statuses(stream)).toEqual(['created', 'complete']));
    const { body } = await orders.request.get(`/api/orders/${id}`).set('Cookie', user.cookie);
    expect(stream.messages.at(-1)).toEqual(body);
    expect(stream.lastId()).toBe('1');
  });

  test.each([
    ['another user', 403, 'not-your-order', async () => aUser(), undefined],
    ['nobody', 401, 'not-signed-in', async () => undefined, undefined],
    ['a user, for an unknown order', 404, 'not-found', async () => aUser(), newId()],
  ])('is refused to %s', async (_who, status, code, who, unknown) => {
    const { id } = await anOrder();
    const stream = await watch(`/api/orders/${unknown ?? id}/events`, await who());
    expect(stream.status).toBe(status);
    await eventually(() => expect(stream.text()).toContain(code));
  });
});

test('watching all orders shows the present ones in any status, and then each that is new or changes', async () => {
  const buyer = aUser();
  const [first, second] = [await anOrder(buyer), await anOrder(buyer)];
  await cancel(first.id, buyer).expect(204);
  const stream = await watch('/api/orders/events', buyer);
  await eventually(() =>
    expect(stream.messages).toMatchObject([
      [
        { id: second.id, status: 'created' },
        { id: first.id, status: 'cancelled' },
      ],
    ]),
  );
  await anOrder(aUser());
  const third = await anOrder(buyer);
  await cancel(second.id, buyer).expect(204);
  await eventually(() =>
    expect(stream.messages.slice(1).flat()).toMatchObject([
      { id: third.id, status: 'created' },
      { id: second.id, status: 'cancelled' },
    ]),
  );
});

test('a buyer without orders is told so', async () => {
  const stream = await watch('/api/orders/events', aUser());
  await eventually(() => expect(stream.messages).toEqual([[]]));
});
