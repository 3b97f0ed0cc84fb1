// Clients that send or read slowly hold no place of the requests in flight, and are not waited for.

import { Agent, createServer, request as httpRequest, type RequestListener, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import express, { type ErrorRequestHandler } from 'express';
import { z } from 'zod';
import { createLogger } from '../observability/logger.js';
import { createMetrics } from '../observability/metrics.js';
import { aUser, eventually, startForTest, type TestService } from '../testing/index.js';
import { aRoute, aService, type ThingsContext } from '../testing/things.js';
import { ok, send } from './answers.js';
import { readBody } from './body.js';
import { answerFor, commonRefusals } from './errors.js';
import { requestSlotOf, shedOverload } from './overload.js';
import { anyone, get, handle, post, required } from './route.js';
import { createHttpServer, listen } from './server.js';

const answers = { 200: z.unknown() };
const big = 'x'.repeat(5_000_000);
const limit = 100;
/** how often the handler of `/big` has run */
let bigAnswers = 0;

const service = aService({
  routes: () => [
    get(
      '/quick',
      handle({ ...aRoute, user: anyone, answers }, async () => ok({})),
    ),
    get(
      '/big',
      handle({ ...aRoute, user: anyone, answers }, async () => {
        bigAnswers += 1;
        return ok(big);
      }),
    ),
    post(
      '/things',
      handle({ ...aRoute, user: required, body: z.strictObject({ text: z.string() }), answers }, async () =>
        ok({}),
      ),
    ),
  ],
});

let things: TestService<ThingsContext>;
const sockets: Socket[] = [];
const stops: (() => void)[] = [];

beforeAll(async () => {
  const env = { MAX_REQUESTS_IN_FLIGHT: `${limit}`, SLOW_ANSWER_MS: '10000', TRUST_PROXY: '1' };
  things = await startForTest(service, env);
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const stop of stops.splice(0)) stop();
});
afterAll(() => things.stop());

/** Sends text on a connection of its own. */
function say(url: string, text: string) {
  let heard = '';
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(text);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => undefined);
  socket.on('data', (bytes: Buffer) => (heard += bytes.toString('latin1')));
  sockets.push(socket);
  return { socket, closed, heard: () => heard };
}

const head = (path: string, headers: Record<string, string>) =>
  `${path} HTTP/1.1\r\n${Object.entries({ Host: 'x', ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`;

const [ann, bob] = [aUser(), aUser()];
const from = (address: string) => ({ 'X-Forwarded-For': address });
const unfinished = (address: string, token = ann.token) =>
  `${head('POST /things', {
    ...from(address),
    Authorization: `Bearer ${token}`,
    'Content-Type': 'application/json',
    'Content-Length': '1000',
  })}{`;

const agent = new Agent({ keepAlive: true });
afterAll(() => agent.destroy());

/** The status of a small request with a body, of another client. */
const other = (url: string) =>
  new Promise<number>((resolve, reject) => {
    const headers = {
      ...from('10.9.9.9'),
      Authorization: `Bearer ${bob.token}`,
      'Content-Type': 'application/json',
    };
    const asking = httpRequest(`${url}/things`, { agent, method: 'POST', headers }, (answer) => {
      answer.resume();
      answer.once('end', () => resolve(answer.statusCode ?? 0));
    });
    asking.once('error', reject);
    asking.end('{"text":"x"}');
  });

/** One after the other: many at once would make a long turn of the event loop on a slow machine, which refuses some. */
async function expectOthersServed() {
  for (let count = 0; count < 50; count += 1) expect(await other(things.url)).toBe(200);
}

