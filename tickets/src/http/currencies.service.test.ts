// Tickets in several currencies, and free ones.

import { readConfig } from '@ticketing/common/service';
import { eventually, startForTest } from '@ticketing/common/testing';
import { Config, currenciesOf } from '../config.js';
import { service } from '../service.js';
import { clientOf, orderFor, seller, type Tickets } from '../testing/start.js';

let tickets: Tickets;

beforeAll(async () => {
  tickets = await startForTest(service, { CURRENCIES: 'usd, jpy,kwd' });
});
afterAll(() => tickets.stop());

const { aTicket, show, becomes } = clientOf(() => tickets);
const post = (body: object) => tickets.request.post('/api/tickets').set('Cookie', seller.cookie).send(body);
const put = (id: string, body: object) =>
  tickets.request.put(`/api/tickets/${id}`).set('Cookie', seller.cookie).send(body);

describe('a ticket in a currency', () => {
  test.each([
    ['19.9', undefined, '19.90', 'usd'],
    ['500', 'jpy', '500', 'jpy'],
    ['99999999', 'jpy', '99999999', 'jpy'],
    ['5.12', 'kwd', '5.120', 'kwd'],
    [5.12, 'kwd', '5.120', 'kwd'],
    ['0', undefined, '0.00', 'usd'],
    [0, 'jpy', '0', 'jpy'],
    ['0.00', 'kwd', '0.000', 'kwd'],
  ])('of %j %s is shown and published as %s %s', async (given, named, price, currency) => {
    const { id } = await aTicket({ title: 'Final', price: given, ...(named && { currency: named }) });
    expect(await show(id)).toMatchObject({ price, currency });
    await eventually(() =>
      expect(tickets.eventsOf('ticket:created', id)).toMatchObject([{ price, currency }]),
    );
  });

  const listed = 'The currency must be one of usd, jpy, kwd.';
  test.each([
    [{ price: '5', currency: 'eur' }, 'currency', listed],
    [{ price: '5', currency: 'xxx' }, 'currency', listed],
    [{ price: '5', currency: 'USD' }, 'currency', listed],
    [{ price: '5', currency: null }, 'currency', listed],
    [{ price: '5', currency: ['usd'] }, 'currency', listed],
    [{ price: '0.49' }, 'price', 'The price must be 0 or at least 0.50 usd.'],
    [{ price: '49', currency: 'jpy' }, 'price', 'The price must be 0 or at least 50 jpy.'],
    [{ price: '500.5', currency: 'jpy' }, 'price', 'The price must have no decimals in jpy.'],
    [
      { price: '5.123', currency: 'kwd' },
      'price',
      'The price must end in 0 if it has three decimals in kwd.',
    ],
    [{ price: '100000', currency: 'kwd' }, 'price', 'The price must be at most 99999.999 kwd.'],
  ])('is refused as %j', async (offer, field, message) => {
    const errors = [{ code: 'invalid-input', field, message }];
    const created = await post({ title: 'Final', ...offer });
    expect([created.status, created.body]).toEqual([400, { errors }]);

    const { id } = await aTicket();
    const edited = await put(id, { title: 'Final', ...offer });
    expect([edited.status, edited.body]).toEqual([400, { errors }]);
    expect(await show(id)).toMatchObject({ price: '19.99', version: 0 });
  });

  test('that is refused claims no idempotency key', async () => {
    const under = (body: object) => post(body).set('Idempotency-Key', '"a-key"');
    await under({ title: 'Final', price: '0.49' }).expect(400);
    await under({ title: 'Final', price: '0.50' }).expect(201);
  });

  test('keeps it in an edit that names none, and its price is checked in it', async () => {
    const { id } = await aTicket({ title: 'Final', price: '500', currency: 'jpy' });
    const kept = await put(id, { title: 'Final', price: '700' }).expect(200);
    expect(kept.body).toMatchObject({ price: '700', currency: 'jpy', version: 1 });

    const refused = await put(id, { title: 'Final', price: '7.50' }).expect(400);
    expect(refused.body.errors).toEqual([
      { code: 'invalid-input', field: 'price', message: 'The price must have no decimals in jpy.' },
    ]);
    expect(await show(id)).toMatchObject({ price: '700', version: 1 });
  });

  test('gets another by an edit that names it, also with the same digits', async () => {
    const { id } = await aTicket({ title: 'Final', price: '5.00' });
    const body = { title: 'Final', price: '500', currency: 'jpy' };
    expect((await put(id, body).expect(200)).body).toMatchObject({ ...body, version: 1 });
    expect((await put(id, body).expect(200)).body).toMatchObject({ version: 1 });
    await eventually(() => expect(tickets.eventsOf('ticket:updated', id)).toMatchObject([body]));
  });

  test('keeps it while an order holds the ticket', async () => {
    const { id } = await aTicket();
    await tickets.publish(orderFor(id).created);
    await becomes(id, { status: 'reserved' });
    const answer = await put(id, { title: 'Final', price: '500', currency: 'jpy' }).expect(409);
    expect(answer.body.errors[0].code).toBe('ticket-reserved');
  });

  test('that another process has edited is checked in its stored currency', async () => {
    const { id } = await aTicket({ title: 'Final', price: '500', currency: 'jpy' });
    const again = await startForTest(service, { ...tickets.env, PORT: '0' });
    await again.request
      .put(`/api/tickets/${id}`)
      .set('Cookie', seller.cookie)
      .send({ title: 'Final', price: '5', currency: 'usd' })
      .expect(200);
    await again.stop();
    const { body } = await put(id, { title: 'Final', price: '7.50' }).expect(200);
    expect(body).toMatchObject({ price: '7.50', currency: 'usd', version: 2 });
  });
});

