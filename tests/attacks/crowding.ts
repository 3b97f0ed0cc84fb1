// One client that takes what many share: the hashing of passwords, the requests in flight, the reading of webhooks.
// The system under attack has the default limits, which are off or high in most other attacks.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { newId } from '@ticketing/common/id';
import { eventually } from '@ticketing/common/testing';
import { startSystem, type System } from '../system/system.js';
import type { Attack } from './attack.js';
import type { Findings } from './findings.js';
import { judgeAttack, mostRounds, openClient, type Client, type Harm } from './bystanders.js';
import type { WebhookFlood } from './webhook-flood.js';

type Person = Readonly<{ client: Client; email: string; cookie: string; orderId: string; ticketId: string }>;

export const password = 'a horse of mine';
/** Ten people who sign in so often take a quarter of two cores. */
export const signInPauseMs = 1_000;
const attacker = '127.0.9.9';
let networks = 0;
/** Of an attacker of its own for each round: the limits of a minute remember those of earlier rounds. */
const newNetwork = () => `127.1.${(networks += 1)}`;
/** Of a person, on a machine however slow. */
const patienceMs = 60_000;
/**
 * The attacker's client shares the cores with the hashing: the p99 of sign-ins grows up to sixfold, and eighteenfold without
 * the fair queue (docs/decisions/0030).
 */
const signUpsHarm: Harm = { times: 8, noiseMs: 450 };
/**
 * Many addresses at once are no longer one client (docs/decisions/0030). On a quiet machine all others are served, but later;
 * on a busy one the first 300 webhooks take seconds, and some requests of others are shed.
 */
const crowdsHarm: Harm = { times: 3, noiseMs: 4_500, served: 0.9 };

export const crowding: Attack = {
  about: 'floods of sign-ups, unfinished bodies and webhooks of one address',
  async run(_world, findings, long) {
    const system = await startSystem({
      ...{ RATE_LIMIT_PER_ADDRESS: '', RATE_LIMIT_PER_USER: '', MAX_REQUESTS_IN_FLIGHT: '' },
      ...{ INVALID_WEBHOOKS_PER_ADDRESS: '', REQUEST_TIMEOUT_MS: '30000' },
      TRUST_PROXY: '1',
      STRIPE_WEBHOOK_SECRET: `whsec_${randomBytes(32).toString('hex')}`,
    });
    const people = await arrive(system, 10);
    const attackers = await arrive(system, 2 * mostRounds);
    const crowd = { system, others: people, attackers, seconds: long ? 30 : 6, findings };
    // Guests only sign in: their many new sessions end the first one, whose cookie the other attacks need.
    const guests = await arrive(system, 10);
    try {
      await floodSignUps({ ...crowd, others: guests });
      for (const part of ['gateway', 'orders'] as const) await leaveBodiesUnfinished(crowd, part);
      await readNothing(crowd);
      await floodWebhooks(crowd);
    } finally {
      for (const { client } of [...people, ...guests]) client.close();
      await system.stop();
    }
  },
};

type Crowd = Readonly<{
  system: System;
  others: readonly Person[];
  /** people who attack with their session, each once */
  attackers: Person[];
  seconds: number;
  findings: Findings;
}>;

let addresses = 0;

/** People at addresses of their own, each with an account and an order of another account's ticket. */
async function arrive(system: System, count: number): Promise<Person[]> {
  const gateway = system.url('gateway');
  const people: Person[] = [];
  for (let index = 0; index < count; index += 1) {
    const client = openClient(`127.0.1.${(addresses += 1)}`, patienceMs);
    const must = async (path: string, body: object, cookie = '') => {
      const sent = await client.send(gateway, { method: 'POST', path, body, headers: { Cookie: cookie } });
      if (![200, 201].includes(sent.status)) throw new Error(`${path}: ${sent.status} ${sent.text}`);
      return { id: (JSON.parse(sent.text) as { id: string }).id, cookies: sent.headers['set-cookie'] ?? [] };
    };
    const signUp = async () => {
      const email = `${newId()}@example.com`;
      const { cookies } = await must('/api/users/signup', { email, password });
      return { email, cookie: cookies[0]?.split(';')[0] ?? '' };
    };
    const [seller, buyer] = [await signUp(), await signUp()];
    const { id: ticketId } = await must('/api/tickets', { title: 'A seat', price: '15' }, seller.cookie);
    // Until orders knows the ticket, the answer is 503, without an effect.
    const { id: orderId } = await eventually(() => must('/api/orders', { ticketId }, buyer.cookie));
    people.push({ client, ...buyer, orderId, ticketId });
  }
  return people;
}

/** Does `work` again and again on many lanes, until the returned function is called. */
function repeatOnLanes(lanes: number, work: (lane: number) => Promise<unknown>): () => Promise<void> {
  let isOver = false;
  const running = Array.from({ length: lanes }, async (_, lane) => {
    while (!isOver) await work(lane);
  });
  return async () => {
    isOver = true;
    await Promise.all(running);
  };
}

/** Signs in at this service. */
export const signInAt =
  (auth: string) =>
  async ({ client, email }: Pick<Person, 'client' | 'email'>) => {
    const body = { email, password };
    return (await client.send(auth, { method: 'POST', path: '/api/users/signin', body })).status === 200;
  };

