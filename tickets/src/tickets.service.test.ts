import { OrderCancelled, OrderCompleted, OrderCreated, UserDeleted } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { jobCause } from '@ticketing/common/observability';
import { aUser, eventually, startForTest, type TestService, type TestUser } from '@ticketing/common/testing';
import type { TicketsContext } from './store.js';
import { service } from './service.js';
import { withdrawTicketsOfUser } from './events/on-user-deleted.js';

let tickets: TestService<TicketsContext>;
const seller = aUser();

beforeAll(async () => {
  tickets = await startForTest(service);
});
afterAll(() => tickets.stop());

async function aTicket(body: object = { title: 'Final', price: '19.99' }, user: TestUser = seller) {
  const answer = await tickets.request.post('/api/tickets').set('Cookie', user.cookie).send(body).expect(201);
  return answer.body as { id: string; version: number };
}

const event = {
  name: 'Cup final',
  venue: 'Olympiastadion',
  startsAt: '2027-05-22T18:00:00.000Z',
  timeZone: 'Europe/Berlin',
};

const expiresAt = () => new Date(Date.now() + 900_000).toISOString();
const buyer = newId();

function orderFor(ticketId: string, id = newId()) {
  const shared = { id, userId: buyer, expiresAt: expiresAt() };
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
  };
}

const show = async (id: string) => (await tickets.request.get(`/api/tickets/${id}`).expect(200)).body;
const becomes = (id: string, state: object) =>
  eventually(async () => expect(await show(id)).toMatchObject(state));

describe('offering a ticket', () => {
  test('shows it to everybody, and tells the other services', async () => {
    const ticket = await aTicket({ title: '  Final  ', price: 19.9 });
    const expected = {
      id: ticket.id,
      title: 'Final',
      price: '19.90',
      currency: 'usd',
      userId: seller.id,
      version: 0,
    };
    expect(await show(ticket.id)).toEqual({ ...expected, status: 'available' });
    await eventually(() => expect(tickets.eventsOf('ticket:created', ticket.id)).toEqual([expected]));
  });

  test('for an event shows the event too, and an edit without one takes it away', async () => {
    const given = { ...event, name: ' Cup final ', startsAt: '2027-05-22T18:00:00Z' };
    const { id } = await aTicket({ title: 'Final', price: '19.90', event: given });
    expect(await show(id)).toMatchObject({ event });
    const listed = await tickets.request.get('/api/tickets?limit=1').expect(200);
    expect(listed.body).toMatchObject([{ id, event }]);
    await eventually(() =>
      expect(tickets.eventsOf('ticket:created', id)).toEqual([expect.objectContaining({ event })]),
    );
    const stored = await tickets.ctx.tickets.model.collection.findOne({ _id: id as never });
    expect(stored?.['event'].startsAt).toEqual(new Date(event.startsAt));

    const put = (body: object) =>
      tickets.request.put(`/api/tickets/${id}`).set('Cookie', seller.cookie).send(body).expect(200);
    const same = await put({ title: 'Final', price: '19.90', event });
    expect(same.body).toMatchObject({ version: 0, event });
    const without = await put({ title: 'Final', price: '19.90' });
    expect([without.body.version, 'event' in without.body]).toEqual([1, false]);
  });

  test('needs a session: not-signed-in', async () => {
    const { body } = await tickets.request.post('/api/tickets').send({ title: 'x', price: '5' }).expect(401);
    expect(body.errors[0].code).toBe('not-signed-in');
  });

  test('takes the session as a bearer token too', async () => {
    const answer = await tickets.request
      .post('/api/tickets')
      .set('Authorization', `Bearer ${seller.token}`)
      .send({ title: 'x', price: '5' });
    expect(answer.status).toBe(201);
  });

  const bad: [what: string, body: unknown, field: string][] = [
    ['a price of 0', { title: 'x', price: 0 }, 'price'],
    ['a price of -1', { title: 'x', price: -1 }, 'price'],
    ['a price that is no number', { title: 'x', price: 'NaN' }, 'price'],
    ['a price of 1e9', { title: 'x', price: 1e9 }, 'price'],
    ['a price of 19.999', { title: 'x', price: 19.999 }, 'price'],
    ['a price below the smallest charge', { title: 'x', price: '0.49' }, 'price'],
    ['no price', { title: 'x' }, 'price'],
    ['an empty title', { title: '   ', price: '5' }, 'title'],
    ['a title of 201 letters', { title: 'x'.repeat(201), price: '5' }, 'title'],
    ['an operator object as title', { title: { $gt: '' }, price: '5' }, 'title'],
    [
      'an event without a venue',
      { title: 'x', price: '5', event: { ...event, venue: undefined } },
      'event.venue',
    ],
    ['an event without a name', { title: 'x', price: '5', event: { ...event, name: '  ' } }, 'event.name'],
    [
      'an event at no instant',
      { title: 'x', price: '5', event: { ...event, startsAt: '2027-05-22' } },
      'event.startsAt',
    ],
    [
      'an event at a day that there is not',
      { title: 'x', price: '5', event: { ...event, startsAt: '2027-02-30T18:00:00Z' } },
      'event.startsAt',
    ],
    [
      'an event in a zone that there is not',
      { title: 'x', price: '5', event: { ...event, timeZone: 'Mars/Olympus' } },
      'event.timeZone',
    ],
    [
      'an event in an offset instead of a zone',
      { title: 'x', price: '5', event: { ...event, timeZone: '+01:00' } },
      'event.timeZone',
    ],
    [
      'an event in the abbreviation of a zone, which two places mean',
      { title: 'x', price: '5', event: { ...event, timeZone: 'BST' } },
      'event.timeZone',
    ],
    ['a number as title', { title: 7, price: '5' }, 'title'],
  ];
  test.each(bad)('refuses %s, naming the field', async (_what, body, field) => {
    const answer = await tickets.request
      .post('/api/tickets')
      .set('Cookie', seller.cookie)
      .send(body as object);
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toEqual([{ code: 'invalid-input', field, message: expect.any(String) }]);
  });
});

