// Traces, metrics, logs and histories of the whole system.

import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient, type DataOf } from '@ticketing/client';
import { eventually, startCollector, type SeenSpan } from '@ticketing/common/testing';
import { mailTo, tokenIn } from '../system/inbox.js';
import { done, password, pay, refused, reserve, signUp, type Person } from '../system/person.js';
import { startSystem, type System } from '../system/system.js';
import { runOps } from './command.js';
import { allQueries, problemsOf, seriesIn } from './queries.js';

const services = ['auth', 'tickets', 'orders', 'expiration', 'payments', 'notifications'] as const;
const windowMs = 60_000;
let collector: Awaited<ReturnType<typeof startCollector>>;
let system: System;
let seller: Person, buyer: Person;
// Placed before the tests, so that the windows of `declined` and `unpaid` close while other tests run.
let traced: Order, declined: Order, unpaid: Order;
const logLines: string[] = [];

beforeAll(async () => {
  collector = await startCollector();
  const settings = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    LOG_LEVEL: 'trace',
    RESERVATION_SECONDS: `${windowMs / 1_000}`,
    // Only a timer cancels an order, also one that fires late or after a failed publish.
    OVERDUE_AFTER_MS: '3600000',
    BUS_SETTLING_MS: '0',
    GAUGES_EVERY_MS: '500',
  };
  // The lines of `npm start` itself are not JSON.
  system = await startSystem(settings, (line) => line.startsWith('{') && logLines.push(line));
  [seller, buyer] = [await signUp(system.url('gateway')), await signUp(system.url('gateway'))];
  traced = await order('Traced');
  await pay(buyer, traced.id);
  declined = await order('Declined');
  await payUntil([402], declined.id, 'tok_chargeDeclined');
  unpaid = await order('Unpaid');
});
afterAll(async () => {
  await system.stop();
  await collector.stop();
});

type Order = Readonly<{ id: string; ticketId: string }>;

async function order(title: string): Promise<Order> {
  const { id: ticketId } = await done(seller.createTicket({ title, price: '19.99' }), 201);
  const { id } = await reserve(buyer, { ticketId });
  return { id, ticketId };
}

/** Pays with a card until the answer has one of these statuses. By its key, every repeat is the same attempt. */
async function payUntil(statuses: readonly number[], orderId: string, token: string): Promise<void> {
  const once = { idempotencyKey: randomUUID() };
  const statusOf = async () => (await buyer.payOrder({ orderId, token }, once)).status;
  await eventually(async () => expect(statuses).toContain(await statusOf()), windowMs);
}

const becomes = (orderId: string, status: DataOf<'showOrder'>['status']) =>
  eventually(
    async () => expect(await done(buyer.showOrder({ orderId }), 200)).toMatchObject({ status }),
    2 * windowMs,
  );

test('a purchase is two traces, each from the buyer’s request to the last consumer', async () => {
  const { id } = traced;
  await becomes(id, 'complete');

  const [placed, paid] = await eventually(() => {
    const first = traceWith('insert order', id);
    const second = traceWith('publish payment:created', `payment:created/${id}`);
    expect(second.map(pathOf(second))).toContain(
      'POST /api/payments > publish payment:created > handle payment:created > publish order:completed > handle order:completed',
    );
    expect(first.map(pathOf(first))).toContain(
      'POST /api/orders > publish order:created > handle order:created > timer expire > publish expiration:complete > handle expiration:complete',
    );
    return [first, second];
  }, 2 * windowMs);
  const servicesOf = (spans: readonly SeenSpan[], name: string) =>
    spans.filter((span) => span.name === name).map(({ service }) => service);
  expect(servicesOf(placed, 'POST /api/orders')).toEqual(['orders']);
  expect(servicesOf(placed, 'handle order:created').sort()).toEqual([
    'expiration',
    'notifications',
    'payments',
    'tickets',
  ]);
  expect(servicesOf(placed, 'handle expiration:complete')).toEqual(['orders']);
  expect(servicesOf(paid, 'stripe create')).toEqual(['payments']);
  expect(servicesOf(paid, 'stripe confirm')).toEqual(['payments']);
  expect(servicesOf(paid, 'update order').sort()).toEqual(['notifications', 'orders']);
  const paths = paid.map(pathOf(paid));
  expect(paths).toContain('POST /api/payments > stripe confirm');
  expect(paths).toContain(
    'POST /api/payments > publish payment:created > handle payment:created > update order',
  );
});

