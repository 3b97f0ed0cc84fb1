// Sessions that only auth can sign, in all services on one bus: auth has the private key, the others have public keys.

import { createClient, type Client } from '@ticketing/client';
import { newId } from '@ticketing/common/id';
import {
  aUser,
  eventually,
  sessionKeyPair,
  startForTest,
  testEnv,
  type TestService,
} from '@ticketing/common/testing';
import { service as authService } from '../../auth/src/service.js';
import { service as ordersService } from '../../orders/src/service.js';
import { service as paymentsService } from '../../payments/src/service.js';
import { service as ticketsService } from '../../tickets/src/service.js';
import { done, password } from '../system/person.js';

type Running = Pick<TestService<unknown>, 'url' | 'stop'>;
type Services = Readonly<Record<'auth' | 'tickets' | 'orders' | 'payments', Running>>;
type Keys = Readonly<{ JWT_KEY?: string; JWT_PRIVATE_KEY?: string; JWT_PUBLIC_KEYS?: string }>;

const [first, second] = [sessionKeyPair(), sessionKeyPair()];
const cards = { STRIPE_KEY: 'sk_test_x', STRIPE_API_BASE: 'http://127.0.0.1:9' };

/** All services with these keys, and auth with its own beside them. */
async function start(NAMESPACE: string, keys: Keys, ofAuth: Keys = {}): Promise<Services> {
  const env = { ...cards, NAMESPACE, JWT_KEY: '', ...keys };
  const [auth, tickets, orders, payments] = await Promise.all([
    startForTest(authService, { ...env, ...ofAuth }),
    startForTest(ticketsService, env),
    startForTest(ordersService, env),
    startForTest(paymentsService, env),
  ]);
  return { auth, tickets, orders, payments };
}

const stop = (services: Services) => Promise.all(Object.values(services).map((service) => service.stop()));

type Session = (service: Running) => Client;
const sessionOf =
  (cookie: string): Session =>
  ({ url }) =>
    createClient({ url, retries: 0, headers: { cookie } });

async function signUp({ auth: { url } }: Services): Promise<Session> {
  const email = `${newId()}@example.com`;
  const begun = await createClient({ url, retries: 0, session: 'cookie' }).signUp({ email, password });
  if (!begun.ok) throw new Error(begun.error.code);
  return sessionOf(begun.headers.getSetCookie()[0]?.split(';')[0] ?? '');
}

/** The status of an invalid command at each service: 400 with a valid session, otherwise 401. */
async function statuses(session: Session, { tickets, orders, payments }: Services): Promise<number[]> {
  const answers = await Promise.all([
    session(tickets).createTicket({ title: '', price: '' }),
    session(orders).placeOrder({ ticketId: '' }),
    session(payments).payOrder({ orderId: '', token: '' }),
  ]);
  return answers.map(({ status }) => status);
}
const valid = [400, 400, 400];
const refused = [401, 401, 401];

describe('with a private key in auth and public keys elsewhere', () => {
  let services: Services;
  beforeAll(async () => {
    services = await start(`test-${newId()}`, { JWT_PUBLIC_KEYS: first.JWT_PUBLIC_KEYS }, first);
  });
  afterAll(() => stop(services));

  test('every service accepts a session of auth, and a seller sells a ticket', async () => {
    const ada = await signUp(services);
    expect(await statuses(ada, services)).toEqual(valid);
    await done(ada(services.tickets).createTicket({ title: 'Concert', price: '20' }), 201);
  });

  test('every service refuses a session signed by the shared key', async () => {
    expect(await statuses(sessionOf(aUser().cookie), services)).toEqual(refused);
  });

  test('an ended session is refused although its token was verified before', async () => {
    const ada = await signUp(services);
    expect(await statuses(ada, services)).toEqual(valid);
    await done(ada(services.auth).signOut(), 200);
    await eventually(async () => expect(await statuses(ada, services)).toEqual(refused));
  });
});

describe('a change of keys ends no session', () => {
  test('from one pair to another: add the public key, sign with the new one, remove the old one', async () => {
    const NAMESPACE = `test-${newId()}`;
    const JWT_PUBLIC_KEYS = first.JWT_PUBLIC_KEYS + second.JWT_PUBLIC_KEYS;
    const before = await start(NAMESPACE, { JWT_PUBLIC_KEYS }, { JWT_PRIVATE_KEY: first.JWT_PRIVATE_KEY });
    const older = await signUp(before);
    await stop(before);
    const during = await start(NAMESPACE, { JWT_PUBLIC_KEYS }, { JWT_PRIVATE_KEY: second.JWT_PRIVATE_KEY });
    const newer = await signUp(during);
    for (const session of [older, newer]) expect(await statuses(session, during)).toEqual(valid);
    await stop(during);
    const after = await start(NAMESPACE, { JWT_PUBLIC_KEYS: second.JWT_PUBLIC_KEYS }, second);
    expect(await statuses(newer, after)).toEqual(valid);
    expect(await statuses(older, after)).toEqual(refused);
    await stop(after);
  });

  test('from the shared key to a pair, while both are accepted', async () => {
    const { JWT_KEY = '' } = testEnv();
    const { JWT_PUBLIC_KEYS } = first;
    const during = await start(`test-${newId()}`, { JWT_KEY, JWT_PUBLIC_KEYS }, { ...first });
    const older = sessionOf(aUser().cookie);
    const newer = await signUp(during);
    for (const session of [older, newer]) expect(await statuses(session, during)).toEqual(valid);
    await stop(during);
  });
});

test('a service whose keys do not belong together does not start', async () => {
  const keys = {
    JWT_KEY: '',
    JWT_PRIVATE_KEY: first.JWT_PRIVATE_KEY,
    JWT_PUBLIC_KEYS: second.JWT_PUBLIC_KEYS,
  };
  await expect(startForTest(authService, keys)).rejects.toThrow(
    'JWT_PUBLIC_KEYS must have the public key of JWT_PRIVATE_KEY',
  );
});
