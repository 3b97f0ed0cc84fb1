import { PaymentPartlyRefunded } from '@ticketing/common/events';
import { aUser, eventually } from '@ticketing/common/testing';
import { clientOf, paymentFor, refundOf, startOrders, type Orders } from '../testing/start.js';

let orders: Orders;
beforeAll(async () => {
  orders = await startOrders(() => 0);
});
afterAll(() => orders.stop());

const { aTicket, place, cancel, show, becomes } = clientOf(() => orders);
const total = '59.97';

async function anOrderOfThree() {
  const [user, ticketId] = [aUser(), await aTicket({ quantity: 3 })];
  const { body } = await place(ticketId, user, { quantity: 3 }).expect(201);
  return { id: body.id as string, ticketId, user };
}

async function aPaidOrderOfThree() {
  const order = await anOrderOfThree();
  await orders.publish(paymentFor(order.id, 'pi_1', total));
  await becomes(order, 'complete');
  return order;
}

type Refund = Readonly<{ places?: number[]; status?: 'succeeded' | 'pending' | 'failed' }>;

/** The payment of an order after these refunds. */
const partlyRefunded = (
  { id, ticketId }: { id: string; ticketId: string },
  version: number,
  refunds: readonly Refund[],
  stripeId = 'pi_1',
) =>
  PaymentPartlyRefunded({
    ...{ id, orderId: id, version, stripeId, amount: total, currency: 'usd', refunded: '19.99' },
    refunds: refunds.map(({ places, status = 'succeeded' }, index) => ({
      ...{ id: `rf-${id}-${index}`, amount: '19.99', status, by: 'seller', reason: '' },
      ...(places && { places: places.map((number) => ({ ticketId, place: number })) }),
    })),
  });

const placesOf = async ({ id, user }: { id: string; user: ReturnType<typeof aUser> }) => {
  const { body } = await show(id, user).expect(200);
  return body.items[0].places as number[];
};

/** Waits until the events before have been handled: a payment that was published after them has its effect. */
const allHandled = () => aPaidOrderOfThree();

describe('a refund by place', () => {
  test('frees the place, which another buyer gets, and publishes order:places-freed once', async () => {
    const order = await aPaidOrderOfThree();
    await place(order.ticketId, aUser()).expect(409);
    const event = partlyRefunded(order, 4, [{ places: [1] }]);
    await orders.publish(event);
    await eventually(async () => expect(await placesOf(order)).toEqual([0, 2]));
    await orders.publish(event, { repeat: true });
    expect((await place(order.ticketId, aUser()).expect(201)).body.items[0].places).toEqual([1]);
    await allHandled();
    expect(await placesOf(order)).toEqual([0, 2]);
    await eventually(() =>
      expect(orders.eventsOf('order:places-freed', order.id)).toMatchObject([
        { version: 2, status: 'complete', items: [{ ticketId: order.ticketId, places: [0, 2] }] },
      ]),
    );
    const { body } = await show(order.id, order.user);
    expect(body).toMatchObject({ status: 'complete', total, items: [{ quantity: 2 }] });
  });

  test('that is pending or has failed, or names no place, frees nothing', async () => {
    const order = await aPaidOrderOfThree();
    const refunds = [{ places: [0], status: 'pending' }, { places: [1], status: 'failed' }, {}] as const;
    await orders.publish(partlyRefunded(order, 4, refunds as unknown as Refund[]));
    await allHandled();
    expect(await placesOf(order)).toEqual([0, 1, 2]);
  });

  test('frees what is named in all refunds together, in whatever order the events arrive', async () => {
    const order = await aPaidOrderOfThree();
    await orders.publish(partlyRefunded(order, 5, [{ places: [0] }, { places: [2] }]));
    await orders.publish(partlyRefunded(order, 4, [{ places: [0] }]));
    await eventually(async () => expect(await placesOf(order)).toEqual([1]));
    await orders.publish(refundOf(order.id, 'pi_1', total));
    await becomes(order, 'refunded');
    await place(order.ticketId, aUser(), { quantity: 3 }).expect(201);
  });

  test('that arrives before the payment completes the order and frees the place', async () => {
    const order = await anOrderOfThree();
    await orders.publish(partlyRefunded(order, 4, [{ places: [2] }]));
    await becomes(order, 'complete');
    expect(await placesOf(order)).toEqual([0, 1]);
    await orders.publish(paymentFor(order.id, 'pi_1', total));
    await allHandled();
    expect((await show(order.id, order.user)).body.version).toBe(2);
    const code = (await cancel(order.id, order.user).expect(409)).body.errors[0].code;
    expect(code).toBe('order-complete');
  });

  test('of another payment raises an alarm and frees nothing', async () => {
    const order = await aPaidOrderOfThree();
    const alarm = jest.spyOn(orders.ctx.log, 'error');
    await orders.publish(partlyRefunded(order, 4, [{ places: [1] }], 'pi_2'));
    await eventually(() =>
      expect(alarm).toHaveBeenCalledWith(
        { orderId: order.id, stripeId: 'pi_2', alarm: true },
        expect.any(String),
      ),
    );
    alarm.mockRestore();
    expect(await placesOf(order)).toEqual([0, 1, 2]);
  });
});