/** All spans of the trace with a span of this name about this id. */
function traceWith(name: string, about: string): SeenSpan[] {
  const found = collector.spans.find(
    (span) =>
      span.name === name && Object.values(span.attributes).some((value) => String(value).startsWith(about)),
  );
  return collector.spans.filter(({ traceId }) => traceId === found?.traceId);
}

/** The names of the spans from the root to this span; `?` stands for a missing parent. */
function pathOf(spans: readonly SeenSpan[]) {
  const byId = new Map(spans.map((span) => [span.id, span]));
  const path = ({ name, parent }: SeenSpan): string => {
    if (parent === undefined) return name;
    const parentSpan = byId.get(parent);
    return `${parentSpan ? path(parentSpan) : '?'} > ${name}`;
  };
  return path;
}

test('every query of the alerts and dashboards uses existing metrics and labels', async () => {
  await becomes(declined.id, 'cancelled');
  // A label exists when its series has a first value.
  await eventually(async () => {
    const texts = await Promise.all(
      services.map(async (name) => (await fetch(`${system.url(name)}/metrics`)).text()),
    );
    const known = seriesIn(texts.join('\n'));
    expect(allQueries().flatMap((query) => problemsOf(query, known))).toEqual([]);
  });
  expect(allQueries().length).toBeGreaterThan(40);
});

describe('the command history', () => {
  const historyLines = async (id: string) => {
    const { code, output } = await ops(['history', 'order', id, '--json']);
    expect(code).toBe(0);
    return output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string>);
  };
  const short = ({ about, from = '-', to, by, why = '', detail = '' }: Record<string, string>) =>
    [
      about,
      from,
      to,
      by?.replace(/:.*/, ''),
      why.replace(/^(event:[a-z:]+|[a-z]+).*$/, '$1'),
      detail.replaceAll(/[a-z]{2}_\w+|\b[0-9a-f]{24}\b/g, '…'),
    ]
      .join(' ')
      .trim();

  test('shows actor, cause and trace of each change of an order that was declined, then paid', async () => {
    const { id, ticketId } = await order('Declined, then paid');
    await payUntil([402], id, 'tok_chargeDeclined');
    await pay(buyer, id);
    await becomes(id, 'complete');
    await eventually(async () =>
      expect((await done(seller.showTicket({ ticketId }), 200)).status).toBe('sold'),
    );

    const history = await historyLines(id);
    expect(history.filter(({ about }) => about !== 'ticket').map(short)).toEqual([
      'order - created user request ticket …',
      'payment - none system event:order:created',
      'payment none pending user request attempt 1',
      'payment pending pending user request attempt 1: intent …',
      'payment pending declined user request attempt 1: card-declined',
      'payment declined pending user request attempt 2',
      'payment pending pending user request attempt 2: intent …',
      'payment pending succeeded user request',
      'order created complete system event:payment:created …',
    ]);
    expect(history.filter(({ about }) => about === 'ticket').map(short)).toEqual([
      'ticket available reserved system event:order:created',
      'ticket reserved sold system event:order:completed',
    ]);
    for (const { at, trace } of history)
      expect([at, trace]).toEqual([expect.stringMatching(/Z$/), expect.stringMatching(/^[0-9a-f]{32}$/)]);
    // No personal data of the buyer, except the id.
    expect(JSON.stringify(history)).not.toContain(buyer.email);
    expect(await ops(['history', 'payment', id, '--json'])).toEqual(
      await ops(['history', 'order', id, '--json']),
    );
  });

  test('shows an expired order as a table', async () => {
    const { id } = unpaid;
    await becomes(id, 'cancelled');
    const { output } = await eventually(async () => {
      const answer = await ops(['history', 'order', id]);
      expect(answer.output).toMatch(/payment +none +void/);
      return answer;
    });
    const [head, ...rows] = output.trim().split('\n');
    expect(head).toMatch(/^when +what +from +to +who +why +trace$/);
    expect(rows.find((row) => / order +created/.test(row))).toMatch(
      /cancelled +system +event:expiration:complete\/.* [0-9a-f]{32} +expired$/,
    );
  });

  test('exits with 1 for an unknown order', async () => {
    expect(await ops(['history', 'order', 'f'.repeat(24)])).toEqual({
      code: 1,
      output: `there is no order ${'f'.repeat(24)}\n`,
    });
  });
});

