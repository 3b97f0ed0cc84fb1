import { PaymentCreated, PaymentRefunded, TicketCreated } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { aUser, eventually, startForTest, type TestService, type TestUser } from '@ticketing/common/testing';
import { service } from '../service.js';
import type { OrdersContext } from '../store.js';

export type Orders = TestService<OrdersContext>;

/** Starts orders on real servers. `ahead` is the number of milliseconds by which its clock is ahead of `time`. */
export const startOrders = (ahead: () => number, time = Date.now): Promise<Orders> =>
  startForTest(service, { OVERDUE_SWEEP_MS: '100' }, { now: () => new Date(time() + ahead()) });

type Offer = Partial<{
  price: string;
  userId: string;
  currency: 'usd' | 'eur';
  quantity: number;
  available: number;
}>;

export const ticketData = (id: string, version = 0, more: Offer = {}) => ({
  id,
  version,
  title: `Final ${version}`,
  price: '19.99',
  currency: 'usd' as const,
  userId: newId(),
  ...more,
});

export const paymentFor = (orderId: string, stripeId = 'pi_1', amount = '19.99') =>
  PaymentCreated({ id: orderId, orderId, version: 2, stripeId, amount, currency: 'usd' });

export const refundOf = (orderId: string, stripeId = 'pi_1', amount = '19.99') =>
  PaymentRefunded({
    ...{ id: orderId, orderId, version: 4, stripeId, amount, currency: 'usd' },
    reason: 'refund',
  });

/** The requests and events that tests of orders use. */
export function clientOf(orders: () => Orders) {
  /** A ticket whose event has arrived. */
  async function aTicket(more: Offer = {}): Promise<string> {
    const id = newId();
    await orders().publish(TicketCreated(ticketData(id, 0, more)));
    await eventually(() => orders().ctx.tickets.get(id));
    return id;
  }
  const aFreeTicket = () => aTicket({ price: '0.00' });

  const placeCart = (body: object, user: TestUser) =>
    orders().request.post('/api/orders').set('Cookie', user.cookie).send(body);
  const place = (ticketId: unknown, user: TestUser, more: object = {}) =>
    placeCart({ ticketId, ...more }, user);
  const cancel = (id: string, user: TestUser) =>
    orders().request.delete(`/api/orders/${id}`).set('Cookie', user.cookie);
  const show = (id: string, user: TestUser) =>
    orders().request.get(`/api/orders/${id}`).set('Cookie', user.cookie);

  async function anOrder(user = aUser(), ticketId?: string) {
    const { body } = await place(ticketId ?? (await aTicket()), user).expect(201);
    return { ...(body as { id: string; ticket: { id: string }; expiresAt: string }), user };
  }

  const becomes = ({ id, user }: { id: string; user: TestUser }, status: string) =>
    eventually(async () => expect((await show(id, user)).body.status).toBe(status));

  return {
    ...{ aTicket, aFreeTicket, place, placeCart, cancel, show, anOrder, becomes },
  };
}
