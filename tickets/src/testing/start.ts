import { OrderCancelled, OrderCompleted, OrderCreated, OrderRefunded } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { aUser, eventually, type TestService, type TestUser } from '@ticketing/common/testing';
import type { TicketsContext } from '../store.js';

export type Tickets = TestService<TicketsContext>;

export const seller = aUser();
const buyer = newId();

/** The events of an order for a ticket. */
export function orderFor(ticketId: string, id = newId()) {
  const expiresAt = new Date(Date.now() + 900_000).toISOString();
  const shared = { id, userId: buyer, expiresAt };
  return {
    id,
    created: OrderCreated({
      ...shared,
      version: 0,
      status: 'created',
      ticket: { id: ticketId, title: 'Final', price: '19.99', currency: 'usd', version: 0 },
    }),
    cancelled: OrderCancelled({
      ...shared,
      version: 1,
      status: 'cancelled',
      reason: 'buyer',
      ticket: { id: ticketId },
    }),
    completed: OrderCompleted({ ...shared, version: 1, status: 'complete', ticket: { id: ticketId } }),
    refunded: OrderRefunded({
      ...shared,
      version: 2,
      status: 'refunded',
      reason: 'refund',
      ticket: { id: ticketId },
    }),
  };
}

/** The requests that tests of tickets use. */
export function clientOf(tickets: () => Tickets) {
  async function aTicket(body: object = { title: 'Final', price: '19.99' }, user: TestUser = seller) {
    const answer = await tickets()
      .request.post('/api/tickets')
      .set('Cookie', user.cookie)
      .send(body)
      .expect(201);
    return answer.body as { id: string; version: number };
  }

  const show = async (id: string) => (await tickets().request.get(`/api/tickets/${id}`).expect(200)).body;
  const becomes = (id: string, state: object) =>
    eventually(async () => expect(await show(id)).toMatchObject(state));

  return { aTicket, show, becomes };
}