/** A server with the limit of requests in flight, but with a listener of the test. */
async function limited(listener: RequestListener, maxSending?: number) {
  const config = { MAX_REQUESTS_IN_FLIGHT: limit, SLOW_ANSWER_MS: 10_000, TRUST_PROXY: 1 };
  const shedding = shedOverload(listener, {
    config,
    log: createLogger('test', 'silent'),
    metrics: createMetrics(),
    ...(maxSending ? { maxSending } : {}),
  });
  const server: Server = createServer(shedding.listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(shedding.stop, () => end(server));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function end(server: Server): void {
  server.close();
  server.closeAllConnections();
}

/** A route with the guard of bodies. The user is what follows `Bearer`. */
function guardedApp() {
  const app = express();
  app.use((request, _response, next) => {
    requestSlotOf(request)?.assign(request.headers.authorization ?? '');
    next();
  });
  app.post('/things', readBody(express.json()), (_request, response) => void response.json({}));
  const answer: ErrorRequestHandler = (error, _request, response, _next) =>
    send(response, answerFor(error, commonRefusals, createLogger('test', 'silent')));
  app.use(answer);
  return app;
}

/** The same routes without the guards of the application. */
function plainApp() {
  const app = express();
  app.post('/things', express.json(), (_request, response) => void response.json({}));
  app.get('/big', (_request, response) => void response.json(big));
  return app;
}

describe('1,000 unfinished bodies from many addresses', () => {
  const attack = (url: string) =>
    Array.from({ length: 1_000 }, (_, index) =>
      say(url, unfinished(`10.0.${index >> 8}.${index & 255}`, aUser().token)),
    );

  const untilRefused = (connections: ReturnType<typeof attack>) =>
    eventually(() => expect(connections.some(({ heard }) => heard().includes(' 503 '))).toBe(true), 30_000);

  test('take no place of other requests', async () => {
    const connections = attack(things.url);
    // The service has read them all when the first ones were refused.
    await untilRefused(connections);
    await expectOthersServed();
  });

  test('take every place if a request counts from its beginning (the control of the test above)', async () => {
    const url = await limited(plainApp());
    const connections = attack(url);
    await untilRefused(connections);
    expect(await other(url)).toBe(503);
  });
});

describe('a body that does not arrive', () => {
  test('is answered with 408 after three seconds, and its connection is closed', async () => {
    const begin = performance.now();
    const { heard, closed } = say(things.url, unfinished('10.1.0.1'));
    await closed;
    expect(heard()).toMatch(/^HTTP\/1\.1 408 .*"code":"request-timeout"/s);
    expect(heard()).toContain('Connection: close');
    expect(performance.now() - begin).toBeGreaterThan(2_900);
  });

  test('is answered with 408 too if a byte of it comes now and then', async () => {
    const { heard, closed, socket } = say(things.url, unfinished('10.1.0.2'));
    const trickle = setInterval(() => socket.write('"'), 100);
    stops.push(() => clearInterval(trickle));
    await closed;
    expect(heard()).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('does not end a body that arrives slowly, but fast enough', async () => {
    const { heard, socket } = say(
      things.url,
      head('POST /things', {
        ...from('10.1.0.3'),
        Authorization: `Bearer ${ann.token}`,
        'Content-Type': 'application/json',
        'Content-Length': '80011',
      }),
    );
    socket.write('{"text":"');
    const begin = performance.now();
    let sent = 0;
    // 1,000 bytes in 60 ms, also on a machine whose timers come late.
    const steady = setInterval(() => {
      const due = Math.min(80_000, Math.floor((performance.now() - begin) / 60) * 1_000);
      socket.write('x'.repeat(due - sent) + (due === 80_000 ? '"}' : ''));
      sent = due;
      if (sent === 80_000) clearInterval(steady);
    }, 60);
    stops.push(() => clearInterval(steady));
    await eventually(() => expect(heard()).toMatch(/^HTTP\/1\.1 200 /));
    expect(sent).toBe(80_000);
  });

  // So few that all of them arrive before the first one is answered with 408, also on a slow machine.
  test.each([
    ['of one user take a fifth of the places of such bodies', 'ann', 8],
    ['of one network take three quarters of them', undefined, 30],
  ])('%s', async (_what, user, share) => {
    const url = await limited(guardedApp(), 40);
    let guests = 0;
    const refused = sendUnfinished(url, share + 5, () => unfinished('10.1.1.1', user ?? `${(guests += 1)}`));
    await eventually(() => expect(refused()).toBe(5));
    expect(await other(url)).toBe(200);
  });

  test('takes a place of such bodies even without a limit of requests in flight', async () => {
    const unlimited = await startForTest(service, { MAX_REQUESTS_IN_FLIGHT: '0', TRUST_PROXY: '1' });
    const refused = sendUnfinished(unlimited.url, 150, () => unfinished('10.1.1.3'));
    await eventually(() => expect(refused()).toBeGreaterThan(0));
    await unlimited.stop();
  });

  /** Returns how many were refused. */
  function sendUnfinished(url: string, count: number, text: () => string): () => number {
    const connections = Array.from({ length: count }, () => say(url, text()));
    return () => connections.filter(({ heard }) => heard().startsWith('HTTP/1.1 503 ')).length;
  }
});

describe('headers that do not arrive', () => {
  test('end their connection within seconds, and an idle connection stays open', async () => {
    const idle = say(things.url, head('GET /quick', from('10.2.0.1')));
    await eventually(() => expect(idle.heard()).toMatch(/^HTTP\/1\.1 200 /));
    const slow = [say(things.url, 'GET /quick HTTP/1.1\r\nHost: x\r\n'), say(things.url, '')];
    const trickle = setInterval(() => slow[0]?.socket.write('X-More: x\r\n'), 200);
    stops.push(() => clearInterval(trickle));
    await Promise.all(slow.map(({ closed }) => closed));
    idle.socket.write(head('GET /quick', from('10.2.0.1')));
    await eventually(() => expect(idle.heard().match(/HTTP\/1\.1 200 /g)).toHaveLength(2));
  });
});

describe('answers that nobody reads', () => {
  const perConnection = 3;

  /** Asks for big answers on a connection, and reads nothing. */
  const askFrom = (url: string, index: number) =>
    say(url, head('GET /big', from(`10.3.0.${index}`)).repeat(perConnection)).socket.pause();

  const attack = (url: string, count: number) => {
    for (let index = 0; index < count; index += 1) askFrom(url, index);
  };

  test('take no place of other requests', async () => {
    // One connection after the other: so many big answers at once would make a turn that refuses some.
    for (let answered = 0; answered <= limit; answered += perConnection) {
      askFrom(things.url, answered);
      await eventually(() => expect(bigAnswers).toBe(answered + perConnection));
    }
    await expectOthersServed();
  });

  test('end their connections when nothing moves', async () => {
    const server = createHttpServer(plainApp(), new AbortController().signal);
    expect(server.timeout).toBe(20_000);
    server.timeout = 500;
    stops.push(() => end(server));
    const url = await listen(server, { PORT: 0 });
    let [opened, closed] = [0, 0];
    server.on('connection', (socket) => {
      opened += 1;
      socket.once('close', () => (closed += 1));
    });
    attack(url, 10);
    await eventually(() => expect([opened, closed]).toEqual([10, 10]));
  });

  test('take every place if a request counts until its answer is read (the control of the test above)', async () => {
    const app = plainApp();
    const url = await limited((request, response) => {
      // Without the guard only the end of the connection gives the place back.
      delete (response as Partial<typeof response>).end;
      app(request, response);
    });
    attack(url, limit);
    await eventually(async () => expect(await other(url)).toBe(503));
  });
});
