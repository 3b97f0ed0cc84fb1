import { OrderCreated } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { eventually, startForTest, type TestService } from '@ticketing/common/testing';
import { parkedMessagesIn } from './parked-messages.js';
import { deadLettersIn, maxLetters, type ExpirationContext } from './store.js';
import { service } from './service.js';

let expiration: TestService<ExpirationContext>;

beforeAll(async () => {
  // A call to Redis that a busy machine delays does not fail.
  expiration = await startForTest(service, { REDIS_TIMEOUT_MS: '30000' });
});
afterAll(() => expiration.stop());

function anOrder(dueInMs: number, id = newId()) {
  const expiresAt = new Date(Date.now() + dueInMs);
  const ticket = { id: newId(), title: 'Final', price: '19.99', currency: 'usd' as const, version: 0 };
  const shared = { id, version: 0, userId: newId(), status: 'created' as const, ticket };
  return { id, expiresAt, created: OrderCreated({ ...shared, expiresAt: expiresAt.toISOString() }) };
}

const expirations = (id: string, of = expiration) =>
  of.events.filter(({ type, subject }) => type === 'expiration:complete' && subject === id);
const isPublished = (id: string, of = expiration) =>
  eventually(() => expect(expirations(id, of)).toHaveLength(1));
const isSet = (id: string, of = expiration) =>
  eventually(async () => {
    const job = await of.ctx.timers.queue.getJob(`order_${id}`);
    if (!job) throw new Error(`The timer of order ${id} is not set.`);
    return job;
  });
const timersSet = () => expiration.ctx.timers.queue.getDelayedCount();

describe('the expiration of an order', () => {
  test('is published after the order expires, and not before', async () => {
    const order = anOrder(1_500);
    await expiration.publish(order.created);
    await isPublished(order.id);
    const [event] = expirations(order.id);
    expect(event).toMatchObject({ source: 'expiration', data: { orderId: order.id } });
    const lateMs = new Date(event?.time ?? 0).getTime() - order.expiresAt.getTime();
    // Not 250: on a busy machine, the clock of the service differs a little from that of BullMQ.
    expect(lateMs).toBeGreaterThanOrEqual(0);
  });

  test('is due a quarter of a second after the order expires', async () => {
    const begin = Date.now();
    const order = anOrder(3_600_000);
    await expiration.publish(order.created);
    const timer = await isSet(order.id);
    const lateMs = timer.timestamp + (timer.opts.delay ?? 0) - order.expiresAt.getTime();
    expect(lateMs).toBeGreaterThanOrEqual(250);
    // The handler reads the clock twice.
    expect(lateMs).toBeLessThanOrEqual(250 + Date.now() - begin);
    await timer.remove();
  });

  test('is published at once when order:created arrives after the expiry', async () => {
    const order = anOrder(-60_000);
    await expiration.publish(order.created);
    await isPublished(order.id);
  });

  test('belongs to the trace of the order', async () => {
    const order = anOrder(-60_000);
    await expiration.publish(order.created);
    await isPublished(order.id);
    const created = expiration.events.find(
      ({ type, subject }) => type === 'order:created' && subject === order.id,
    );
    const traceOf = (event?: { traceparent?: string | undefined }) => event?.traceparent?.slice(3, 35);
    expect(traceOf(expirations(order.id)[0])).toBe(traceOf(created));
    expect(traceOf(created)).toMatch(/^[0-9a-f]{32}$/);
  });

  test('has one timer, however often order:created arrives', async () => {
    const [order, next] = [anOrder(15_000), anOrder(3_600_000)];
    for (let times = 0; times < 5; times += 1) await expiration.publish(order.created, { repeat: true });
    await expiration.publish(next.created);
    await isSet(next.id);
    expect(await timersSet()).toBe(2);
    await isPublished(order.id);
    await eventually(async () => expect(await timersSet()).toBe(1));
    expect(expirations(order.id)).toHaveLength(1);
  });

  test('is in the snapshot until the timer fires', async () => {
    const orders = Array.from({ length: 5 }, () => anOrder(3_600_000));
    for (const order of orders) await expiration.publish(order.created);
    for (const { id } of orders) await isSet(id);
    const ids: string[] = [];
    for await (const { id } of service.snapshot?.(expiration.ctx) ?? []) ids.push(id);
    expect(ids).toEqual(expect.arrayContaining(orders.map(({ id }) => id)));
  });

  test('leaves nothing in Redis, so the same order can get a timer again', async () => {
    const order = anOrder(-60_000);
    await expiration.publish(order.created);
    await isPublished(order.id);
    await eventually(async () =>
      expect(await expiration.ctx.timers.queue.getJob(`order_${order.id}`)).toBeUndefined(),
    );
    await expiration.publish(order.created, { repeat: true });
    await eventually(() => expect(expirations(order.id)).toHaveLength(2));
  });

  test('is published for each of many orders that are due at the same time', async () => {
    const orders = Array.from({ length: 200 }, () => anOrder(2_000));
    await Promise.all(orders.map(({ created }) => expiration.publish(created)));
    // At least once: a machine that is too busy to renew the locks of its jobs repeats them.
    await eventually(
      () => expect(orders.filter(({ id }) => expirations(id).length === 0)).toEqual([]),
      120_000,
    );
  });

  test('is published even if the service is restarted in between', async () => {
    const first = await startForTest(service);
    const order = anOrder(20_000);
    await first.publish(order.created);
    await isSet(order.id, first);
    await first.stop();
    expect(expirations(order.id, first)).toEqual([]);
    const second = await startForTest(service, { NAMESPACE: first.env['NAMESPACE'] });
    try {
      await isPublished(order.id, second);
    } finally {
      await second.stop();
    }
  });
});

