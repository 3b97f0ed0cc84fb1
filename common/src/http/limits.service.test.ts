// Who is counted for a request, how many they may make, and what happens when there are too many of all.

import { createServer, request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import supertest from 'supertest';
import { z } from 'zod';
import { aUser, eventually, startForTest, type TestService } from '../testing/index.js';
import { aRoute, aService, type ThingsContext } from '../testing/things.js';
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
      handle({ ...aRoute, user: anyone, rawBody: true, answers }, async () => ok({})),
    ),
    get(
      '/slow',
      handle({ ...aRoute, user: anyone, answers }, async () => {
        await new Promise<void>((resolve) => free.push(resolve));
        return ok({});
      }),
    ),
  ],
});

type Reply = Readonly<{ status: number; headers: IncomingHttpHeaders; body: string }>;

/** Asks from one of this machine's own addresses. */
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

// As nginx does it: the client's address behind what the client has said, everything else as it came.
async function aProxyTo(upstream: string): Promise<{ url: string; server: Server }> {
  const server = createServer((incoming, response) => {
    const said = incoming.headers['x-forwarded-for'];
    const peer = incoming.socket.remoteAddress?.replace('::ffff:', '') ?? '';
    const forwarded = said === undefined ? peer : `${String(said)}, ${peer}`;
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

/** The service behind so many proxies. */
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

const lies: [what: string, headers: Record<string, string | string[]>][] = [
  ['nothing', {}],
  ['one address', { 'X-Forwarded-For': '6.6.6.6' }],
  ['many addresses', { 'X-Forwarded-For': '6.6.6.6, 7.7.7.7, 8.8.8.8, 127.0.0.1' }],
  ['two headers', { 'X-Forwarded-For': ['6.6.6.6', '7.7.7.7'] }],
  ['what is no address', { 'X-Forwarded-For': ', ,unknown,"[::1]:80"' }],
  ['others’ headers', { 'X-Real-IP': '6.6.6.6', Forwarded: 'for=6.6.6.6', 'X-Client-IP': '6.6.6.6' }],
];

describe.each([0, 1, 2])('behind %d proxies, when TRUST_PROXY says so', (proxies) => {
  let system: Awaited<ReturnType<typeof behind>>;
  const limit = lies.length;
  beforeAll(async () => {
    system = await behind(proxies, { TRUST_PROXY: `${proxies}`, RATE_LIMIT_PER_ADDRESS: `${limit}` });
  });
  afterAll(() => system.stop());

  test.each(lies)('a client that says %s of itself is counted by its own address', async (_what, headers) => {
    const { body } = await ask(`${system.url}/address`, '127.0.0.9', headers);
    expect(JSON.parse(body).address.replace('::ffff:', '')).toBe('127.0.0.9');
  });

  test('and is refused when it has asked often enough, whatever it says; others are not', async () => {
    for (const [, headers] of lies)
      expect((await ask(`${system.url}/address`, '127.0.0.9', headers)).status).toBe(429);
    expect((await ask(`${system.url}/address`, '127.0.0.10')).status).toBe(200);
  });
});

describe('a wrong TRUST_PROXY', () => {
  test.each([
    ['counts a proxy too many lets a client choose (this keeps the tests above honest)', 2, '6.6.6.6'],
    ['counts none takes the proxy for the client', 0, '127.0.0.1'],
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

  test('of an address are refused: too-many-requests, and when to come again', async () => {
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

  test('of an IPv6 network are refused, whichever of its addresses they come from', async () => {
    let host = 0;
    const fromNetwork = () => from(`2001:db8::${(host += 1).toString(16)}`);
    expect(await statuses(25, fromNetwork)).toEqual(allowed(20, 5));
  });

  test('to what is not there count too', async () => {
    const address = anAddress();
    const answers = await statuses(21, () => from(address, '/nowhere'));
    expect(answers).toEqual([...Array<number>(20).fill(404), 429]);
  });

  test('of a user are refused, wherever they are; others at the same address are not', async () => {
    const [ann, bob] = [aUser(), aUser()];
    const me = (user: { token: string }, address: string) =>
      from(address, '/me').set('Authorization', `Bearer ${user.token}`);
    expect(await statuses(7, () => me(ann, anAddress()))).toEqual(allowed(5, 2));
    const address = anAddress();
    await me(ann, address).expect(429);
    await me(bob, address).expect(200);
    await from(address, '/me').expect(200);
  });

  describe('at a venue, where all share an address', () => {
    const as = (user: { token: string }, address: string, path = '/me') =>
      from(address, path).set('Authorization', `Bearer ${user.token}`);

    test('are refused to who is not signed in; who is goes on, by their own limit', async () => {
      const [venue, ann] = [anAddress(), aUser()];
      expect(await statuses(21, () => from(venue))).toEqual(allowed(20, 1));
      expect(await statuses(3, () => as(ann, venue))).toEqual(allowed(3, 0));
      expect(await statuses(3, () => as(ann, venue, '/address'))).toEqual(allowed(2, 1));
    });

    test('are refused to the one guest who makes them, and to nobody else', async () => {
      const [venue, ann, bob] = [anAddress(), aUser(), aUser()];
      expect(await statuses(40, () => as(ann, venue))).toEqual(allowed(5, 35));
      await as(bob, venue).expect(200);
      await from(venue).expect(200);
    });

    test('of all its guests together are refused too', async () => {
      const venue = anAddress();
      expect(await statuses(21, () => as(aUser(), venue))).toEqual(allowed(20, 1));
    });

    test('are those of an address when the session is none', async () => {
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

  test('of another system, which signs them, are counted apart and ten times as many', async () => {
    const address = anAddress();
    const signed = () => things.request.post('/signed').set('X-Forwarded-For', address).send('{}');
    expect(await statuses(201, signed)).toEqual(allowed(200, 1));
    await from(address).expect(200);
  });

  test('to the probes are not counted', async () => {
    const address = anAddress();
    expect(await statuses(25, () => from(address, '/healthz'))).toEqual(allowed(25, 0));
    expect((await from(address).expect(200)).headers['ratelimit']).toContain('r=19');
  });
});

describe('more requests than can be in hand', () => {
  let things: TestService<ThingsContext>;
  beforeAll(async () => {
    things = await startForTest(service, { MAX_REQUESTS_IN_FLIGHT: '10' });
  });
  afterAll(() => things.stop());
  afterEach(() => {
    for (const done of free) done();
    free = [];
  });

  test('are refused at once, 503 with Retry-After; probes are not; and there is room again afterwards', async () => {
    const inFlight = Promise.all(Array.from({ length: 10 }, () => supertest(things.url).get('/slow')));
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

  test('are not those that their clients have left', async () => {
    const leaving = Array.from({ length: 10 }, () => supertest(things.url).get('/slow'));
    const left = Promise.allSettled(leaving);
    await eventually(() => expect(free).toHaveLength(10));
    for (const one of leaving) one.abort();
    await left;
    await eventually(() => things.request.get('/address').expect(200));
  });
});
