import { PaymentCreated, PaymentRefunded } from '@ticketing/common/events';
import { jobCause } from '@ticketing/common/observability';
import { aUser, eventually } from '@ticketing/common/testing';
import { releaseOrder } from '../release.js';
import { findStuckOrders } from '../stuck.js';
import { clientOf, paymentFor, refundOf, startOrders, type Orders } from '../testing/start.js';

let orders: Orders;
beforeAll(async () => {
  orders = await startOrders(() => 0);
});
afterAll(() => orders.stop());

const { aFreeTicket, place, cancel, show, anOrder, becomes } = clientOf(() => orders);

async function aPaidOrder() {
  const order = await anOrder();
  await orders.publish(paymentFor(order.id));
  await becomes(order, 'complete');
  return order;
}

/** Waits until the events before have been handled: a payment that was published after them has its effect. */
const allHandled = () => aPaidOrder();

describe('an order whose payment went back', () => {
  test('is refunded, frees its ticket, and publishes order:refunded once', async () => {
    const order = await aPaidOrder();
    await orders.publish(refundOf(order.id));
    await becomes(order, 'refunded');
    await orders.publish(refundOf(order.id), { repeat: true });
    await anOrder(aUser(), order.ticket.id);
    await allHandled();
    await eventually(() =>
      expect(orders.eventsOf('order:refunded', order.id)).toMatchObject([{ reason: 'refund', version: 2 }]),
    );
  });

  test('is listed by its status only, and cannot be cancelled any more', async () => {
    const order = await aPaidOrder();
    await orders.publish(refundOf(order.id));
    await becomes(order, 'refunded');
    const listed = async (query: string) =>
      (await orders.request.get(`/api/orders${query}`).set('Cookie', order.user.cookie).expect(200)).body;
    expect(await listed('')).toEqual([]);
    expect(await listed('?status=refunded')).toMatchObject([{ id: order.id, status: 'refunded' }]);
    await cancel(order.id, order.user).expect(204);
    await becomes(order, 'refunded');
  });

  test('is refunded even if payment:refunded arrives before payment:created', async () => {
    const order = await anOrder();
    await orders.publish(refundOf(order.id));
    await becomes(order, 'refunded');
    await orders.publish(paymentFor(order.id));
    await allHandled();
    expect((await show(order.id, order.user)).body).toMatchObject({ status: 'refunded', version: 1 });
  });

  test('stays cancelled if it was cancelled before', async () => {
    const order = await anOrder();
    await cancel(order.id, order.user).expect(204);
    await orders.publish(refundOf(order.id));
    await allHandled();
    await becomes(order, 'cancelled');
  });
});

// The promise: checked payments.
describe('a payment that does not match its order', () => {
  // Another version than that of the true payment: the broker drops a second event with the same id.
  const charge = (orderId: string) => ({ id: orderId, orderId, version: 1, stripeId: 'pi_1' });

  test.each([
    ['another amount', (id: string) => PaymentCreated({ ...charge(id), amount: '0.50', currency: 'usd' })],
    ['another currency', (id: string) => PaymentCreated({ ...charge(id), amount: '19.99', currency: 'eur' })],
    [
      'another amount that went back',
      (id: string) => PaymentRefunded({ ...charge(id), amount: '0.50', currency: 'usd', reason: 'refund' }),
    ],
  ])('(%s) raises an alarm and changes nothing, and its event is acknowledged', async (_what, eventOf) => {
    const order = await anOrder();
    const alarm = jest.spyOn(orders.ctx.log, 'error');
    await orders.publish(eventOf(order.id));
    await eventually(() =>
      expect(alarm).toHaveBeenCalledWith(
        { orderId: order.id, stripeId: 'pi_1', alarm: true },
        expect.any(String),
      ),
    );
    alarm.mockRestore();
    await becomes(order, 'created');
    const letters = orders.ctx.orders.model.db.collection('deadLetters');
    expect(await letters.countDocuments()).toBe(0);
    await orders.publish(paymentFor(order.id));
    await becomes(order, 'complete');
  });
});

describe('an operator', () => {
  const release = (id: string) => releaseOrder(orders.ctx, id, { ...jobCause('ops'), by: 'operator:ann' });

  test('releases an unpaid and a free order, which frees the ticket and is recorded', async () => {
    for (const order of [await anOrder(), await anOrder(aUser(), await aFreeTicket())]) {
      expect(await release(order.id)).toMatchObject({ outcome: 'accepted', state: { status: 'cancelled' } });
      expect(await release(order.id)).toMatchObject({ outcome: 'already' });
      await place(order.ticket.id, aUser()).expect(201);
      await eventually(() =>
        expect(orders.eventsOf('order:cancelled', order.id)).toMatchObject([
          { reason: 'buyer', byOperator: true },
        ]),
      );
      const stored = await orders.ctx.orders.model.findById(order.id).lean();
      expect(stored?.history.at(-1)).toMatchObject({ by: 'operator:ann', to: 'cancelled' });
    }
  });

  test('cannot release a paid order: order-complete', async () => {
    const order = await aPaidOrder();
    expect(await release(order.id)).toMatchObject({ outcome: 'refused', code: 'order-complete' });
    await becomes(order, 'complete');
  });

  test('finds open orders that are overdue by more than two minutes', async () => {
    const order = await anOrder();
    const at = (ms: number) => ({
      ...orders.ctx,
      now: () => new Date(new Date(order.expiresAt).getTime() + ms),
    });
    const found = async (ms: number) => (await findStuckOrders(at(ms))).some(({ id }) => id === order.id);
    expect([await found(119_000), await found(121_000)]).toEqual([false, true]);
  });
});