test('no log line at any level contains an e-mail address, password, session, card or key', async () => {
  const { id } = await order('Silent');
  const token = 'tok_noSuchCardAnywhere';
  await payUntil([400], id, token);
  // A repeat after a lost answer may find the payment settled.
  await payUntil([202, 200], id, 'tok_500AfterSuccess');
  const { email } = buyer;
  await refused(buyer.signIn({ email, password: 'wrong horse' }), 401, 'invalid-credentials');
  await refused(buyer.signUp({ email, password }), 409, 'email-in-use');
  await done(buyer.signIn({ email, password }), 200);
  const browser = createClient({ url: system.url('gateway'), session: 'cookie' });
  const signedIn = await browser.signIn({ email, password });
  const cookie = /session=([^;]+)/.exec(String(signedIn.headers.getSetCookie()))?.[1] ?? '';
  const jwt = buyer.token() ?? '';
  await fetch(`${system.url('orders')}/api/orders`, { headers: { authorization: `Bearer ${jwt}` } });
  await fetch(`${system.url('orders')}/api/orders`, { headers: { authorization: `Bearer ${jwt}x` } });
  const broken = await fetch(`${system.url('gateway')}/api/payments`, {
    method: 'POST',
    headers: { cookie: `session=${cookie}`, 'content-type': 'application/json' },
    body: `{"token":"${token}"`,
  });
  expect(broken.status).toBe(400);
  const linkToken = tokenIn(await mailTo(system, buyer, /^Welcome/), 'verify-email');
  const verified = await fetch(`${system.url('gateway')}/api/users/email-verifications/confirm`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: linkToken }),
  });
  expect(verified.status).toBe(200);
  const data = system.env['TICKETING_DATA'] ?? '';
  const files = ['secrets.json', ...(process.env['SECURE'] ? ['passwords.json', 'session-keys.json'] : [])];
  const stored = await Promise.all(
    files.map(async (file) => JSON.parse(await readFile(join(data, file), 'utf8')) as Record<string, string>),
  );
  // A log line escapes the ends of the lines of a PEM.
  const keys = stored.flatMap((values) => Object.values(values)).map((text) => text.split('\n')[1] ?? text);

  const secrets = [
    buyer.email,
    seller.email,
    'correct horse',
    'wrong horse',
    cookie,
    jwt,
    token,
    'tok_',
    'pm_card',
    linkToken,
    ...keys,
  ];
  expect(secrets.filter((secret) => secret.length < 4)).toEqual([]);
  await eventually(() =>
    expect(logLines.filter((line) => line.includes('"status":409')).length).toBeGreaterThan(0),
  );
  expect(logLines.length).toBeGreaterThan(100);
  for (const secret of secrets) expect(logLines.filter((line) => line.includes(secret))).toEqual([]);
});

test('every log line of a request or message carries its trace', () => {
  const about = logLines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ requestId, event }) => requestId !== undefined || event !== undefined);
  expect(about.length).toBeGreaterThan(25);
  expect(about.filter(({ traceId }) => !/^[0-9a-f]{32}$/.test(String(traceId)))).toEqual([]);
});

const ops = (args: readonly string[]) => runOps(args, system.env);
