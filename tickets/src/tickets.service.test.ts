import { newId } from '@ticketing/common/id';
import { aUser, eventually, startForTest, type TestUser } from '@ticketing/common/testing';
import { service } from './service.js';
import { clientOf, orderFor, seller, type Tickets } from './testing/start.js';

let tickets: Tickets;

beforeAll(async () => {
  tickets = await startForTest(service);
});
afterAll(() => tickets.stop());

const { aTicket, show, becomes } = clientOf(() => tickets);

const event = {
  name: 'Cup final',
  venue: 'Olympiastadion',
  startsAt: '2050-05-22T18:00:00.000Z',
  timeZone: 'Europe/Berlin',
};

describe('listing a ticket for sale', () => {
  test('shows it to all users and publishes ticket:created', async () => {
    const ticket = await aTicket({ title: '  Final  ', price: 19.9 });
    const expected = {
      id: ticket.id,
      title: 'Final',
      price: '19.90',
      currency: 'usd',
      userId: seller.id,
      version: 0,
    };
    const places = { quantity: 1, available: 1, status: 'available' };
    expect(await show(ticket.id)).toEqual({ ...expected, seller: { id: seller.id }, ...places });
    await eventually(() =>
      expect(tickets.eventsOf('ticket:created', ticket.id)).toEqual([{ ...expected, offerVersion: 0 }]),
    );
  });

  test('with an event shows the event, and an edit without one removes it', async () => {
    const given = { ...event, name: ' Cup final ', startsAt: '2050-05-22T18:00:00Z' };
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

  test('accepts the start of an event with an offset, and shows it in UTC', async () => {
    const startsAt = '2050-05-22T20:00:00+02:00';
    const { id } = await aTicket({ title: 'Final', price: '5', event: { ...event, startsAt } });
    expect(await show(id)).toMatchObject({ event: { startsAt: event.startsAt } });
  });

  test('of an event that began within a day is accepted', async () => {
    const startsAt = new Date(Date.now() - 23 * 3_600_000).toISOString();
    await aTicket({ title: 'Festival', price: '5', event: { ...event, startsAt } });
  });

  test('requires a session: not-signed-in', async () => {
    const { body } = await tickets.request.post('/api/tickets').send({ title: 'x', price: '5' }).expect(401);
    expect(body.errors[0].code).toBe('not-signed-in');
  });

  test('accepts a bearer token', async () => {
    const answer = await tickets.request
      .post('/api/tickets')
      .set('Authorization', `Bearer ${seller.token}`)
      .send({ title: 'x', price: '5' });
    expect(answer.status).toBe(201);
  });

  const bad: [what: string, body: unknown, field: string][] = [
    ['a price of -1', { title: 'x', price: -1 }, 'price'],
    ['a price that is not a number', { title: 'x', price: 'NaN' }, 'price'],
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
      'an event without a time of day',
      { title: 'x', price: '5', event: { ...event, startsAt: '2050-05-22' } },
      'event.startsAt',
    ],
    [
      'an event on a day that does not exist',
      { title: 'x', price: '5', event: { ...event, startsAt: '2050-02-30T18:00:00Z' } },
      'event.startsAt',
    ],
    [
      'an event in a zone that does not exist',
      { title: 'x', price: '5', event: { ...event, timeZone: 'Mars/Olympus' } },
      'event.timeZone',
    ],
    [
      'an event with an offset instead of a zone',
      { title: 'x', price: '5', event: { ...event, timeZone: '+01:00' } },
      'event.timeZone',
    ],
    [
      'an event with an ambiguous abbreviation of a zone',
      { title: 'x', price: '5', event: { ...event, timeZone: 'BST' } },
      'event.timeZone',
    ],
    [
      'an event of yesteryear',
      { title: 'x', price: '5', event: { ...event, startsAt: '2000-01-01T00:00:00Z' } },
      'event.startsAt',
    ],
    [
      'an event without a zone of its time',
      { title: 'x', price: '5', event: { ...event, startsAt: '2050-05-22T18:00:00' } },
      'event.startsAt',
    ],
    [
      'an event after the year 9999',
      { title: 'x', price: '5', event: { ...event, startsAt: '9999-12-31T23:59:59-01:00' } },
      'event.startsAt',
    ],
    [
      'an event before the year 0',
      { title: 'x', price: '5', event: { ...event, startsAt: '0000-01-01T00:00:00+01:00' } },
      'event.startsAt',
    ],
    ['an invisible title', { title: '\u200B', price: '5' }, 'title'],
    ['a title with a control character', { title: 'a\u0000b', price: '5' }, 'title'],
    ['a title that reorders text', { title: '\u202Egnirts', price: '5' }, 'title'],
    ['a number as title', { title: 7, price: '5' }, 'title'],
    ['a currency other than CURRENCY', { title: 'x', price: '5', currency: 'eur' }, 'currency'],
    ['a quantity of 0', { title: 'x', price: '5', quantity: 0 }, 'quantity'],
    ['a negative quantity', { title: 'x', price: '5', quantity: -1 }, 'quantity'],
    ['a fractional quantity', { title: 'x', price: '5', quantity: 1.5 }, 'quantity'],
    ['a quantity as text', { title: 'x', price: '5', quantity: '2' }, 'quantity'],
    ['a quantity above 100,000', { title: 'x', price: '5', quantity: 100_001 }, 'quantity'],
    ['an unknown field', { title: 'x', price: '5', seats: 3 }, 'seats'],
    [
      'an unknown field of an event',
      { title: 'x', price: '5', event: { ...event, city: 'x' } },
      'event.city',
    ],
  ];
  test.each(bad)('refuses %s and names the field', async (_what, body, field) => {
    const answer = await tickets.request
      .post('/api/tickets')
      .set('Cookie', seller.cookie)
      .send(body as object);
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toEqual([{ code: 'invalid-input', field, message: expect.any(String) }]);
  });
});

describe('editing a ticket', () => {
  const put = (id: string, body: object, user: TestUser = seller) =>
    tickets.request.put(`/api/tickets/${id}`).set('Cookie', user.cookie).send(body);

  test('is refused to other users: not-your-ticket', async () => {
    const ticket = await aTicket();
    const answer = await put(ticket.id, { title: 'Mine', price: '5' }, aUser());
    expect([answer.status, answer.body.errors[0].code]).toEqual([403, 'not-your-ticket']);
  });

  test('after the event keeps its start, and cannot move it within the past', async () => {
    const { id } = await aTicket({ title: 'Final', price: '5', event });
    const past = new Date('2020-01-01T00:00:00Z');
    await tickets.ctx.tickets.model.updateOne({ _id: id }, { $set: { 'event.startsAt': past } });
    const kept = await put(id, { title: 'New', price: '5', event: { ...event, startsAt: past } });
    expect([kept.status, kept.body.title]).toEqual([200, 'New']);
    const moved = await put(id, {
      title: 'New',
      price: '5',
      event: { ...event, startsAt: '2020-01-02T00:00:00Z' },
    });
    expect([moved.status, moved.body.errors]).toEqual([
      400,
      [
        {
          code: 'invalid-input',
          field: 'event.startsAt',
          message: 'The event.startsAt must not be more than a day ago.',
        },
      ],
    ]);
  });

  test('is refused for an older version: version-conflict', async () => {
    const ticket = await aTicket();
    await put(ticket.id, { title: 'New', price: '5', version: 0 }).expect(200);
    const answer = await put(ticket.id, { title: 'Newer', price: '5', version: 0 });
    expect([answer.status, answer.body.errors[0].code]).toEqual([409, 'version-conflict']);
  });

  test('checks the session first, then the input, then the ticket', async () => {
    await tickets.request.put('/api/tickets/nonsense').send({}).expect(401);
    await put('nonsense', {}).expect(400);
    await put('nonsense', { title: 'x', price: '5' }).expect(404);
    await put(newId(), { title: 'x', price: '5' }).expect(404);
  });
});

describe('listing tickets', () => {
  test('shows them newest first, page by page, without gaps', async () => {
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
  test('becomes a dead letter at once, and the next message is handled', async () => {
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