describe('a ticket that an order holds', () => {
  test('is reserved, not listed, and cannot be edited: ticket-reserved', async () => {
    const ticket = await aTicket();
    const order = orderFor(ticket.id);
    await tickets.publish(order.created);
    await becomes(ticket.id, { status: 'reserved', orderId: order.id, version: 1 });
    const edit = await tickets.request
      .put(`/api/tickets/${ticket.id}`)
      .set('Cookie', seller.cookie)
      .send({ title: 'New', price: '5' });
    expect([edit.status, edit.body.errors[0].code]).toEqual([409, 'ticket-reserved']);
    const list = await tickets.request.get('/api/tickets?limit=100').expect(200);
    expect(list.body.map(({ id }: { id: string }) => id)).not.toContain(ticket.id);
    await eventually(() =>
      expect(tickets.eventsOf('ticket:updated', ticket.id)).toEqual([
        expect.objectContaining({ orderId: order.id }),
      ]),
    );
  });

  test('is free again when the order is cancelled, and editable', async () => {
    const ticket = await aTicket();
    const order = orderFor(ticket.id);
    await tickets.publish(order.created);
    await becomes(ticket.id, { status: 'reserved' });
    await tickets.publish(order.cancelled);
    await becomes(ticket.id, { status: 'available', version: 2 });
    await tickets.request
      .put(`/api/tickets/${ticket.id}`)
      .set('Cookie', seller.cookie)
      .send({ title: 'New', price: '5', version: 2 })
      .expect(200);
  });

  test('is sold when the order is complete: ticket-sold', async () => {
    const ticket = await aTicket();
    const order = orderFor(ticket.id);
    await tickets.publish(order.completed);
    await becomes(ticket.id, { status: 'sold', orderId: order.id });
    await tickets.request
      .put(`/api/tickets/${ticket.id}`)
      .set('Cookie', seller.cookie)
      .send({ title: 'New', price: '5' })
      .expect(409);
  });

  test('does not change when an event comes twice', async () => {
    const ticket = await aTicket();
    const order = orderFor(ticket.id);
    await tickets.publish(order.created);
    await tickets.publish(order.created, { repeat: true });
    await becomes(ticket.id, { status: 'reserved', version: 1 });
    await tickets.publish(order.cancelled);
    await becomes(ticket.id, { status: 'available', version: 2 });
    await tickets.publish(order.cancelled, { repeat: true });
    await tickets.publish(orderFor(ticket.id).created);
    await becomes(ticket.id, { status: 'reserved', version: 3 });
  });

  test('stays held by the next order when the cancellation of the last one is late', async () => {
    const ticket = await aTicket();
    const [first, second] = [orderFor(ticket.id), orderFor(ticket.id)];
    await tickets.publish(first.created);
    await tickets.publish(second.created);
    await tickets.publish(first.cancelled);
    // Events are handled at the same time: the cancellation may be the first to be written, and is the last word all the same.
    await eventually(async () =>
      expect((await tickets.ctx.tickets.get(ticket.id)).holds).toMatchObject({
        [first.id]: { status: 'cancelled' },
        [second.id]: { status: 'created' },
      }),
    );
    expect(await show(ticket.id)).toMatchObject({ status: 'reserved', orderId: second.id });
  });

  test('is never edited and reserved at once, however the two race', async () => {
    for (let round = 0; round < 20; round += 1) {
      const ticket = await aTicket();
      const order = orderFor(ticket.id);
      const edits = [1, 2, 3].map((n) =>
        tickets.request
          .put(`/api/tickets/${ticket.id}`)
          .set('Cookie', seller.cookie)
          .send({ title: `${n}`, price: '5' }),
      );
      const [answers] = await Promise.all([Promise.all(edits), tickets.publish(order.created)]);
      await becomes(ticket.id, { status: 'reserved' });
      const taken = answers.filter(({ status }) => status === 200).length;
      const { version } = await show(ticket.id);
      expect(version).toBe(taken + 1);
    }
  });
});

