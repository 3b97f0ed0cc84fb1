import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OrderCreated } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { jobCause } from '@ticketing/common/observability';
import { startService } from '@ticketing/common/service';
import { eventually, startForTest, testEnv, within, type TestService } from '@ticketing/common/testing';
import { freePort, startOwnServer } from '@ticketing/common/testing/servers';
import supertest from 'supertest';
import type { ExpirationContext } from './store.js';
import { service } from './service.js';

const { NATS_URL = '', REDIS_URL = '' } = testEnv();

/** A proxy of a shared server. Closing it simulates an outage, while the server itself serves other tests. */
async function openProxy(url: string) {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  // Not one that the system gives to outgoing connections: it must be free when the proxy opens again.
  const port = await freePort();

  function join(from: Socket, to: Socket): void {
    sockets.add(from);
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    from.pipe(to);
  }

  async function open(): Promise<void> {
    const opened = createServer((inbound) => {
      const outbound = connect(Number(target.port), target.hostname);
      join(inbound, outbound);
      join(outbound, inbound);
    });
    await new Promise<void>((resolve) => opened.listen(port, '127.0.0.1', resolve));
    server = opened;
  }

  async function shut(): Promise<void> {
    const closed = new Promise((resolve) => server?.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  /** Keeps connections open without forwarding data. */
  function mute(): void {
    for (const socket of sockets) socket.unpipe().pause();
  }

  await open();
  return { url: `${target.protocol}//127.0.0.1:${port}`, open, shut, mute };
}

function anOrder(dueInMs: number) {
  const id = newId();
  const expiresAt = new Date(Date.now() + dueInMs).toISOString();
  const ticket = { id: newId(), title: 'Final', price: '19.99', currency: 'usd' as const, version: 0 };
  const created = OrderCreated({ id, version: 0, userId: newId(), status: 'created', ticket, expiresAt });
  return { id, created, dueAt: Date.now() + dueInMs };
}

type Expiration = TestService<ExpirationContext>;

const shortDelays = { RETRY_DELAY_MAX_MS: '500', REDIS_TIMEOUT_MS: '500' };
const published = (of: Expiration, id: string) => of.eventsOf('expiration:complete', id);
const isPublished = (of: Expiration, id: string) =>
  eventually(() => expect(published(of, id)).not.toEqual([]));
const readyz = async (of: Expiration) => (await of.request.get('/readyz')).body;
/** Eventually: a Redis that answers late counts as disconnected. */
const isReady = (of: Expiration, checks = {}) =>
  eventually(async () => expect(await readyz(of)).toMatchObject({ ready: true, checks }));
const failedTries = async (of: Expiration, id: string) =>
  (await of.ctx.timers.queue.getJob(`order_${id}`))?.attemptsMade ?? 0;

describe('while Redis is down', () => {
  test('the service can be stopped', async () => {
    const redis = await openProxy(REDIS_URL);
    const expiration = await startForTest(service, { ...shortDelays, REDIS_URL: redis.url });
    await redis.shut();
    await eventually(async () => expect(await readyz(expiration)).toMatchObject({ ready: false }));
    await within(15_000, expiration.stop());
  });
});

describe('while the bus is down', () => {
  test('a due timer waits in Redis and fires when the bus is back', async () => {
    const bus = await openProxy(NATS_URL);
    const expiration = await startForTest(service, { ...shortDelays, NATS_URL: bus.url });
    try {
      const order = anOrder(15_000);
      await expiration.publish(order.created);
      await eventually(async () => expect(await expiration.ctx.timers.queue.getDelayedCount()).toBe(1));
      await bus.shut();
      await eventually(
        async () => expect(await failedTries(expiration, order.id)).toBeGreaterThan(2),
        60_000,
      );
      const timer = await expiration.ctx.timers.queue.getJob(`order_${order.id}`);
      expect(timer?.stacktrace).toHaveLength(1);
      await isReady(expiration, { redis: 'ok' });
      await bus.open();
      await isPublished(expiration, order.id);
    } finally {
      await expiration.stop();
      await bus.shut();
    }
  });
});

describe('a Redis outage', () => {
  test.each([
    ['closed', 'shut'],
    ['silent', 'mute'],
  ] as const)(
    'by a %s server makes the service not ready, and the bus keeps orders until Redis is back',
    async (_, way) => {
      const redis = await openProxy(REDIS_URL);
      const expiration = await startForTest(service, { ...shortDelays, REDIS_URL: redis.url });
      try {
        await redis[way]();
        const orders = [anOrder(-1_000), anOrder(500)];
        for (const { created } of orders) await expiration.publish(created);
        await eventually(async () =>
          expect(await readyz(expiration)).toMatchObject({ ready: false, checks: { redis: 'disconnected' } }),
        );
        const timer = { orderId: newId(), cause: jobCause('test') };
        await expect(expiration.ctx.timers.set(timer, 0)).rejects.toMatchObject({ name: 'DependencyDown' });
        await redis.shut();
        await redis.open();
        for (const { id } of orders) await isPublished(expiration, id);
        await isReady(expiration);
        expect(
          await expiration.ctx.redis.client.exists(`${expiration.env['NAMESPACE']}:expiration:dead-letters`),
        ).toBe(0);
      } finally {
        await expiration.stop();
        await redis.shut();
      }
    },
  );

  test('at the start does not stop the service, which works when Redis is back', async () => {
    const redis = await openProxy(REDIS_URL);
    await redis.shut();
    const env = testEnv({ ...shortDelays, REDIS_URL: redis.url });
    const early = await startService(service, env);
    try {
      const { body } = await supertest(early.url).get('/readyz').expect(503);
      expect(body.checks.redis).toBe('disconnected');
      await redis.open();
      await eventually(() => supertest(early.url).get('/readyz').expect(200));
    } finally {
      await early.stop();
      await redis.shut();
    }
  });
});

/** A Redis of this test alone, whose settings the test changes. */
async function aRedis() {
  const dir = await mkdtemp(join(tmpdir(), 'ticketing-redis-'));
  const server = await startOwnServer('redis', { port: await freePort(), dir, say: () => undefined });
  return {
    url: server.url,
    stop: async () => {
      await server.child.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

describe('a Redis at its memory limit', () => {
  test('makes the service not ready with a reason, and every timer fires when there is memory', async () => {
    const redis = await aRedis();
    const expiration = await startForTest(service, { ...shortDelays, REDIS_URL: redis.url });
    const { client } = expiration.ctx.redis;
    try {
      const set = anOrder(15_000);
      await expiration.publish(set.created);
      await eventually(async () => expect(await expiration.ctx.timers.queue.getDelayedCount()).toBe(1));
      await client.config('SET', 'maxmemory', '1');

      const orders = Array.from({ length: 20 }, () => anOrder(500));
      for (const { created } of orders) await expiration.publish(created);
      await eventually(async () =>
        expect(await readyz(expiration)).toMatchObject({
          ready: false,
          checks: { redis: 'is at its memory limit: raise maxmemory' },
        }),
      );
      const timer = { orderId: newId(), cause: jobCause('test') };
      await expect(expiration.ctx.timers.set(timer, 0)).rejects.toMatchObject({ name: 'DependencyDown' });
      await eventually(() => expect(Date.now()).toBeGreaterThan(set.dueAt + 1_000));

      await client.config('SET', 'maxmemory', '0');
      for (const { id } of [set, ...orders]) await isPublished(expiration, id);
      await isReady(expiration);
      expect(await expiration.storage.deadLetters.count()).toBe(0);
      expect(await expiration.storage.parkedMessages.depth()).toEqual({ count: 0, oldestSeconds: 0 });
    } finally {
      await expiration.stop();
      await redis.stop();
    }
  });
});

describe('a Redis that could lose timers', () => {
  test('makes the service not ready with a reason', async () => {
    const redis = await aRedis();
    const expiration = await startForTest(service, { REDIS_URL: redis.url });
    try {
      await expiration.ctx.redis.client.config('SET', 'maxmemory-policy', 'allkeys-lru');
      await eventually(async () => {
        const { body } = await expiration.request.get('/readyz').expect(503);
        expect(body.checks.redis).toBe('may lose timers: set maxmemory-policy noeviction');
      });
      await expiration.ctx.redis.client.config('SET', 'maxmemory-policy', 'noeviction');
      await isReady(expiration);
    } finally {
      await expiration.stop();
      await redis.stop();
    }
  });
});
