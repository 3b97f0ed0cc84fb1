// Sessions that end, and accounts that are deleted, in all services on one bus: auth, tickets, orders and payments, orders
// twice, in this process.

import { createClient, type Client, type DataOf } from '@ticketing/client';
import { newId } from '@ticketing/common/id';
import { driver, eventually, startForTest, testEnv, type TestService } from '@ticketing/common/testing';
import mongoose from 'mongoose';
import { service as authService } from '../../auth/src/service.js';
import { service as ordersService } from '../../orders/src/service.js';
import { service as paymentsService } from '../../payments/src/service.js';
import { service as ticketsService } from '../../tickets/src/service.js';
import { done, password } from '../system/person.js';

const NAMESPACE = `test-${newId()}`;
const env = { NAMESPACE, STRIPE_KEY: 'sk_test_x', STRIPE_API_BASE: 'http://127.0.0.1:9' };
type Part = Pick<TestService<unknown>, 'url' | 'stop'>;
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

/** Whose it is, and what they can do with it: each service is shown the cookie that auth has set. */
type Session = Readonly<{ id: string; email: string; at: (part: Part) => Client }>;

async function enter(
  how: 'signUp' | 'signIn',
  email = `${newId()}@example.com`,
  { url } = auth,
): Promise<Session> {
  const begun = await createClient({ url, retries: 0 })[how]({ email, password });
  if (!begun.ok) throw new Error(begun.error.code);
  const [cookie = ''] = begun.headers.getSetCookie().map((set) => set.split(';')[0] ?? '');
  const at = (part: Part) => createClient({ url: part.url, retries: 0, headers: { cookie } });
  return { id: begun.data.id, email, at };
}

/** For each service and replica the status of a request that needs a session: 401, or what it says to who is signed in. */
async function statuses({ at }: Session): Promise<number[]> {
  const answers = await Promise.all([
    at(tickets).createTicket({ title: '', price: '' }),
    at(orders).placeOrder({ ticketId: '' }),
    at(replica).placeOrder({ ticketId: '' }),
    at(payments).payOrder({ orderId: '', token: '' }),
  ]);
  return answers.map(({ status }) => status);
}
const welcome = [400, 400, 400, 400];
const turnedAway = [401, 401, 401, 401];

describe('a session that ends', () => {
  test('is refused by every service and replica within five seconds; another of the same user is not', async () => {
    const ada = await enter('signUp');
    const phone = await enter('signIn', ada.email);
    expect(await statuses(ada)).toEqual(welcome);
    await done(ada.at(auth).signOut(), 200);
    await eventually(async () => expect(await statuses(ada)).toEqual(turnedAway), 5_000);
    expect(await statuses(phone)).toEqual(welcome);
  });

  test('ends everywhere when the password is changed', async () => {
    const ada = await enter('signUp');
    const phone = await enter('signIn', ada.email);
    const change = { password, newPassword: 'battery staple' };
    await done(ada.at(auth).changePassword(change), 200);
    for (const session of [ada, phone])
      await eventually(async () => expect(await statuses(session)).toEqual(turnedAway), 5_000);
  });

  test('is refused late when the bus was away, and by who starts later; who is not told lets it in', async () => {
    const away = { ...env, NAMESPACE: `test-${newId()}` };
    const lonely = await startForTest(authService, away);
    const port = { PORT: new URL(lonely.url).port };
    const ada = await enter('signUp', 'ada@example.com', lonely);
    // From here on auth has no bus: what it writes waits in the outbox.
    await lonely.bus.close();
    await done(ada.at(lonely).signOut(), 200);
    const shop = await startForTest(ticketsService, away);
    const ask = async () => (await ada.at(shop).createTicket({ title: '', price: '' })).status;
    expect(await ask()).toBe(400);
    await lonely.stop();
    const again = await startForTest(authService, { ...away, ...port });
    await eventually(async () => expect(await ask()).toBe(401));
    await Promise.all([again.stop(), shop.stop()]);
  });
});

describe('a person who deletes their account', () => {
  const leave = ({ at }: Session) => done(at(auth).deleteAccount({ password }), 204);
  const aListing = async ({ at }: Session) =>
    (await done(at(tickets).createTicket({ title: 'Final', price: '20' }), 201)).id;
  const places = ({ at }: Session, ticketId: string) => done(at(orders).placeOrder({ ticketId }), 201);
  const standing = (ticketId: string) =>
    done(createClient({ url: tickets.url }).showTicket({ ticketId }), 200);
  const becomes = (ticketId: string, status: DataOf<'showTicket'>['status']) =>
    eventually(async () => expect((await standing(ticketId)).status).toBe(status));

  test('gives back what they hold, takes back what they offer, and is signed in nowhere', async () => {
    const [ada, ben, cleo] = [await enter('signUp'), await enter('signUp'), await enter('signUp')];
    const wanted = await aListing(ben);
    const [offered, held] = [await aListing(ada), await aListing(ada)];
    await places(ada, wanted);
    const hold = await places(cleo, held);
    await becomes(wanted, 'reserved');
    await becomes(held, 'reserved');
    await leave(ada);
    await becomes(wanted, 'available');
    await becomes(offered, 'withdrawn');
    await eventually(async () => expect(await statuses(ada)).toEqual(turnedAway), 5_000);
    await becomes(held, 'reserved');
    await done(cleo.at(orders).cancelOrder({ orderId: hold.id }), 204);
    await becomes(held, 'withdrawn');
    expect((await enter('signUp', ada.email)).id).not.toBe(ada.id);
  });

  test('leaves their address in no database of ours', async () => {
    const ada = await enter('signUp');
    const ticketId = await aListing(await enter('signUp'));
    await places(ada, ticketId);
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
