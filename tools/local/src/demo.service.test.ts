// `npm start -- --demo`, and the page behind the scenes, on one system.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type DataOf } from '@ticketing/client';
import { eventually } from '@ticketing/common/testing';
import { freePort, startChild, type Child } from '@ticketing/common/testing/servers';
import { demoPassword, demoPeople, demoTickets } from './demo-data.js';
import type { ServiceState, Step } from './inspect/feed.js';
import { parts } from './ports.js';

let data: string;
let port: number;
let system: Child;
let output: string;
const plan: Record<string, string> = {};
const url = () => `http://127.0.0.1:${port}`;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'ticketing-demo-'));
  port = await freePort();
  for (const part of parts)
    plan[part === 'gateway' ? 'PORT' : `${part.toUpperCase()}_PORT`] =
      `${part === 'gateway' ? port : await freePort()}`;
  await start();
});
afterAll(async () => {
  await system.stop();
  await rm(data, { recursive: true, force: true });
});

/** Resolves when the demo is complete. */
async function start(): Promise<void> {
  output = '';
  const own = {
    MONGO_URI: '',
    NATS_URL: '',
    REDIS_URL: '',
    STRIPE_KEY: '',
    STRIPE_API_BASE: '',
    SMTP_URL: '',
  };
  const env = { ...process.env, ...own, ...plan, TICKETING_DATA: data, LOG_LEVEL: 'error' };
  const args = [join(__dirname, '..', 'dist', 'start.js'), '--demo'];
  const onLine = (line: string) => void (output += `${line}\n`);
  system = startChild({ name: 'npm start', program: process.execPath, args, env, onLine });
  await eventually(() => expect(output).toContain(demoPassword), 200_000);
}

const buyer = async () => {
  const api = createClient({ url: url() });
  expect(await api.signIn({ email: 'theo@example.com', password: demoPassword })).toMatchObject({ ok: true });
  return api;
};

async function contents() {
  const api = await buyer();
  const tickets = await api.listTickets({ limit: 100 });
  const orders = await api.listOrders({ limit: 100 });
  if (!tickets.ok || !orders.ok) throw new Error('The lists were refused.');
  return { tickets: tickets.data, orders: orders.data };
}

const offers = (tickets: DataOf<'listTickets'>) => tickets.map(({ id, available }) => [id, available]);

test('the banner names everything that can be opened, and the demo its people', () => {
  for (const line of [
    `shop         http://localhost:${port}\n`,
    `API          http://localhost:${port}/api/docs\n`,
    `inbox        http://localhost:${plan['INBOX_PORT']}\n`,
    `ledger       http://localhost:${plan['CARDS_PORT']}/ledger\n`,
    `inspect      http://localhost:${port}/inspect`,
  ])
    expect(output).toContain(line);
  for (const { email } of [...demoPeople.sellers, ...demoPeople.buyers]) expect(output).toContain(email);
});

test('the demo has events in the future, some tickets sold, and one reserved', async () => {
  // The events of the last sales may still be on their way.
  await eventually(async () => {
    const { tickets, orders } = await contents();
    const now = Date.now();
    expect(tickets.filter(({ event }) => Date.parse(event?.startsAt ?? '') < now)).toEqual([]);
    // The sold and the reserved ticket of one place are not for sale.
    expect(tickets).toHaveLength(demoTickets.length - 2);
    expect(orders.every(({ status }) => status === 'complete')).toBe(true);
  });
});

test('a browser gets pages, and the shop knows the page behind the scenes', async () => {
  const page = await fetch(`${url()}/`, { headers: { accept: 'text/html' } });
  expect(page.headers.get('content-type')).toContain('text/html');
  const config = await fetch(`${url()}/config.json`);
  expect(await config.json()).toMatchObject({ inspectUrl: '/inspect/api' });
});

type Told = {
  steps: Step[];
  services: readonly ServiceState[];
  sources: Readonly<{ events: boolean; stores: boolean }>;
};