describe('editing a ticket', () => {
  const put = (id: string, body: object, user: TestUser = seller) =>
    tickets.request.put(`/api/tickets/${id}`).set('Cookie', user.cookie).send(body);

  test('is for its seller: not-your-ticket', async () => {
    const ticket = await aTicket();
    const answer = await put(ticket.id, { title: 'Mine', price: '5' }, aUser());
    expect([answer.status, answer.body.errors[0].code]).toEqual([403, 'not-your-ticket']);
  });

  test('refuses an editor who has seen an older version: version-conflict', async () => {
    const ticket = await aTicket();
    await put(ticket.id, { title: 'New', price: '5', version: 0 }).expect(200);
    const answer = await put(ticket.id, { title: 'Newer', price: '5', version: 0 });
    expect([answer.status, answer.body.errors[0].code]).toEqual([409, 'version-conflict']);
  });

  test('checks the input before it looks for the ticket, and the session before the input', async () => {
    await tickets.request.put('/api/tickets/nonsense').send({}).expect(401);
    await put('nonsense', {}).expect(400);
    await put('nonsense', { title: 'x', price: '5' }).expect(404);
    await put(newId(), { title: 'x', price: '5' }).expect(404);
  });
});

describe('withdrawing a ticket', () => {
  const withdraw = (id: string, user: TestUser = seller) =>
    tickets.request.delete(`/api/tickets/${id}`).set('Cookie', user.cookie);
  const listed = async () =>
    (await tickets.request.get('/api/tickets?limit=100').expect(200)).body.map(
      ({ id }: { id: string }) => id,
    );

  test('takes it off the list for ever, as often as it is asked, and tells the other services once', async () => {
    const ticket = await aTicket();
    expect(await listed()).toContain(ticket.id);
    await withdraw(ticket.id).expect(204);
    await withdraw(ticket.id).expect(204);
    expect(await show(ticket.id)).toMatchObject({ status: 'withdrawn', title: 'Final', version: 1 });
    expect(await listed()).not.toContain(ticket.id);
    await eventually(() =>
      expect(tickets.eventsOf('ticket:withdrawn', ticket.id)).toMatchObject([{ version: 1 }]),
    );
    const edit = await tickets.request
      .put(`/api/tickets/${ticket.id}`)
      .set('Cookie', seller.cookie)
      .send({ title: 'New', price: '5' });
    expect([edit.status, edit.body.errors[0].code]).toEqual([409, 'ticket-withdrawn']);
  });

  test('is for its seller, and not while somebody holds it, nor when it is sold', async () => {
    const ticket = await aTicket();
    await tickets.request.delete(`/api/tickets/${ticket.id}`).expect(401);
    await withdraw('nonsense').expect(404);
    await withdraw(newId()).expect(404);
    const refused = async (user: TestUser) => {
      const { status, body } = await withdraw(ticket.id, user);
      return [status, body.errors[0].code];
    };
    expect(await refused(aUser())).toEqual([403, 'not-your-ticket']);
    const order = orderFor(ticket.id);
    await tickets.publish(order.created);
    await becomes(ticket.id, { status: 'reserved' });
    expect(await refused(seller)).toEqual([409, 'ticket-reserved']);
    await tickets.publish(order.completed);
    await becomes(ticket.id, { status: 'sold' });
    expect(await refused(seller)).toEqual([409, 'ticket-sold']);
  });

  test('lets an order stand that was accepted before, and takes effect when that hold ends', async () => {
    const ticket = await aTicket();
    const order = orderFor(ticket.id);
    await withdraw(ticket.id).expect(204);
    await tickets.publish(order.created);
    await becomes(ticket.id, { status: 'reserved', orderId: order.id });
    await withdraw(ticket.id).expect(204);
    await tickets.publish(order.cancelled);
    await becomes(ticket.id, { status: 'withdrawn', version: 3 });
    const told = await eventually(() => {
      const events = tickets.eventsOf('ticket:withdrawn', ticket.id);
      expect(events).toHaveLength(3);
      return events;
    });
    expect(told).toMatchObject([{ version: 1 }, { version: 2, orderId: order.id }, { version: 3 }]);
  });

  test('and reserving it at the same time leave it reserved, however the two race', async () => {
    for (let round = 0; round < 20; round += 1) {
      const ticket = await aTicket();
      const order = orderFor(ticket.id);
      const [{ status }] = await Promise.all([withdraw(ticket.id), tickets.publish(order.created)]);
      await becomes(ticket.id, { status: 'reserved', orderId: order.id });
      await tickets.publish(order.cancelled);
      await becomes(ticket.id, { status: status === 204 ? 'withdrawn' : 'available' });
    }
  });

  test('happens to all that a seller offers when the seller is gone, and may be repeated', async () => {
    const user = aUser();
    const [free, held, sold, other] = [
      await aTicket({ title: 'free', price: '5' }, user),
      await aTicket({ title: 'held', price: '5' }, user),
      await aTicket({ title: 'sold', price: '5' }, user),
      await aTicket(),
    ];
    const [open, paid] = [orderFor(held.id), orderFor(sold.id)];
    await tickets.publish(open.created);
    await tickets.publish(paid.completed);
    await becomes(held.id, { status: 'reserved' });
    await becomes(sold.id, { status: 'sold' });
    const gone = UserDeleted({ id: user.id, version: 1, sessions: [] });
    await tickets.publish(gone);
    await becomes(free.id, { status: 'withdrawn', version: 1 });
    await becomes(held.id, { version: 2 });
    await withdrawTicketsOfUser(tickets.ctx)({
      data: { id: user.id, version: 1, sessions: [] },
      id: 'again',
      time: new Date(),
      cause: jobCause('test'),
    });
    expect(await show(free.id)).toMatchObject({ status: 'withdrawn', version: 1 });
    expect(await show(held.id)).toMatchObject({ status: 'reserved', version: 2 });
    expect(await show(sold.id)).toMatchObject({ status: 'sold', version: 1 });
    expect(await show(other.id)).toMatchObject({ status: 'available' });
    await tickets.publish(open.cancelled);
    await becomes(held.id, { status: 'withdrawn' });
  });
});

