// Replicas on machines whose clocks are an hour off: of orders and payments beside one with a true clock, and of expiration.

import { createClient } from '@ticketing/client';
import { sessionSeconds } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { aUser, eventually, startForTest, type TestUser } from '@ticketing/common/testing';
import { service as ordersService } from '../../orders/src/service.js';
import { clientOf, type Orders } from '../../orders/src/testing/start.js';
import { startPayments, type Payments } from '../../payments/src/testing/start.js';
import { gaugeIn, startWithClock, type ProcessWithClock } from '../system/process-with-clock.js';
import { done, pay, reserve } from '../system/person.js';

const hourMs = 3_600_000;
const windowMs = 60_000;
/** For the timers, the bus and a busy machine. A clock that is believed makes a difference of an hour. */
const slackMs = 60_000;
/** A clock follows that of the store to within half a round trip. */
const inexactMs = 1_000;

const settings = {
  NAMESPACE: `test-${newId()}`,
  RESERVATION_SECONDS: `${windowMs / 1_000}`,
  OVERDUE_SWEEP_MS: '1000',
  // Later than the slack: this shows that the timers of expiration fire in time.
  OVERDUE_AFTER_MS: `${2 * slackMs}`,
  GAUGES_EVERY_MS: '1000',
  // A slow machine answers late, and not that it is unavailable.
  REQUEST_TIMEOUT_MS: '60000',
};
const paymentSettings = {
  ...settings,
  PAYMENT_MARGIN_MS: '1000',
  SETTLE_SWEEP_MS: '1000',
  // The sweep resumes a payment when its request cannot be in progress any more.
  SETTLE_AFTER_MS: '5000',
  REQUEST_TIMEOUT_MS: '4500',
};

let orders: Orders;
let payments: Payments;
let aheadOrders: ProcessWithClock, behindOrders: ProcessWithClock, aheadPayments: ProcessWithClock;

const started: { stop(): Promise<void> }[] = [];
const start: typeof startWithClock = async (...given) => {
  const replica = await startWithClock(...given);
  started.push(replica);
  return replica;
};

beforeAll(async () => {
  [orders, payments] = await Promise.all([
    startForTest(ordersService, settings),
    startPayments(paymentSettings),
  ]);
  [aheadOrders, behindOrders, aheadPayments] = await Promise.all([
    start('orders', orders.env, hourMs),
    start('orders', orders.env, -hourMs),
    start('payments', payments.env, hourMs),
    start('expiration', orders.env, hourMs),
  ]);
});
afterAll(() => Promise.all([orders, payments, ...started].map((part) => part.stop())));

type Place = Readonly<{ url: string }>;
const at = ({ url }: Place, { cookie }: TestUser) => createClient({ url, retries: 0, headers: { cookie } });

async function placeAt(place: Place, user = aUser(), system = orders) {
  const ticketId = await clientOf(() => system).aTicket();
  const order = await reserve(at(place, user), { ticketId });
  return { ...order, user, expiresMs: Date.parse(order.expiresAt) };
}

/** Waits until the order is cancelled. Returns the milliseconds since the end of its window. */
async function expiredAfter({ id, expiresMs }: { id: string; expiresMs: number }, system = orders) {
  return eventually(async () => {
    const order = await system.ctx.orders.get(id);
    expect(order.status).toBe('cancelled');
    return Date.now() - expiresMs;
  }, windowMs + slackMs);
}

const gaugeAt = async (url: string, name: string) =>
  gaugeIn(await (await fetch(`${url}/metrics`)).text(), name);

// The first 4 bytes of an id are its time in seconds.
const secondsOf = (id: string) => Number.parseInt(id.slice(0, 8), 16);

test('an order ends when its window does, whichever replica placed it', async () => {
  await Promise.all(
    [orders, aheadOrders, behindOrders].map(async (place) => {
      const order = await placeAt(place);
      const windowLeftMs = order.expiresMs - Date.now();
      expect(windowLeftMs).toBeLessThanOrEqual(windowMs + inexactMs);
      expect(windowLeftMs).toBeGreaterThan(windowMs - slackMs);
      const lateMs = await expiredAfter(order);
      expect(lateMs).toBeGreaterThan(-inexactMs);
      expect(lateMs).toBeLessThan(slackMs);
    }),
  );
});

test('an order is paid at any replica, whichever placed it', async () => {
  for (const place of [orders, aheadOrders, behindOrders])
    for (const payee of [payments, aheadPayments]) {
      const { id: orderId, user } = await placeAt(place);
      await pay(at(payee, user), orderId);
      await eventually(async () => expect((await orders.ctx.orders.get(orderId)).status).toBe('complete'));
    }
});

