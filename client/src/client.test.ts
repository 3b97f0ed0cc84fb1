// The client with a fake API: sessions, keys, retries. tests/journeys uses it with the real one.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from './index.js';
import { clientOf, json, refused } from './testing/fake-api.js';

test('the generated types match docs/api/openapi.json (otherwise run npm run docs:api)', () => {
  const generate = [join(__dirname, '..', 'generate.mjs'), '--print'];
  const generated = execFileSync(process.execPath, generate, { encoding: 'utf8', maxBuffer: 1e8 });
  expect(readFileSync(join(__dirname, 'generated.ts'), 'utf8')).toBe(generated);
});

const credentials = { email: 'ann@example.com', password: 'correct horse' };
const ticketId = '656565656565656565656501';

describe('a request', () => {
  test('puts its input into path, query and body', async () => {
    const { client, requests } = clientOf([json(200, {}), json(200, [])]);
    await client.updateTicket({ ticketId, title: 'Cup final', price: '20' });
    await client.listTickets({ limit: 2 });
    expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `PUT http://api.test/api/tickets/${ticketId}`,
      'GET http://api.test/api/tickets?limit=2',
    ]);
    expect(await requests[0]?.json()).toEqual({ title: 'Cup final', price: '20' });
  });

  test('resolves to the error code and Retry-After of an error response', async () => {
    const { client } = clientOf([refused(429, 'too-many-attempts', { 'Retry-After': '7' })]);
    expect(await client.signIn(credentials)).toMatchObject({
      ok: false,
      status: 429,
      error: { code: 'too-many-attempts' },
      retryAfterSeconds: 7,
    });
  });

  test('is unavailable when the response is not from the API', async () => {
    const headers = { 'Retry-After': 'Fri, 27 Nov 2026 09:00:00 GMT' };
    const { client } = clientOf([new Response('<h1>Bad gateway</h1>', { status: 502, headers })]);
    expect(await client.signOut()).toMatchObject({
      ok: false,
      status: 502,
      error: { code: 'unavailable' },
      retryAfterSeconds: undefined,
    });
  });
});

describe('a session', () => {
  const user = { id: '656565656565656565656502', email: 'ann@example.com' };
  const sent = (requests: readonly Request[]) =>
    requests.map(({ headers }) => headers.get('Authorization') ?? 'none');

  test('starts with signing in, is sent as a bearer token, and ends with signing out', async () => {
    const { client, requests } = clientOf([
      json(200, { ...user, token: 'a.b.c' }),
      json(200, []),
      json(200, { ...user, token: 'd.e.f' }),
      json(200, {}),
      json(200, []),
    ]);
    await client.signIn(credentials);
    expect(client.token()).toBe('a.b.c');
    await client.listOrders();
    await client.changePassword({ password: 'correct horse', newPassword: 'battery staple' });
    expect(client.token()).toBe('d.e.f');
    await client.signOut();
    expect(client.token()).toBeUndefined();
    await client.listOrders();
    expect(sent(requests)).toEqual(['none', 'Bearer a.b.c', 'Bearer a.b.c', 'Bearer d.e.f', 'none']);
    expect(await requests[0]?.json()).toEqual({ ...credentials, token: true });
  });

  test('stays when signing in or out is refused', async () => {
    const script = [refused(401, 'invalid-credentials'), refused(503, 'unavailable')];
    const { client } = clientOf(script, { token: 'a.b.c' });
    await client.signIn(credentials);
    await client.signOut();
    expect(client.token()).toBe('a.b.c');
  });

  test('is the cookie of the browser where there is a document, and no token is asked for', async () => {
    Object.assign(globalThis, { document: {} });
    try {
      const { client, requests } = clientOf([json(200, user), json(200, [])]);
      await client.signIn(credentials);
      await client.listOrders();
      expect(await requests[0]?.json()).toEqual(credentials);
      expect([sent(requests), client.token()]).toEqual([['none', 'none'], undefined]);
    } finally {
      Reflect.deleteProperty(globalThis, 'document');
    }
  });

  test('continues in another client as a bearer token', async () => {
    const { client, requests } = clientOf([json(200, [])], { token: 'a.b.c' });
    await client.listOrders();
    expect(requests[0]?.headers.get('Authorization')).toBe('Bearer a.b.c');
  });
});

describe('a repeatable request', () => {
  const busy = () => refused(503, 'unavailable', { 'Retry-After': '0' });
  const unreachable = new TypeError('fetch failed');

  test('is retried twice by default when the API is busy or unreachable', async () => {
    const { client, requests } = clientOf([busy(), unreachable, json(200, []), busy(), busy(), busy()]);
    expect(await client.listTickets()).toMatchObject({ ok: true });
    expect(await client.listTickets()).toMatchObject({ ok: false, status: 503 });
    expect(requests).toHaveLength(6);
  });

  test('is not retried after a long Retry-After, after a permanent error, or when retries are off', async () => {
    const later = refused(429, 'too-many-requests', { 'Retry-After': '60' });
    const { client } = clientOf([later, refused(400, 'invalid-input')]);
    expect(await client.listTickets()).toMatchObject({ status: 429, retryAfterSeconds: 60 });
    expect(await client.listTickets()).toMatchObject({ status: 400 });
    expect(await clientOf([busy()], { retries: 0 }).client.listTickets()).toMatchObject({ status: 503 });
  });

  test('has a key of its own, the same for each attempt', async () => {
    const { client, requests } = clientOf([busy(), unreachable, json(201, {}), json(201, {}), json(201, {})]);
    await client.placeOrder({ ticketId });
    await client.placeOrder({ ticketId });
    await client.placeOrder({ ticketId }, { idempotencyKey: 'mine' });
    const [first, second, third, other, given] = requests.map(({ headers }) =>
      headers.get('Idempotency-Key'),
    );
    expect(first).toMatch(/^"[0-9a-f-]{36}"$/);
    expect([second, third]).toEqual([first, first]);
    expect(other).not.toBe(first);
    expect(given).toBe('"mine"');
  });

  test('waits for its own earlier attempt whose response was lost', async () => {
    const inFlight = refused(409, 'request-in-flight', { 'Retry-After': '0' });
    const { client, requests } = clientOf([unreachable, inFlight, json(201, {})]);
    expect(await client.placeOrder({ ticketId })).toMatchObject({ ok: true, status: 201 });
    expect(new Set(requests.map(({ headers }) => headers.get('Idempotency-Key'))).size).toBe(1);
    const reserved = clientOf([refused(409, 'ticket-reserved')]);
    expect(await reserved.client.placeOrder({ ticketId })).toMatchObject({ status: 409 });
  });

  test('is aborted by its signal, also between two attempts', async () => {
    const controller = new AbortController();
    const aborted = new Error('aborted');
    let attempts = 0;
    const fetch = async () => {
      attempts += 1;
      setTimeout(() => controller.abort(aborted), 0);
      return refused(503, 'unavailable', { 'Retry-After': '2' });
    };
    const waiting = createClient({ url: 'http://api.test', fetch });
    await expect(waiting.listTickets({}, { signal: controller.signal })).rejects.toBe(aborted);

    const { client, requests } = clientOf([aborted, json(200, [])]);
    await expect(client.listTickets({}, { signal: controller.signal })).rejects.toBe(aborted);
    expect([attempts, requests.length]).toEqual([1, 1]);
  });

  test('is a GET or has a key; signing up is neither', async () => {
    const { client } = clientOf([busy(), unreachable]);
    expect(await client.signUp(credentials)).toMatchObject({ status: 503 });
    await expect(client.signUp(credentials)).rejects.toThrow('fetch failed');
  });
});