/** The messages to the page behind the scenes, read until `isEnough`. */
async function told(isEnough: (told: Readonly<Told>) => boolean): Promise<Readonly<Told>> {
  const leaving = new AbortController();
  const { body } = await fetch(`${url()}/inspect/api/events`, { signal: leaving.signal });
  const known: Told = { steps: [], services: [], sources: { events: false, stores: false } };
  let rest = '';
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  while (reader && !isEnough(known)) {
    const messages = `${rest}${(await reader.read()).value}`.split('\n\n');
    rest = messages.pop() ?? '';
    for (const message of messages) {
      const text = /^data: (.*)$/m.exec(message)?.[1] ?? '';
      if (message.startsWith('data: ')) known.steps.push(JSON.parse(text) as Step);
      if (message.startsWith('event: services')) known.services = JSON.parse(text) as ServiceState[];
      if (message.startsWith('event: sources')) known.sources = JSON.parse(text) as Told['sources'];
    }
  }
  leaving.abort();
  return known;
}

/** Orders the first ticket that a search finds, and pays for it. */
async function buy(q: string, onPlaced: (orderId: string) => void): Promise<void> {
  const api = await buyer();
  const tickets = await api.listTickets({ q });
  const order = await api.placeOrder({ ticketId: tickets.data?.[0]?.id ?? '' });
  if (!order.ok) throw new Error(order.error.code);
  onPlaced(order.data.id);
  const payment = await api.payOrder({ orderId: order.data.id, token: 'tok_visa' });
  expect(payment).toMatchObject({ ok: true });
}

const kill = (headers: Record<string, string>) =>
  fetch(`${url()}/inspect/api/services/payments/kill`, { method: 'POST', headers });

test('a purchase is seen on the bus and in the stores, without personal data', async () => {
  let bought: Promise<void> | undefined;
  let orderId: string | undefined;
  // The bus and each store are read by themselves, so that their steps come in any order.
  const awaited = [
    { kind: 'event', type: 'order:completed', from: 'orders' },
    { kind: 'event', type: 'payment:created', from: 'payments', to: ['orders'] },
    { kind: 'event', type: 'ticket:updated', from: 'tickets' },
    { kind: 'document', service: 'payments', status: 'succeeded' },
    { kind: 'document', service: 'tickets', collection: 'tickets' },
  ].map((step) => expect.objectContaining(step) as { asymmetricMatch(other: unknown): boolean });
  const { steps } = await told(({ sources, steps: seen }) => {
    if (sources.events && sources.stores) bought ??= buy('ghost walk', (id) => (orderId = id));
    const ofOrder = seen.filter((step) => step.kind !== 'process' && step.orderId === orderId);
    return awaited.every((one) => ofOrder.some((step) => one.asymmetricMatch(step)));
  });
  await bought;
  expect(JSON.stringify(steps)).not.toContain('@example.com');
});

test.each([
  ['without an origin', {}],
  ['another page', { origin: 'http://evil.example' }],
])('no service is killed for a request from elsewhere: %s', async (_who, headers) => {
  expect((await kill(headers)).status).toBe(403);
});

test('a killed service starts again as another process, and a purchase goes on', async () => {
  const api = await buyer();
  const tickets = await api.listTickets({ q: 'ghost walk' });
  const ticket = tickets.data?.[0];
  const order = await api.placeOrder({ ticketId: ticket?.id ?? '' });
  if (!order.ok) throw new Error(order.error.code);
  const { services } = await told((now) => now.services.length > 0);
  const before = services.find(({ name }) => name === 'payments');
  expect((await kill({ origin: url() })).status).toBe(202);
  await eventually(async () => {
    const payment = await api.payOrder(
      { orderId: order.data.id, token: 'tok_visa' },
      { idempotencyKey: `pay-${order.data.id}` },
    );
    expect(payment).toMatchObject({ ok: true, data: { status: 'succeeded' } });
  }, 30_000);
  const isReady = ({ name, health, pid }: ServiceState) =>
    name === 'payments' && health === 'ready' && pid !== before?.pid;
  const after = await told((now) => now.services.some(isReady));
  expect(after.services.find(isReady)).toMatchObject({ kills: 1 });
});

test('Ctrl-C is answered at once, and a second start adds nothing', async () => {
  const before = await contents();
  system.process.kill('SIGINT');
  expect(await system.ended).toBe('exit code 0');
  // The answer does not wait for the programs to stop: the last line of the shop's server comes after it.
  expect(output).toMatch(/Stopping … The data is kept\.\n[^]*info +stopped\n/);
  await start();
  expect(output).toContain('nothing was added');
  const after = await contents();
  expect(offers(after.tickets)).toEqual(offers(before.tickets));
  expect(after.orders).toHaveLength(before.orders.length);
});
