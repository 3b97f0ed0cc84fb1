// Rate limits by address and by user, behind proxies, and the limit of requests in flight.

import { createServer, request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import supertest from 'supertest';
import { z } from 'zod';
import { aUser, eventually, startForTest, type TestService } from '../testing/index.js';
import { aRoute, aService, type ThingsContext } from '../testing/things.js';
import { InvalidInput } from '../errors.js';
import { ok } from './answers.js';
import { get, post, anyone, handle, optional } from './route.js';

const answers = { 200: z.unknown() };
let free: (() => void)[] = [];

const service = aService({
  routes: () => [
    get(
      '/address',
      handle({ ...aRoute, user: anyone, answers }, async ({ address }) => ok({ address })),
    ),
    get(
      '/me',
      handle({ ...aRoute, user: optional, answers }, async ({ user }) => ok({ id: user?.id })),
    ),
    post(
      '/signed',
      handle({ ...aRoute, user: anyone, rawBody: true, answers }, async ({ body }) => {
        if (String(body) === 'forged') throw new InvalidInput([{ message: 'Forged.' }], 'invalid-signature');
        return ok({});
      }),
    ),
    get(
      '/slow',
      handle({ ...aRoute, user: optional, answers }, async () => {
        await new Promise<void>((resolve) => free.push(resolve));
        return ok({});
      }),
    ),
  ],
});

type Reply = Readonly<{ status: number; headers: IncomingHttpHeaders; body: string }>;

/** Sends a request from one of this machine's own addresses. */
async function ask(
  url: string,
  from: string,
  headers: Record<string, string | string[]> = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const asking = httpRequest(url, { localAddress: from, headers, agent: false }, (answer) => {
      let body = '';
      answer.on('data', (chunk: Buffer) => (body += chunk.toString()));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
    });
    asking.once('error', reject);
    asking.end();
  });
}