describe('a search among several currencies', () => {
  const offers = { cheap: ['5', 'usd'], dear: ['90', 'usd'], yen: ['500', 'jpy'], dinar: ['7.5', 'kwd'] };
  const names: Record<string, string> = {};

  beforeAll(async () => {
    for (const [name, [price, currency]] of Object.entries(offers))
      names[(await aTicket({ title: 'Polyglot', price, currency })).id] = name;
  });

  test.each([
    ['', ['dinar', 'yen', 'dear', 'cheap']],
    ['&currency=jpy', ['yen']],
    ['&sort=price', ['cheap', 'dear']],
    ['&sort=-price', ['dear', 'cheap']],
    ['&sort=price&currency=kwd', ['dinar']],
    ['&minPrice=5', ['dear', 'cheap']],
    ['&minPrice=7.500&maxPrice=7.5&currency=kwd', ['dinar']],
    ['&minPrice=400&maxPrice=500&currency=jpy', ['yen']],
    ['&maxPrice=499&currency=jpy', []],
    ['&maxPrice=5.01&sort=startsAt', ['cheap']],
    [`&seller=${seller.id}&currency=kwd`, ['dinar']],
  ])('?q=polyglot%s finds %j', async (query, found) => {
    const { body } = await tickets.request.get(`/api/tickets?q=polyglot${query}`).expect(200);
    expect(body.map(({ id }: { id: string }) => names[id])).toEqual(found);
  });

  test.each([
    ['currency=eur', 'currency', 'The currency must be one of usd, jpy, kwd.'],
    ['currency=jpy&minPrice=1.5', 'minPrice', 'The min price must have no decimals in jpy.'],
    ['maxPrice=1000000', 'maxPrice', 'The max price must be at most 999999.99 usd.'],
    ['currency=kwd&minPrice=1.5&maxPrice=1.499', 'minPrice', 'The min price must not be above maxPrice.'],
  ])('?%s is refused', async (query, field, message) => {
    const { body } = await tickets.request.get(`/api/tickets?${query}`).expect(400);
    expect(body.errors).toEqual([{ code: 'invalid-input', field, message }]);
  });

  test('continues on the next page in the same currency only', async () => {
    const page = await tickets.request.get('/api/tickets?q=polyglot&sort=price&limit=1').expect(200);
    const [, next = ''] = /<(.+)>/.exec(page.headers['link'] ?? '') ?? [];
    const { body } = await tickets.request.get(next).expect(200);
    expect(body.map(({ id }: { id: string }) => names[id])).toEqual(['dear']);
    await tickets.request.get(`${next}&currency=jpy`).expect(400);
  });
});

describe('CURRENCIES', () => {
  const read = (env: Record<string, string>) =>
    currenciesOf(readConfig(Config, { ...tickets.env, CURRENCIES: '', ...env }));

  test('is by default the value of CURRENCY', () => {
    expect([read({}), read({ CURRENCY: 'jpy' })]).toEqual([['usd'], ['jpy']]);
  });

  test.each([
    [{ CURRENCIES: 'eur' }, 'CURRENCIES must contain the value of CURRENCY'],
    [{ CURRENCIES: 'usd,gold' }, 'CURRENCIES must be a comma-separated list of aud, '],
    [{ CURRENCIES: ',' }, 'CURRENCIES must be a comma-separated list of aud, '],
  ])('refuses %j', (env, message) => {
    expect(() => read(env)).toThrow(message);
  });
});