describe('a message that can never be handled', () => {
  test('becomes a dead letter at once, and the next message is handled', async () => {
    const order = anOrder(-60_000);
    const time = new Date().toISOString();
    const envelope = { ...order.created, specversion: '1.0', id: 'poison', time, data: { id: 7 } } as const;
    await expiration.publishRaw({ ...envelope, datacontenttype: 'application/json' });
    await expiration.publish(order.created);
    await isPublished(order.id);
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

test('only the newest dead letters stay, so that they cannot fill Redis', async () => {
  const NAMESPACE = newId();
  const { client } = expiration.ctx.redis;
  const letters = deadLettersIn(expiration.ctx.redis, { config: { NAMESPACE }, newId } as never);
  const letter = { type: 'x', error: 'x', tries: 1, storedAt: new Date(), diedAt: new Date() };
  const stored = Array.from({ length: maxLetters - 1 }, (_, at) => ({
    id: `${at}`,
    ...letter,
    body: `${at}`,
  }));
  const lines = stored.map((one) => JSON.stringify(one));
  await client.rpush(`${NAMESPACE}:expiration:dead-letters`, ...lines);
  for (const body of ['newer', 'newest']) await letters.add({ ...letter, body });
  const bodies: string[] = [];
  for await (const { body } of letters.list()) bodies.push(body);
  expect(bodies).toHaveLength(maxLetters);
  expect([bodies[0], bodies.at(-1)]).toEqual(['1', 'newest']);
});

describe('a parked message', () => {
  const aMessage = (body: string) => ({ body, type: 'x', tries: 1, storedAt: new Date(0), delayMs: 0 });
  // Another service in the same Redis, whose own job claims nothing here.
  const store = () => parkedMessagesIn(expiration.ctx.redis, { config: { NAMESPACE: newId() } } as never);

  test('is stored once, claimed once, and keeps its bytes and its time', async () => {
    const { add, claim, depth } = store();
    for (let times = 0; times < 3; times += 1) expect(await add(aMessage('é$'))).toBe(true);
    const [claims, again] = await Promise.all([claim(10), claim(10)]);
    expect([...claims, ...again]).toEqual([
      {
        id: expect.any(String),
        ...{ body: 'é$', type: 'x', tries: 1, storedAt: new Date(0), ageMs: expect.any(Number) },
      },
    ]);
    expect(await depth()).toEqual({ count: 1, oldestSeconds: expect.any(Number) });
  });

  test('is due again after its delay with the new number of tries, until it is removed', async () => {
    const { add, claim, postpone, remove, depth } = store();
    await add(aMessage('a'));
    const [first] = await claim(10);
    const next = { id: first?.id ?? '', tries: 2 };
    await postpone(next, 60_000);
    expect(await claim(10)).toEqual([]);
    await postpone(next, 300);
    const [second] = await eventually(async () => {
      const found = await claim(10);
      expect(found).toHaveLength(1);
      return found;
    });
    expect(second).toMatchObject({ id: first?.id, tries: 2 });
    expect(second?.ageMs).toBeGreaterThanOrEqual(300);
    await remove(first?.id ?? '');
    expect(await depth()).toEqual({ count: 0, oldestSeconds: 0 });
  });
});

describe('a Redis error', () => {
  const ask = (message: string) => expiration.ctx.redis.inTime(() => Promise.reject(new Error(message)));

  test.each([
    "OOM command not allowed when used memory > 'maxmemory'.",
    'LOADING Redis is loading the dataset in memory',
    "READONLY You can't write against a read only replica.",
  ])('about a temporary state is retried: %s', async (message) => {
    await expect(ask(message)).rejects.toMatchObject({ name: 'DependencyDown' });
  });

  test('about an invalid command is not retried', async () => {
    await expect(ask('WRONGTYPE Operation against a key')).rejects.toThrow('WRONGTYPE');
  });
});