// Like NGINX: appends the client's address to X-Forwarded-For and forwards everything else unchanged.
async function aProxyTo(upstream: string): Promise<{ url: string; server: Server }> {
  const server = createServer((incoming, response) => {
    const given = incoming.headers['x-forwarded-for'];
    const peer = incoming.socket.remoteAddress?.replace('::ffff:', '') ?? '';
    const forwarded = given === undefined ? peer : `${String(given)}, ${peer}`;
    const headers = { ...incoming.headers, 'x-forwarded-for': forwarded };
    const outgoing = httpRequest(
      upstream + incoming.url,
      { method: incoming.method, headers, agent: false },
      (reply) => {
        response.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(response);
      },
    );
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

/** The service behind this number of proxies. */
async function behind(proxies: number, env: Record<string, string>) {
  const things = await startForTest(service, env);
  const servers: Server[] = [];
  let { url } = things;
  for (let hop = 0; hop < proxies; hop += 1) {
    const proxy = await aProxyTo(url);
    servers.push(proxy.server);
    url = proxy.url;
  }
  return {
    things,
    url,
    async stop() {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
      await things.stop();
    },
  };
}

const spoofed: [what: string, headers: Record<string, string | string[]>][] = [
  ['no header', {}],
  ['one address', { 'X-Forwarded-For': '6.6.6.6' }],
  ['many addresses', { 'X-Forwarded-For': '6.6.6.6, 7.7.7.7, 8.8.8.8, 127.0.0.1' }],
  ['two headers', { 'X-Forwarded-For': ['6.6.6.6', '7.7.7.7'] }],
  ['no valid address', { 'X-Forwarded-For': ', ,unknown,"[::1]:80"' }],
  ['other headers', { 'X-Real-IP': '6.6.6.6', Forwarded: 'for=6.6.6.6', 'X-Client-IP': '6.6.6.6' }],
];

describe.each([0, 1, 2])('behind %d proxies with the same TRUST_PROXY', (proxies) => {
  let system: Awaited<ReturnType<typeof behind>>;
  const limit = spoofed.length;
  beforeAll(async () => {
    system = await behind(proxies, { TRUST_PROXY: `${proxies}`, RATE_LIMIT_PER_ADDRESS: `${limit}` });
  });
  afterAll(() => system.stop());

  test.each(spoofed)('a client that sends %s is counted by its own address', async (_what, headers) => {
    const { body } = await ask(`${system.url}/address`, '127.0.0.9', headers);
    expect(JSON.parse(body).address.replace('::ffff:', '')).toBe('127.0.0.9');
  });

  test('a client is refused at its limit, whatever headers it sends, and others are not', async () => {
    for (const [, headers] of spoofed)
      expect((await ask(`${system.url}/address`, '127.0.0.9', headers)).status).toBe(429);
    expect((await ask(`${system.url}/address`, '127.0.0.10')).status).toBe(200);
  });
});

describe('a wrong TRUST_PROXY', () => {
  test.each([
    ['is too high lets a client choose its address (the control of the tests above)', 2, '6.6.6.6'],
    ['is 0 counts the proxy instead of the client', 0, '127.0.0.1'],
  ])('that %s', async (_what, hops, taken) => {
    const system = await behind(1, { TRUST_PROXY: `${hops}` });
    try {
      const { body } = await ask(`${system.url}/address`, '127.0.0.9', { 'X-Forwarded-For': '6.6.6.6' });
      expect(JSON.parse(body).address.replace('::ffff:', '')).toBe(taken);
    } finally {
      await system.stop();
    }
  });
});

describe('requests beyond a limit', () => {
  let things: TestService<ThingsContext>;
  beforeAll(async () => {
    things = await startForTest(service, {
      TRUST_PROXY: '1',
      RATE_LIMIT_PER_ADDRESS: '20',
      RATE_LIMIT_PER_USER: '5',
    });
  });
  afterAll(() => things.stop());

  let hosts = 0;
  const anAddress = () => `10.1.${(hosts += 1) >> 8}.${hosts & 255}`;
  const from = (address: string, path = '/address') =>
    things.request.get(path).set('X-Forwarded-For', address);
  const statuses = async (count: number, one: () => PromiseLike<{ status: number }>) => {
    const all: number[] = [];
    for (let done = 0; done < count; done += 1) all.push((await one()).status);
    return all;
  };
  const allowed = (count: number, refused: number) => [
    ...Array<number>(count).fill(200),
    ...Array<number>(refused).fill(429),
  ];

  test('of an address get too-many-requests with Retry-After', async () => {
    const address = anAddress();
    expect(await statuses(20, () => from(address))).toEqual(allowed(20, 0));
    const answer = await from(address).expect(429);
    expect(answer.body.errors).toEqual([
      { code: 'too-many-requests', message: 'Too many requests. Try again later.' },
    ]);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(50);
    expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(60);
    await from(anAddress()).expect(200);
  });

  test('of an IPv6 network are refused from any of its addresses', async () => {
    let host = 0;
    const fromNetwork = () => from(`2001:db8::${(host += 1).toString(16)}`);
    expect(await statuses(25, fromNetwork)).toEqual(allowed(20, 5));
  });

  test('to unknown paths count too', async () => {
    const address = anAddress();
    const answers = await statuses(21, () => from(address, '/nowhere'));
    expect(answers).toEqual([...Array<number>(20).fill(404), 429]);
  });

  test('of a user are refused from any address, and other users there are not', async () => {
    const [ann, bob] = [aUser(), aUser()];
    const me = (user: { token: string }, address: string) =>
      from(address, '/me').set('Authorization', `Bearer ${user.token}`);
    expect(await statuses(7, () => me(ann, anAddress()))).toEqual(allowed(5, 2));
    const address = anAddress();
    await me(ann, address).expect(429);
    await me(bob, address).expect(200);
    await from(address, '/me').expect(200);
  });

  describe('at a venue where all guests share an address', () => {
    const as = (user: { token: string }, address: string, path = '/me') =>
      from(address, path).set('Authorization', `Bearer ${user.token}`);

    test('are refused to anonymous guests only; signed-in guests have their own limit', async () => {
      const [venue, ann] = [anAddress(), aUser()];
      expect(await statuses(21, () => from(venue))).toEqual(allowed(20, 1));
      expect(await statuses(3, () => as(ann, venue))).toEqual(allowed(3, 0));
      expect(await statuses(3, () => as(ann, venue, '/address'))).toEqual(allowed(2, 1));
    });

    test('are refused only to the guest who makes them', async () => {
      const [venue, ann, bob] = [anAddress(), aUser(), aUser()];
      expect(await statuses(40, () => as(ann, venue))).toEqual(allowed(5, 35));
      await as(bob, venue).expect(200);
      await from(venue).expect(200);
    });

    test('of all its guests together are refused too', async () => {
      const venue = anAddress();
      expect(await statuses(21, () => as(aUser(), venue))).toEqual(allowed(20, 1));
    });

    test('with an invalid session count as anonymous', async () => {
      const venue = anAddress();
      expect(await statuses(21, () => as({ token: 'none' }, venue))).toEqual(allowed(20, 1));
    });
  });

  test('are announced in RateLimit and RateLimit-Policy', async () => {
    const answer = await from(anAddress(), '/me').set('Authorization', `Bearer ${aUser().token}`).expect(200);
    expect(answer.headers['ratelimit']).toMatch(/^"user"; r=4; t=\d+, "address"; r=19; t=\d+$/);
    expect(answer.headers['ratelimit-policy']).toMatch(
      /^"user"; q=5; w=60; pk=:.+:, "address"; q=20; w=60; pk=:.+:$/,
    );
  });

  test('of a webhook have a separate limit, ten times as high', async () => {
    const address = anAddress();
    const signed = () => things.request.post('/signed').set('X-Forwarded-For', address).send('{}');
    expect(await statuses(201, signed)).toEqual(allowed(200, 1));
    await from(address).expect(200);
  });

  test('to probes are not counted', async () => {
    const address = anAddress();
    expect(await statuses(25, () => from(address, '/healthz'))).toEqual(allowed(25, 0));
    expect((await from(address).expect(200)).headers['ratelimit']).toContain('r=19');
  });
});

describe('requests above the limit of requests in flight', () => {
  let things: TestService<ThingsContext>;
  beforeAll(async () => {
    things = await startForTest(service, { MAX_REQUESTS_IN_FLIGHT: '10', TRUST_PROXY: '1' });
  });
  afterAll(() => things.stop());
  afterEach(() => {
    for (const done of free) done();
    free = [];
  });

  /** Requests of different clients, each of which is far below its share. */
  const tenClients = () =>
    Array.from({ length: 10 }, (_, index) =>
      supertest(things.url).get('/slow').set('X-Forwarded-For', `10.0.0.${index}`),
    );

  test('get 503 with Retry-After at once, except probes, until others finish', async () => {
    const inFlight = Promise.all(tenClients());
    await eventually(() => expect(free).toHaveLength(10));
    for (const path of ['/address', '/nowhere']) {
      const answer = await things.request.get(path).expect(503);
      expect(answer.body.errors[0].code).toBe('unavailable');
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      const plain = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
      expect(answer.headers).toMatchObject(plain);
    }
    for (const path of ['/healthz', '/readyz']) await things.request.get(path).expect(200);
    const metrics = await things.request.get('/metrics').expect(200);
    expect(metrics.text).toContain('http_requests_shed_total 2');
    for (const done of free) done();
    expect((await inFlight).map(({ status }) => status)).toEqual(Array(10).fill(200));
    await things.request.get('/address').expect(200);
  });

  test('do not include requests that their clients have aborted', async () => {
    const leaving = tenClients();
    const left = Promise.allSettled(leaving);
    await eventually(() => expect(free).toHaveLength(10));
    for (const one of leaving) one.abort();
    await left;
    await eventually(() => things.request.get('/address').expect(200));
  });

  const statusesOf = async (count: number, one: (index: number) => PromiseLike<{ status: number }>) => {
    let refused = 0;
    const all = Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const { status } = await one(index);
        if (status !== 200) refused += 1;
        return status;
      }),
    );
    // Every request is either refused or waits in its handler.
    await eventually(() => expect(free.length + refused).toBe(count));
    const other = await things.request.get('/address').set('X-Forwarded-For', '10.0.0.9');
    await eventually(async () => {
      for (const done of free) done();
      free = [];
      await Promise.race([all, Promise.reject(new Error('some still wait'))]);
    });
    return { own: await all, other: other.status };
  };

  test('of one network get 503 before it has taken every place, and other networks get theirs', async () => {
    const { own, other } = await statusesOf(20, () => supertest(things.url).get('/slow'));
    expect(own).toContain(503);
    expect(other).toBe(200);
  });

  test('of one user get 429 at its share, from any address, and others get their places', async () => {
    const { token } = aUser();
    const { own, other } = await statusesOf(6, (index) =>
      supertest(things.url)
        .get('/slow')
        .set('Authorization', `Bearer ${token}`)
        .set('X-Forwarded-For', `10.0.1.${index}`),
    );
    expect(own.filter((status) => status === 429)).toHaveLength(2);
    expect(other).toBe(200);
  });
});

