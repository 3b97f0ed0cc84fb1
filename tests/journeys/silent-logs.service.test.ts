// No line of any log, at any level, has an e-mail address, a password, a session or the token of a link. The services that
// handle addresses run as processes of their own, and this test reads what they print.

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { openBus } from '@ticketing/common/bus';
import { LinkRequested, toEnvelope, UserDeleted, UserUpdated, type Envelope } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { createLogger, jobCause } from '@ticketing/common/observability';
import { BaseConfig, readConfig } from '@ticketing/common/service';
import { eventually, testEnv } from '@ticketing/common/testing';
import { freePort, root, startChild } from '@ticketing/common/testing/servers';
import { untilReady } from '../system/ready.js';

const services = ['auth', 'tickets', 'notifications'] as const;
type Name = (typeof services)[number];

const smtpPassword = 'smtp-secret';
const env = testEnv({
  LOG_LEVEL: 'trace',
  // Nobody answers there: failures to send are logged.
  SMTP_URL: `smtp://mailer:${smtpPassword}@127.0.0.1:9`,
  MAIL_FROM: 'Tickets <tickets@example.com>',
  PUBLIC_URL: 'http://localhost:8080',
  ACCOUNT_LINK_KEY: randomBytes(32).toString('hex'),
});

const lines: Record<Name, string[]> = { auth: [], tickets: [], notifications: [] };
const urls = new Map<Name, string>();
const cleanups: (() => Promise<void>)[] = [];
let bus: ReturnType<typeof openBus>;

async function start(name: Name): Promise<void> {
  const port = await freePort();
  const child = startChild({
    name,
    program: process.execPath,
    args: [join(root, name, 'dist', 'main.js')],
    env: { ...process.env, ...env, PORT: `${port}` },
    onLine: (line) => lines[name].push(line),
  });
  cleanups.push(() => child.stop());
  const url = `http://127.0.0.1:${port}`;
  urls.set(name, url);
  await untilReady(child, url);
}

