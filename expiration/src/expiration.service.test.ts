import { OrderCreated } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { eventually, startForTest, type TestService } from '@ticketing/common/testing';
import type { ExpirationContext } from './store.js';
import { service } from './service.js';

let expiration: TestService<ExpirationContext>;

beforeAll(async () => {
  expiration = await startForTest(service);
});
afterAll(() => expiration.stop());

function anOrder(dueInMs: number, id = newId()) {
  const expiresAt = new Date(Date.now() + dueInMs);
  const ticket = { id: newId(), title: 'Final', price: '19.99', currency: 'usd' as const, version: 0 };
  const shared = { id, version: 0, userId: newId(), status: 'created' as const, ticket };
  return { id, expiresAt, created: OrderCreated({ ...shared, expiresAt: expiresAt.toISOString() }) };
}

const announcements = (id: string, of = expiration) =>
  of.events.filter(({ type, subject }) => type === 'expiration:complete' && subject === id);
const isAnnounced = (id: string, of = expiration) =>
  eventually(() => expect(announcements(id, of)).toHaveLength(1));
const isSet = (id: string, of = expiration) =>
  eventually(async () => expect(await of.ctx.timers.queue.getJob(`order_${id}`)).toBeDefined());
const timersSet = () => expiration.ctx.timers.queue.getDelayedCount();

describe('the expiration of an order', () => {
  test('is announced when its window has closed, and not before', async () => {
    const order = anOrder(1_500);
    await expiration.publish(order.created);
    await isSet(order.id);
    expect(announcements(order.id)).toEqual([]);
    await isAnnounced(order.id);
    const [announcement] = announcements(order.id);
    expect(announcement).toMatchObject({ source: 'expiration', data: { orderId: order.id } });
    const lateMs = new Date(announcement?.time ?? 0).getTime() - order.expiresAt.getTime();
    expect(lateMs).toBeGreaterThanOrEqual(250);
    expect(lateMs).toBeLessThan(3_000);
  });

  test('is announced at once when the order comes after its window', async () => {
    const order = anOrder(-60_000);
    await expiration.publish(order.created);
    await isAnnounced(order.id);
  });

  test('belongs to the trace of the order', async () => {
    const order = anOrder(-60_000);
    await expiration.publish(order.created);
    await isAnnounced(order.id);
    const created = expiration.events.find(
      ({ type, subject }) => type === 'order:created' && subject === order.id,
    );
    const traceOf = (event?: { traceparent?: string | undefined }) => event?.traceparent?.slice(3, 35);
    expect(traceOf(announcements(order.id)[0])).toBe(traceOf(created));
    expect(traceOf(created)).toMatch(/^[0-9a-f]{32}$/);
  });

  test('has one timer, however often order:created comes', async () => {
    const [order, next] = [anOrder(1_500), anOrder(3_600_000)];
    for (let times = 0; times < 5; times += 1) await expiration.publish(order.created, { repeat: true });
    await expiration.publish(next.created);
    await isSet(next.id);
    expect(await timersSet()).toBe(2);
    await isAnnounced(order.id);
    await eventually(async () => expect(await timersSet()).toBe(1));
    expect(announcements(order.id)).toHaveLength(1);
  });

  test('is among the facts until its time has come', async () => {
    const orders = Array.from({ length: 5 }, () => anOrder(3_600_000));
    for (const order of orders) await expiration.publish(order.created);
    for (const { id } of orders) await isSet(id);
    const known: string[] = [];
    for await (const { id } of service.snapshot?.(expiration.ctx) ?? []) known.push(id);
    expect(known).toEqual(expect.arrayContaining(orders.map(({ id }) => id)));
  });

  test('leaves nothing behind in Redis, so that the same order could be timed again', async () => {
    const order = anOrder(-60_000);
    await expiration.publish(order.created);
    await isAnnounced(order.id);
    await eventually(async () =>
      expect(await expiration.ctx.timers.queue.getJob(`order_${order.id}`)).toBeUndefined(),
    );
    await expiration.publish(order.created, { repeat: true });
    await eventually(() => expect(announcements(order.id)).toHaveLength(2));
  });

  test('is announced for many orders that are due at one moment, once for each', async () => {
    const orders = Array.from({ length: 200 }, () => anOrder(2_000));
    await Promise.all(orders.map(({ created }) => expiration.publish(created)));
    await eventually(
      () => expect(orders.filter(({ id }) => announcements(id).length === 0)).toEqual([]),
      30_000,
    );
    expect(orders.filter(({ id }) => announcements(id).length > 1)).toEqual([]);
  });

  test('is announced though the service was stopped in between', async () => {
    const order = anOrder(1_500);
    const first = await startForTest(service);
    await first.publish(order.created);
    await isSet(order.id, first);
    await first.stop();
    expect(announcements(order.id, first)).toEqual([]);
    const second = await startForTest(service, { NAMESPACE: first.env['NAMESPACE'] });
    try {
      await isAnnounced(order.id, second);
    } finally {
      await second.stop();
    }
  });
});

describe('a message that can never be handled', () => {
  test('goes to the dead letters at once, and the next one is handled', async () => {
    const order = anOrder(-60_000);
    const time = new Date().toISOString();
    const envelope = { ...order.created, specversion: '1.0', id: 'poison', time, data: { id: 7 } } as const;
    await expiration.publishRaw({ ...envelope, datacontenttype: 'application/json' });
    await expiration.publish(order.created);
    await isAnnounced(order.id);
    const key = `${expiration.env['NAMESPACE']}:expiration:dead-letters`;
    const letters = await eventually(async () => {
      const stored = await expiration.ctx.redis.client.lrange(key, 0, -1);
      expect(stored).toHaveLength(1);
      return stored;
    });
    expect(JSON.parse(letters[0] ?? '')).toMatchObject({
      type: 'order:created',
      tries: 1,
      body: expect.stringContaining('poison'),
      error: expect.stringContaining('not a order:created'),
    });
  });
});

describe('a Redis that could lose timers', () => {
  test('makes the service not ready, and it says why', async () => {
    const { client } = expiration.ctx.redis;
    await expiration.request.get('/readyz').expect(200);
    try {
      // Harmless for others: without maxmemory nothing is thrown out.
      await client.config('SET', 'maxmemory-policy', 'allkeys-lru');
      const { body } = await expiration.request.get('/readyz').expect(503);
      expect(body.checks.redis).toBe('may lose timers: set maxmemory-policy noeviction');
    } finally {
      await client.config('SET', 'maxmemory-policy', 'noeviction');
    }
    await expiration.request.get('/readyz').expect(200);
  });
});

describe('a Redis that refuses', () => {
  const ask = (message: string) => expiration.ctx.redis.inTime(() => Promise.reject(new Error(message)));

  test.each([
    "OOM command not allowed when used memory > 'maxmemory'.",
    'LOADING Redis is loading the dataset in memory',
    "READONLY You can't write against a read only replica.",
  ])('because of its state is asked again later: %s', async (message) => {
    await expect(ask(message)).rejects.toMatchObject({ name: 'DependencyDown' });
  });

  test('because the question is wrong is not', async () => {
    await expect(ask('WRONGTYPE Operation against a key')).rejects.toThrow('WRONGTYPE');
  });
});