describe('webhooks of a network', () => {
  let things: TestService<ThingsContext>;
  beforeAll(async () => {
    things = await startForTest(service, { TRUST_PROXY: '1', INVALID_WEBHOOKS_PER_ADDRESS: '' });
  });
  afterAll(() => things.stop());
  const send = (path: string, body: string, address: string) =>
    things.request.post(path).set('X-Forwarded-For', address).send(body);

  test('with ten forged signatures in a minute get 429 with Retry-After, however the path is written', async () => {
    // The operator has disabled the limit of requests, and this one holds.
    expect(things.env['RATE_LIMIT_PER_ADDRESS']).toBe('0');
    for (let forged = 0; forged < 10; forged += 1)
      await send(forged % 2 ? '/signed' : '/SIGNED/', 'forged', '10.2.0.1').expect(400);
    const answer = await send('/Signed', 'genuine', '10.2.0.1').expect(429);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(50);
    await send('/signed', 'genuine', '10.2.0.2').expect(200);
  });

  test('are all read without the limit (the control of the test above)', async () => {
    const unlimited = await startForTest(service, { INVALID_WEBHOOKS_PER_ADDRESS: '1000' });
    for (let forged = 0; forged < 30; forged += 1)
      await unlimited.request.post('/signed').send('forged').expect(400);
    await unlimited.stop();
  });

  test('that are genuine are not counted as forged', async () => {
    for (let genuine = 0; genuine < 30; genuine += 1)
      await send('/signed', 'genuine', '10.2.0.3').expect(200);
  });

  test('of more than 256 kB get 413', async () => {
    await send('/signed', 'x'.repeat(256 * 1_024), '10.2.0.4').expect(200);
    const answer = await send('/signed', 'x'.repeat(256 * 1_024 + 1), '10.2.0.4').expect(413);
    expect(answer.body.errors[0].code).toBe('body-too-large');
  });
});