/** Signs up 120 at a time, from one address, until the returned function is called. */
export async function beginSignUps(auth: string): Promise<() => Promise<void>> {
  const flood = openClient(attacker);
  const end = repeatOnLanes(120, () => {
    const body = { email: `${newId()}@example.com`, password };
    return flood.send(auth, { method: 'POST', path: '/api/users/signup', body });
  });
  return async () => {
    await end();
    flood.close();
  };
}

async function floodSignUps(crowd: Crowd): Promise<void> {
  const auth = crowd.system.url('auth');
  await judgeAttack(crowd.findings, {
    ...crowd,
    // A person signs in once a second: below a hundred sign-ins, the 99th percentile is the slowest one.
    seconds: Math.max(crowd.seconds, 15),
    name: '120 parallel sign-ups',
    act: signInAt(auth),
    begin: () => beginSignUps(auth),
    pauseMs: signInPauseMs,
    harm: signUpsHarm,
  });
}

/** Opens connections from a new address, and another one for each that is closed. */
function keepOpen(base: string, count: number, text: string, onOpen: (socket: Socket) => void) {
  const localAddress = `${newNetwork()}.1`;
  const sockets = new Set<Socket>();
  let isOver = false;
  const open = () => {
    if (isOver) return;
    const socket = connect({ port: Number(new URL(base).port), host: '127.0.0.1', localAddress });
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('connect', () => {
      socket.write(text);
      onOpen(socket);
    });
    socket.once('close', () => {
      sockets.delete(socket);
      if (!isOver) setTimeout(open, 1_000);
    });
  };
  for (let index = 0; index < count; index += 1) setTimeout(open, index);
  return async () => {
    isOver = true;
    for (const socket of sockets) socket.destroy();
  };
}

/** Reading one's order, and asking again for the same ticket, which answers with the same order. */
const useOrders =
  (base: string) =>
  async ({ client, cookie, orderId, ticketId }: Person) => {
    const headers = { Cookie: cookie };
    const shown = await client.send(base, { path: `/api/orders/${orderId}`, headers });
    const placed = await client.send(base, {
      ...{ method: 'POST', path: '/api/orders', headers, body: { ticketId } },
    });
    return shown.status === 200 && placed.status === 200;
  };

async function leaveBodiesUnfinished(crowd: Crowd, part: 'gateway' | 'orders'): Promise<void> {
  const base = crowd.system.url(part);
  const name = `1,024 unfinished bodies at ${part === 'orders' ? 'the service' : 'the gateway'}`;
  const begin = async () => {
    const { cookie } = crowd.attackers.pop() as Person;
    const head = `POST /api/orders HTTP/1.1\r\nHost: x\r\nCookie: ${cookie}\r\nContent-Type: application/json\r\n`;
    const unfinished = `${head}Content-Length: 1000\r\n\r\n{`;
    return keepOpen(base, 1_024, unfinished, (socket) => socket.resume());
  };
  await judgeAttack(crowd.findings, { ...crowd, name, act: useOrders(base), begin });
}

async function readNothing(crowd: Crowd): Promise<void> {
  const auth = crowd.system.url('auth');
  // 1.4 MB, more than any other answer.
  const one = 'GET /api/docs/swagger-ui.js HTTP/1.1\r\nHost: x\r\n\r\n';
  const whoAmI = async ({ client, cookie }: Person) => {
    const headers = { Cookie: cookie };
    return (await client.send(auth, { path: '/api/users/currentuser', headers })).text.includes('email');
  };
  const begin = async () => keepOpen(auth, 1_024, one.repeat(5), (socket) => socket.pause());
  const name = '1,024 connections that read no answer';
  await judgeAttack(crowd.findings, { ...crowd, name, act: whoAmI, begin });
}

async function floodWebhooks(crowd: Crowd): Promise<void> {
  const payments = crowd.system.url('payments');
  // A read of a payment: there is none yet.
  const show = async ({ client, cookie, orderId }: Person) => {
    const path = `/api/payments/${orderId}`;
    return (await client.send(payments, { path, headers: { Cookie: cookie } })).status === 404;
  };
  for (const [what, bytes, addresses] of [
    ['1 MB of one address', 1_000_000, 1],
    ['250 kB of one address', 250_000, 1],
    ['250 kB of 30 addresses', 250_000, 30],
  ] as const) {
    const begin = async () => {
      const prefix = newNetwork();
      const workerData: WebhookFlood = { payments, bytes, prefix, addresses };
      const flood = new Worker(join(__dirname, 'webhook-flood.js'), { workerData });
      return async () => {
        flood.postMessage('stop');
        const [statuses] = (await once(flood, 'message')) as [object];
        crowd.findings.note(`webhooks of ${what} got ${JSON.stringify(statuses)}`);
      };
    };
    const name = `30 connections with webhooks of ${what}`;
    const harm = addresses > 1 ? { harm: crowdsHarm } : {};
    await judgeAttack(crowd.findings, { ...crowd, name, act: show, begin, ...harm });
  }
}
