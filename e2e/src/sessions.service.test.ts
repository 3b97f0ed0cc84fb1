// Sessions that end, and accounts that are deleted, in all services on one bus: auth, tickets, orders and payments, orders
// twice, in this process.

import { newId } from '@ticketing/common';
import { driver, eventually, startForTest, testEnv, type TestService } from '@ticketing/common/testing';
import mongoose from 'mongoose';
import { service as authService } from '../../auth/src/service.js';
import { service as ordersService } from '../../orders/src/service.js';
import { service as paymentsService } from '../../payments/src/service.js';
import { service as ticketsService } from '../../tickets/src/service.js';

const password = 'correct horse';
const NAMESPACE = `test-${newId()}`;
const env = { NAMESPACE, STRIPE_KEY: 'sk_test_x', STRIPE_API_BASE: 'http://127.0.0.1:9' };
type Part = Pick<TestService<unknown>, 'request' | 'stop'>;
let auth: Part, tickets: Part, orders: Part, replica: Part, payments: Part;

beforeAll(async () => {
  [auth, tickets, payments] = await Promise.all([
    startForTest(authService, env),
    startForTest(ticketsService, env),
    startForTest(paymentsService, env),
  ]);
  [orders, replica] = [await startForTest(ordersService, env), await startForTest(ordersService, env)];
});
afterAll(() => Promise.all([auth, tickets, orders, replica, payments].map((part) => part.stop())));

type Person = Readonly<{ id: string; email: string; cookie: string }>;

async function enter(how: 'signup' | 'signin', email = `${newId()}@example.com`): Promise<Person> {
  const answer = await auth.request.post(`/api/users/${how}`).send({ email, password });
  const cookie = (answer.get('Set-Cookie') ?? [])[0]?.split(';')[0] ?? '';
  return { id: answer.body.id, email, cookie };
}

/** For each service and replica the status of a request that needs a session: 401, or what it says to who is signed in. */
const statuses = ({ cookie }: Person) =>
  Promise.all(
    (
      [
        [tickets, '/api/tickets'],
        [orders, '/api/orders'],
        [replica, '/api/orders'],
        [payments, '/api/payments'],
      ] as const
    ).map(async ([part, path]) => (await part.request.post(path).set('Cookie', cookie).send({})).status),
  );
const welcome = [400, 400, 400, 400];
const refused = [401, 401, 401, 401];

describe('a session that ends', () => {
  test('is refused by every service and replica within five seconds; another of the same user is not', async () => {
    const ada = await enter('signup');
    const phone = await enter('signin', ada.email);
    expect(await statuses(ada)).toEqual(welcome);
    await auth.request.post('/api/users/signout').set('Cookie', ada.cookie).expect(200);
    await eventually(async () => expect(await statuses(ada)).toEqual(refused), 5_000);
    expect(await statuses(phone)).toEqual(welcome);
  });

  test('ends everywhere when the password is changed', async () => {
    const ada = await enter('signup');
    const phone = await enter('signin', ada.email);
    const change = { password, newPassword: 'battery staple' };
    await auth.request.post('/api/users/password').set('Cookie', ada.cookie).send(change).expect(200);
    for (const session of [ada, phone])
      await eventually(async () => expect(await statuses(session)).toEqual(refused), 5_000);
  });

  test('is refused late when the bus was away, and by who starts later; who is not told lets it in', async () => {
    const away = { ...env, NAMESPACE: `test-${newId()}` };
    const lonely = await startForTest(authService, away);
    const port = { PORT: new URL(lonely.url).port };
    const answer = await lonely.request
      .post('/api/users/signup')
      .send({ email: 'ada@example.com', password })
      .expect(201);
    const ada = { cookie: (answer.get('Set-Cookie') ?? [])[0]?.split(';')[0] ?? '' };
    // From here on auth has no bus: what it writes waits in the outbox.
    await lonely.bus.close();
    await lonely.request.post('/api/users/signout').set('Cookie', ada.cookie).expect(200);
    const shop = await startForTest(ticketsService, away);
    const ask = async () =>
      (await shop.request.post('/api/tickets').set('Cookie', ada.cookie).send({})).status;
    expect(await ask()).toBe(400);
    await lonely.stop();
    const again = await startForTest(authService, { ...away, ...port });
    await eventually(async () => expect(await ask()).toBe(401));
    await Promise.all([again.stop(), shop.stop()]);
  });
});

describe('a person who deletes their account', () => {
  const send = (part: Part, path: string, { cookie }: Person, body: object) =>
    part.request.post(path).set('Cookie', cookie).send(body).expect(201);
  const leave = ({ cookie }: Person) =>
    auth.request.delete('/api/users').set('Cookie', cookie).send({ password }).expect(204);
  const aListing = async (seller: Person) =>
    (await send(tickets, '/api/tickets', seller, { title: 'Final', price: '20' })).body.id as string;
  const becomes = (ticketId: string, status: string) =>
    eventually(async () =>
      expect((await tickets.request.get(`/api/tickets/${ticketId}`)).body.status).toBe(status),
    );

  test('gives back what they hold, takes back what they offer, and is signed in nowhere', async () => {
    const [ada, ben, cleo] = [await enter('signup'), await enter('signup'), await enter('signup')];
    const wanted = await aListing(ben);
    const [offered, held] = [await aListing(ada), await aListing(ada)];
    await send(orders, '/api/orders', ada, { ticketId: wanted });
    const hold = await send(orders, '/api/orders', cleo, { ticketId: held });
    await becomes(wanted, 'reserved');
    await becomes(held, 'reserved');
    await leave(ada);
    await becomes(wanted, 'available');
    await becomes(offered, 'withdrawn');
    await eventually(async () => expect(await statuses(ada)).toEqual(refused), 5_000);
    await becomes(held, 'reserved');
    await orders.request.delete(`/api/orders/${hold.body.id}`).set('Cookie', cleo.cookie).expect(204);
    await becomes(held, 'withdrawn');
    expect((await enter('signup', ada.email)).id).not.toBe(ada.id);
  });

  test('leaves their address in no database of ours', async () => {
    const ada = await enter('signup');
    const ticketId = await aListing(await enter('signup'));
    await send(orders, '/api/orders', ada, { ticketId });
    expect(await databasesWith(ada.email)).toEqual(['auth']);
    await leave(ada);
    await becomes(ticketId, 'available');
    expect(await databasesWith(ada.email)).toEqual([]);
    expect(await databasesWith(ada.id)).toEqual(expect.arrayContaining(['auth', 'orders']));
  });
});

/** Which of the services' databases hold this text, in any document of any collection. */
async function databasesWith(text: string): Promise<string[]> {
  const client = await mongoose.createConnection(testEnv()['MONGO_URI'] ?? '', driver).asPromise();
  const found: string[] = [];
  try {
    for (const name of ['auth', 'tickets', 'orders', 'payments']) {
      const { db } = client.useDb(`${NAMESPACE}-${name}`);
      const collections = (await db?.collections()) ?? [];
      const all = await Promise.all(collections.map((collection) => collection.find().toArray()));
      if (JSON.stringify(all).includes(text)) found.push(name);
    }
  } finally {
    await client.close();
  }
  return found;
}
