// The end of sessions and the deletion of accounts, in all services on one bus: auth, tickets, payments, notifications, and
// two replicas of orders, in this process.

import { createClient, type Client, type DataOf } from '@ticketing/client';
import { newId } from '@ticketing/common/id';
import { driver, eventually, startForTest, testEnv, type TestService } from '@ticketing/common/testing';
import { freePort } from '@ticketing/common/testing/servers';
import mongoose from 'mongoose';
import { service as authService } from '../../auth/src/service.js';
import { service as notificationsService } from '../../notifications/src/service.js';
import { service as ordersService } from '../../orders/src/service.js';
import { service as paymentsService } from '../../payments/src/service.js';
import { service as ticketsService } from '../../tickets/src/service.js';
import { done, password, reserve } from '../system/person.js';

const NAMESPACE = `test-${newId()}`;
const env = { NAMESPACE, STRIPE_KEY: 'sk_test_x', STRIPE_API_BASE: 'http://127.0.0.1:9' };
type Running = Pick<TestService<unknown>, 'url' | 'stop'>;
// No mail server: the mails of these accounts wait.
const mailEnv = {
  SMTP_URL: 'smtp://127.0.0.1:9',
  MAIL_FROM: 'tickets@example.com',
  PUBLIC_URL: 'http://localhost:8080',
};
let auth: Running, tickets: Running, orders: Running, replica: Running, payments: Running;
let notifications: Running;

beforeAll(async () => {
  [auth, tickets, payments, notifications] = await Promise.all([
    startForTest(authService, env),
    startForTest(ticketsService, env),
    startForTest(paymentsService, env),
    startForTest(notificationsService, { ...env, ...mailEnv }),
  ]);
  [orders, replica] = [await startForTest(ordersService, env), await startForTest(ordersService, env)];
});
afterAll(() =>
  Promise.all([auth, tickets, orders, replica, payments, notifications].map((part) => part.stop())),
);

/** A user's session; `at` makes a client of a service with the session's cookie. */
type Session = Readonly<{ id: string; email: string; at: (service: Running) => Client }>;

async function beginSession(
  operation: 'signUp' | 'signIn',
  email = `${newId()}@example.com`,
  { url } = auth,
): Promise<Session> {
  const begun = await createClient({ url, retries: 0, session: 'cookie' })[operation]({ email, password });
  if (!begun.ok) throw new Error(begun.error.code);
  const [cookie = ''] = begun.headers.getSetCookie().map((set) => set.split(';')[0] ?? '');
  const at = (service: Running) => createClient({ url: service.url, retries: 0, headers: { cookie } });
  return { id: begun.data.id, email, at };
}

/** The status of an invalid command at each service and replica: 400 with a valid session, otherwise 401. */
async function statuses({ at }: Session): Promise<number[]> {
  const answers = await Promise.all([
    at(tickets).createTicket({ title: '', price: '' }),
    at(orders).placeOrder({ ticketId: '' }),
    at(replica).placeOrder({ ticketId: '' }),
    at(payments).payOrder({ orderId: '', token: '' }),
  ]);
  return answers.map(({ status }) => status);
}
const valid = [400, 400, 400, 400];
const revoked = [401, 401, 401, 401];

describe('a revoked session', () => {
  test('is refused by every service and replica; other sessions of the user stay valid', async () => {
    const ada = await beginSession('signUp');
    const phone = await beginSession('signIn', ada.email);
    expect(await statuses(ada)).toEqual(valid);
    await done(ada.at(auth).signOut(), 200);
    await eventually(async () => expect(await statuses(ada)).toEqual(revoked));
    expect(await statuses(phone)).toEqual(valid);
  });

  test('every session is revoked in every service when the password changes', async () => {
    const ada = await beginSession('signUp');
    const phone = await beginSession('signIn', ada.email);
    const change = { password, newPassword: 'battery staple' };
    await done(ada.at(auth).changePassword(change), 200);
    for (const session of [ada, phone])
      await eventually(async () => expect(await statuses(session)).toEqual(revoked));
  });

  test('is accepted while the bus is down, and refused when the event arrives, also by a service that started later', async () => {
    const other = { ...env, NAMESPACE: `test-${newId()}` };
    const port = { PORT: `${await freePort()}` };
    const isolated = await startForTest(authService, { ...other, ...port });
    const ada = await beginSession('signUp', 'ada@example.com', isolated);
    // Without a bus the event waits in the outbox of auth.
    await isolated.bus.close();
    await done(ada.at(isolated).signOut(), 200);
    const shop = await startForTest(ticketsService, other);
    const createStatus = async () => (await ada.at(shop).createTicket({ title: '', price: '' })).status;
    expect(await createStatus()).toBe(400);
    await isolated.stop();
    const restarted = await startForTest(authService, { ...other, ...port });
    await eventually(async () => expect(await createStatus()).toBe(401));
    await Promise.all([restarted.stop(), shop.stop()]);
  });
});

describe('a user who deletes their account', () => {
  const deleteAccount = ({ at }: Session) => done(at(auth).deleteAccount({ password }), 204);
  const offer = async ({ at }: Session) =>
    (await done(at(tickets).createTicket({ title: 'Final', price: '20' }), 201)).id;
  const order = ({ at }: Session, ticketId: string) => reserve(at(orders), { ticketId });
  const show = (ticketId: string) => done(createClient({ url: tickets.url }).showTicket({ ticketId }), 200);
  const becomes = (ticketId: string, status: DataOf<'showTicket'>['status']) =>
    eventually(async () => expect((await show(ticketId)).status).toBe(status));

  test('releases their orders, withdraws their tickets, and has no valid session', async () => {
    const [ada, ben, cleo] = [
      await beginSession('signUp'),
      await beginSession('signUp'),
      await beginSession('signUp'),
    ];
    const wanted = await offer(ben);
    const [offered, held] = [await offer(ada), await offer(ada)];
    await order(ada, wanted);
    const hold = await order(cleo, held);
    await becomes(wanted, 'reserved');
    await becomes(held, 'reserved');
    await deleteAccount(ada);
    await becomes(wanted, 'available');
    await becomes(offered, 'withdrawn');
    await eventually(async () => expect(await statuses(ada)).toEqual(revoked));
    await becomes(held, 'reserved');
    await done(cleo.at(orders).cancelOrder({ orderId: hold.id }), 204);
    await becomes(held, 'withdrawn');
    expect((await beginSession('signUp', ada.email)).id).not.toBe(ada.id);
  });

  test('has their e-mail address in no database afterwards', async () => {
    const ada = await beginSession('signUp');
    const ticketId = await offer(await beginSession('signUp'));
    await order(ada, ticketId);
    await eventually(async () => expect(await databasesWith(ada.email)).toEqual(['auth', 'notifications']));
    await deleteAccount(ada);
    await becomes(ticketId, 'available');
    await eventually(async () => expect(await databasesWith(ada.email)).toEqual([]));
    expect(await databasesWith(ada.id)).toEqual(expect.arrayContaining(['auth', 'orders']));
  });
});

/** The services whose databases contain this text, in any document. */
async function databasesWith(text: string): Promise<string[]> {
  const client = await mongoose.createConnection(testEnv()['MONGO_URI'] ?? '', driver).asPromise();
  const found: string[] = [];
  try {
    for (const name of ['auth', 'tickets', 'orders', 'payments', 'notifications']) {
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
