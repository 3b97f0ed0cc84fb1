import {
  OrderCancelled,
  OrderCompleted,
  OrderCreated,
  OrderPlacesFreed,
  OrderRefunded,
} from '@ticketing/common/events';
import { orThrow } from '@ticketing/common/decision';
import { newId } from '@ticketing/common/id';
import { jobCause } from '@ticketing/common/observability';
import { aUser, eventually, type TestService, type TestUser } from '@ticketing/common/testing';
import { list, type Ticket } from '../domain/ticket.js';
import type { TicketsContext } from '../store.js';

export type Tickets = TestService<TicketsContext>;

export const seller = aUser();
const buyer = newId();

/** The events of an order for a ticket. */
export function orderFor(ticketId: string, id = newId()) {
  return eventsOf(id, ticketId, {});
}

/** The events of an order for some places of each ticket. */
export function orderOf(places: Readonly<Record<string, readonly number[]>>, id = newId()) {
  const [first = ''] = Object.keys(places);
  return eventsOf(id, first, { items: itemsOf(places) });
}

const itemsOf = (places: Readonly<Record<string, readonly number[]>>) =>
  Object.entries(places).map(([ticketId, ofTicket]) => ({
    ...{ ticketId, title: 'Final', price: '19.99', version: 0 },
    places: [...ofTicket],
  }));

type Items = Readonly<{ items?: ReturnType<typeof itemsOf> }>;

function eventsOf(id: string, ticketId: string, items: Items) {
  const expiresAt = new Date(Date.now() + 900_000).toISOString();
  const shared = { id, userId: buyer, expiresAt, ...items };
  const ticket = { id: ticketId };
  const offer = { ...ticket, title: 'Final', price: '19.99', currency: 'usd', version: 0 } as const;
  return {
    id,
    created: OrderCreated({ ...shared, version: 0, status: 'created', ticket: offer }),
    cancelled: OrderCancelled({ ...shared, version: 1, status: 'cancelled', reason: 'buyer', ticket }),
    completed: OrderCompleted({ ...shared, version: 1, status: 'complete', ticket }),
    refunded: OrderRefunded({ ...shared, version: 2, status: 'refunded', reason: 'refund', ticket }),
    /** a refund by place that leaves these */
    keeps: (places: Readonly<Record<string, readonly number[]>>) =>
      OrderPlacesFreed({ ...shared, version: 2, status: 'complete', ticket, items: itemsOf(places) }),
  };
}

/** Stores a ticket without the checks of a request, which refuses a past event. */
export async function storeTicket(
  { tickets }: Pick<TicketsContext, 'tickets'>,
  more: Pick<Ticket, 'event' | 'quantity'> = {},
): Promise<Ticket> {
  const offer = { id: newId(), userId: newId(), title: 'Row 3', priceInMinorUnits: 500 } as const;
  return orThrow(await tickets.create(() => list({ ...offer, currency: 'usd', ...more }), jobCause('test')));
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
  const put = (id: string, body: object, user: TestUser = seller) =>
    tickets().request.put(`/api/tickets/${id}`).set('Cookie', user.cookie).send(body);

  return { aTicket, show, becomes, put };
}