beforeAll(async () => {
  await Promise.all(services.map(start));
  const log = createLogger('test', 'silent');
  const onUnusable = (error: Error) => expect(error).toBeUndefined();
  bus = openBus(readConfig(BaseConfig, env), { clientName: 'test', log, onUnusable });
  cleanups.push(() => bus.close());
  await eventually(() => expect(bus.connectedSince()).toBeDefined());
});
afterAll(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

type Request = Readonly<{ body?: unknown; cookie?: string; method?: string }>;

/** The client names an address wherever a client can. */
async function ask(name: Name, path: string, { body, cookie, method = 'POST' }: Request = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return fetch(`${urls.get(name)}${path}`, {
    method,
    headers: {
      'Content-Type': 'application/json',
      'User-Agent': 'Mailer (ada@example.org)',
      'X-Request-Id': 'ada@example.org',
      ...(cookie !== undefined && { cookie }),
    },
    ...(body !== undefined && { body: text }),
  });
}

const sessionIn = (answer: Response) => answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
const jwtIn = (cookie: string) =>
  (JSON.parse(Buffer.from(cookie.replace('session=', ''), 'base64').toString()) as { jwt: string }).jwt;

/** Uses an account as people do, with their mistakes. Returns the sessions. */
async function useAccount(email: string, password: string, linkToken: string): Promise<string[]> {
  const signedUp = await ask('auth', '/api/users/signup', { body: { email, password } });
  expect(signedUp.status).toBe(201);
  const { id } = (await signedUp.json()) as { id: string };
  await ask('auth', '/api/users/signup', { body: { email, password } });
  await ask('auth', '/api/users/signup', { body: { email: `${email} x`, password } });
  await ask('auth', '/api/users/signup', { body: `{"email":"${email}","password":"${password}"` });
  for (const guess of ['wrong horse', '', { $ne: email }])
    await ask('auth', '/api/users/signin', { body: { email, password: guess } });
  const signedIn = await ask('auth', '/api/users/signin', { body: { email, password } });
  const cookie = sessionIn(signedIn);

  const withSession = (path: string, body: unknown, method = 'POST') =>
    ask('auth', path, { body, cookie, method });
  await withSession('/api/users/profile', { name: 'Ada', locale: 'de', timeZone: 'Europe/Berlin' }, 'PUT');
  await withSession('/api/users/profile', { name: email, email }, 'PUT');
  await withSession('/api/users/email', { email: `new-${email}`, password });
  await withSession('/api/users/email-verifications', {});
  await withSession(`/api/users/unknown/${email}?email=${email}&token=${linkToken}`, {});
  for (const what of ['email-verifications', 'password-resets', 'email-changes'])
    await ask('auth', `/api/users/${what}/${linkToken}`, { body: { password } });
  await ask('auth', '/api/users/password-resets', { body: { email } });
  await ask('notifications', `/api/notifications/unsubscribe/${linkToken}`);
  await ask('tickets', `/api/tickets?seller=${email}`, { method: 'GET' });
  await ask('tickets', '/api/tickets', { cookie, body: { title: email, price: '5' } });
  await ask('tickets', '/api/tickets', { cookie: `${cookie}x`, body: { title: email, price: '5' } });

  for (const event of eventsOf(id, email)) await bus.publish(event);
  const changed = await withSession('/api/users/password', { password, newPassword: `${password} two` });
  expect(changed.status).toBe(200);
  const second = sessionIn(changed);
  const removed = await ask('auth', '/api/users', {
    ...{ method: 'DELETE', cookie: second },
    body: { password: `${password} two` },
  });
  expect(removed.status).toBe(204);
  return [sessionIn(signedUp), cookie, second];
}

/** Events with the address: valid ones, and such that every consumer moves to its dead letters. */
function eventsOf(id: string, email: string): Envelope[] {
  const envelope = (event: Parameters<typeof toEnvelope>[0]) =>
    toEnvelope(event, jobCause('test'), new Date());
  const link = { id: newId(), purpose: 'confirm-new-email' as const, email, newEmail: `new-${email}` };
  const expiresAt = new Date(Date.now() + 60_000).toISOString();
  const profile = { id, version: 90, email, emailVerified: true, name: `Ada ${email}` };
  const updated = envelope(UserUpdated(profile));
  return [
    updated,
    envelope(LinkRequested({ id, version: 91, link: { ...link, expiresAt } })),
    { ...updated, id: `${updated.id}/x`, data: { ...profile, email: [email], name: { $ne: email } } },
    { ...envelope(UserDeleted({ id, version: 92, sessions: [] })), data: { id: email } },
  ];
}

const address = /[\w.+-]+@[\w-]+(\.[\w-]+)+/;
const sessionToken = /\beyJ[\w-]{10,}/;
const hasRoute = (line: string, route: string, status: number) =>
  line.includes(`"route":"${route}"`) && line.includes(`"status":${status}`);

test('no log line has an address, a password, a session or a token, whatever a person does', async () => {
  const email = `ada-${newId()}@example.com`;
  const password = 'correct horse';
  const linkToken = `${newId()}.${randomBytes(32).toString('base64url')}`;
  const cookies = await useAccount(email, password, linkToken);

  // The lines are there: of requests that succeeded and failed, and of events in the dead letters.
  await eventually(() => {
    for (const [route, status] of [
      ['/api/users/signup', 201],
      ['/api/users/signin', 401],
    ] as const)
      expect(lines.auth.filter((line) => hasRoute(line, route, status)).length).toBeGreaterThan(0);
    const dead = lines.tickets.filter((line) => line.includes('moved to the dead letters'));
    expect(dead.length).toBeGreaterThan(0);
  });
  const secrets = [
    email,
    'example.org',
    password,
    'wrong horse',
    linkToken,
    smtpPassword,
    `${env['JWT_KEY']}`,
  ];
  const sessions = cookies.flatMap((cookie) => [cookie.replace('session=', ''), jwtIn(cookie)]);
  for (const name of services) {
    const found = lines[name].filter(
      (line) =>
        address.test(line) ||
        sessionToken.test(line) ||
        [...secrets, ...sessions].some((secret) => line.includes(secret)),
    );
    expect({ name, found }).toEqual({ name, found: [] });
    expect(lines[name].length).toBeGreaterThan(0);
  }
});