test('a payment of an order that is on its way is not refused as unknown', async () => {
  const { id } = await placeAt(aheadOrders);
  expect(Math.abs(secondsOf(id) - Date.now() / 1_000)).toBeLessThan(slackMs / 1_000);
  const { error } = await at(aheadPayments, aUser()).payOrder({ orderId: newId(), token: 'tok_visa' });
  expect(error).toMatchObject({ code: 'unavailable' });
});

test('a replica an hour ahead accepts a session until its end, and one an hour behind rejects it after', async () => {
  const issuedBefore = (seconds: number) => aUser({ issuedAt: new Date(Date.now() - seconds * 1_000) });
  const status = async (place: Place, user: TestUser) => (await at(place, user).listOrders()).status;
  expect(await status(aheadOrders, issuedBefore(sessionSeconds - 60))).toBe(200);
  expect(await status(behindOrders, issuedBefore(sessionSeconds + 60))).toBe(401);
});

test('a replica whose clock is set back and forth keeps the window', async () => {
  for (const aheadMs of [-hourMs, hourMs]) {
    await aheadOrders.setAhead(aheadMs);
    await eventually(async () =>
      expect(await aheadOrders.gauge('ticketing_clock_ahead_seconds')).toBeCloseTo(aheadMs / 1_000, 0),
    );
    const { expiresMs } = await placeAt(aheadOrders);
    expect(Math.abs(expiresMs - Date.now() - windowMs)).toBeLessThan(slackMs);
  }
});

test('a payment that a replica an hour ahead began is settled by another one, and its age is true meanwhile', async () => {
  const impatient = { ...payments.env, SETTLE_SWEEP_MS: '100000', PAYMENT_ANSWER_MS: '500' };
  const dying = await start('payments', impatient, hourMs);
  const { id: orderId, user } = await payments.anOrder();
  await payments.network.inject({ mode: 'blackhole', match: 'confirm' });
  await eventually(() => done(at(dying, user).payOrder({ orderId, token: 'tok_visa' }), 202));
  dying.kill();
  for (const { url } of [payments, aheadPayments])
    await eventually(async () => {
      const seconds = await gaugeAt(url, 'ticketing_payments_unsettled_oldest_seconds');
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThan(60);
    });
  await payments.network.inject({ mode: 'ok' });
  await payments.becomes(orderId, 'succeeded');
});

test('an event of a replica that dies an hour ahead is published by another one, and its age is true meanwhile', async () => {
  const env = { ...settings, NAMESPACE: `test-${newId()}`, RESERVATION_SECONDS: '900' };
  const before = await startForTest(ordersService, env);
  const withoutBus = { ...before.env, NATS_URL: 'nats://127.0.0.1:9' };
  const dying = await start('orders', withoutBus, hourMs);
  const witness = await start('orders', withoutBus, 0);
  const { id } = await placeAtOther(before, dying);
  for (const { gauge } of [dying, witness])
    await eventually(async () => {
      const seconds = await gauge('ticketing_outbox_oldest_seconds');
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThan(60);
    });
  dying.kill();
  const after = await startForTest(ordersService, env);
  await eventually(() => expect(after.eventsOf('order:created', id)).toHaveLength(1), slackMs);
  await after.stop();
});

/** Places an order at `place`, for a ticket that `system` receives before it stops. */
async function placeAtOther(system: Orders, place: Place) {
  const ticketId = await clientOf(() => system).aTicket();
  await system.stop();
  return reserve(at(place, aUser()), { ticketId });
}

describe('controls: replicas that believe the clocks of their machines', () => {
  const own = { ...settings, NAMESPACE: `test-${newId()}`, OVERDUE_AFTER_MS: '0' };
  const believing = (aheadMs: number) => ({ now: () => new Date(Date.now() + aheadMs) });

  test('a seat is locked for an hour, and another order ends before its window', async () => {
    const right = await startForTest(ordersService, own, believing(0));
    const wrong = await startForTest(ordersService, own, believing(hourMs));
    const placed = await placeAt(right, aUser(), right);
    const locked = await placeAt(wrong, aUser(), right);
    expect(locked.expiresMs - Date.now()).toBeGreaterThan(hourMs - slackMs);
    expect(await expiredAfter(placed, right)).toBeLessThan(0);
    await Promise.all([right.stop(), wrong.stop()]);
  });
});
