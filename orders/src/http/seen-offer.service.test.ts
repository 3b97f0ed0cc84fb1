// A buyer names the version of the ticket that they have seen.

import { TicketUpdated } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { aUser, eventually, withoutLimits } from '@ticketing/common/testing';
import { clientOf, startOrders, ticketData, type Orders } from '../testing/start.js';

let orders: Orders;
beforeAll(async () => {
  orders = await startOrders(() => 0);
});
afterAll(() => orders.stop());

const { aTicket, place, anOrder } = clientOf(() => orders);
const seller = aUser();
const aTicketOfSeller = () => aTicket({ userId: seller.id });

/** Publishes a version of the ticket whose offer is unchanged since `offerVersion`. */
const update = (id: string, version: number, offerVersion: number | undefined, price = '19.99') =>
  orders.publish(TicketUpdated({ ...ticketData(id, version, { price, userId: seller.id }), offerVersion }));

async function aTicketAt(version: number, offerVersion: number | undefined, price?: string): Promise<string> {
  const id = newId();
  await update(id, version, offerVersion, price);
  await eventually(() => orders.ctx.tickets.get(id));
  return id;
}

const answerOf = ({ status, body }: { status: number; body: { errors?: { code: string }[] } }) => [
  status,
  body.errors?.[0]?.code,
];

describe('an order that names a version', () => {
  test('has the offer of that version, even if orders have come and gone since', async () => {
    const ticketId = await aTicketAt(6, 4);
    const { body } = await place(ticketId, aUser(), { version: 4 }).expect(201);
    expect(body.ticket).toMatchObject({ price: '19.99', version: 6 });
  });

  test('with another offer is refused with the present one: ticket-changed', async () => {
    const ticketId = await aTicketAt(6, 5, '25.00');
    const answer = await place(ticketId, aUser(), { version: 4 }).expect(409);
    expect(answer.body.errors).toEqual([
      {
        code: 'ticket-changed',
        message: expect.any(String),
        ...{ ticketId, version: 6, price: '25.00', currency: 'usd' },
      },
    ]);
    await place(ticketId, aUser(), { version: 6 }).expect(201);
  });

  test('can name it by If-Match; a body that contradicts it is invalid', async () => {
    const ticketId = await aTicketAt(6, 4);
    const changed = await place(ticketId, aUser()).set('If-Match', '"3"');
    expect(answerOf(changed)).toEqual([409, 'ticket-changed']);
    const contradicting = await place(ticketId, aUser(), { version: 6 }).set('If-Match', '"5"').expect(400);
    expect(contradicting.body.errors[0].field).toBe('version');
    await place(ticketId, aUser()).set('If-Match', '"5"').expect(201);
  });

  test('waits for the event of that version', async () => {
    const ticketId = await aTicketOfSeller();
    const [answer] = await withoutLimits(() =>
      Promise.all([place(ticketId, aUser(), { version: 1 }), update(ticketId, 1, 1, '25.00')]),
    );
    expect(answer.status).toBe(201);
    expect(answer.body.ticket.price).toBe('25.00');
  });

  test('is asked to try again when that event does not arrive in a second', async () => {
    const ticketId = await aTicketAt(6, 4);
    const answer = await place(ticketId, aUser(), { version: 7 });
    expect(answerOf(answer)).toEqual([503, 'ticket-version-unknown']);
    expect(answer.get('Retry-After')).toBe('1');
  });

  test('accepts only the present version of a ticket whose events tell no offer version', async () => {
    const ticketId = await aTicketAt(6, undefined);
    expect(answerOf(await place(ticketId, aUser(), { version: 5 }))).toEqual([409, 'ticket-changed']);
    await place(ticketId, aUser(), { version: 6 }).expect(201);
  });

  test('is answered with the order that its buyer already holds, whatever version it names', async () => {
    const ticketId = await aTicketOfSeller();
    const order = await anOrder(aUser(), ticketId);
    await update(ticketId, 3, 3, '25.00');
    await eventually(async () => expect((await orders.ctx.tickets.get(ticketId)).version).toBe(3));
    for (const version of [0, 2, 3, 9])
      expect((await place(ticketId, order.user, { version }).expect(200)).body).toMatchObject({
        id: order.id,
        ticket: { price: '19.99', version: 0 },
      });
  });

  test.each([-1, 1.5, '1', null])('that is %j is invalid', async (version) => {
    const answer = await place(await aTicketOfSeller(), aUser(), { version }).expect(400);
    expect(answer.body.errors[0].field).toBe('version');
  });
});

test('a body with an unknown field is invalid', async () => {
  await place(await aTicketOfSeller(), aUser(), { seats: 2 }).expect(400);
});