describe('looking for tickets', () => {
  test('goes through them newest first, page by page, without gaps', async () => {
    const mine: string[] = [];
    for (let count = 0; count < 7; count += 1) mine.unshift((await aTicket()).id);
    const seen: string[] = [];
    let next: string | undefined = '/api/tickets?limit=3';
    while (next !== undefined && seen.length < 7) {
      const page: { body: { id: string }[]; headers: Record<string, string> } = await tickets.request
        .get(next)
        .expect(200);
      seen.push(...page.body.map(({ id }) => id));
      next = /<(.+)>; rel="next"/.exec(page.headers['link'] ?? '')?.[1];
    }
    expect(seen.slice(0, 7)).toEqual(mine);
  });

  test.each(['?limit=0', '?limit=101', '?limit=x', '?cursor=x', '?unknown=1', '?limit[$gt]=1'])(
    'refuses %s',
    async (query) => {
      await tickets.request.get(`/api/tickets${query}`).expect(400);
    },
  );

  test.each(['nonsense', '%00', '%E0%A4%A', newId(), `${newId()}x`])(
    'answers 404 for /api/tickets/%s',
    async (id) => {
      const { body } = await tickets.request.get(`/api/tickets/${id}`).expect(404);
      expect(body).toEqual({ errors: [{ code: 'not-found', message: expect.any(String) }] });
    },
  );
});

describe('a message that can never be handled', () => {
  test('goes to the dead letters at once, and the next one is handled', async () => {
    const ticket = await aTicket();
    const order = orderFor(ticket.id);
    const letters = tickets.ctx.tickets.model.db.collection('deadLetters');
    const poison = {
      ...order.created,
      specversion: '1.0',
      id: 'poison',
      time: new Date().toISOString(),
      data: { id: 7 },
    };
    await tickets.publishRaw({ ...poison, specversion: '1.0', datacontenttype: 'application/json' });
    await tickets.publish(order.created);
    await becomes(ticket.id, { status: 'reserved' });
    await eventually(async () =>
      expect(await letters.find().toArray()).toMatchObject([
        {
          type: 'order:created',
          tries: 1,
          body: expect.stringContaining('poison'),
          error: expect.stringContaining('not a order:created'),
        },
      ]),
    );
  });
});
