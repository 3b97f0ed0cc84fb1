import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { OrderCreated } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { jobCause } from '@ticketing/common/observability';
import { startService } from '@ticketing/common/service';
import { eventually, startForTest, testEnv, type TestService } from '@ticketing/common/testing';
import supertest from 'supertest';
import type { ExpirationContext } from './store.js';
import { service } from './service.js';

const { NATS_URL = '', REDIS_URL = '' } = testEnv();

/** An address of a shared server that can go away and come back, while the server itself serves other tests. */
async function openDoor(url: string) {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  let port = 0;

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
    const opened = createServer((inside) => {
      const outside = connect(Number(target.port), target.hostname);
      join(inside, outside);
      join(outside, inside);
    });
    await new Promise<void>((resolve) => opened.listen(port, '127.0.0.1', resolve));
    port = (opened.address() as AddressInfo).port;
    server = opened;
  }

  async function shut(): Promise<void> {
    const closed = new Promise((resolve) => server?.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  /** Connected, but nothing is said any more. */
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
  return { id, created };
}

type Expiration = TestService<ExpirationContext>;

const quickly = { RETRY_DELAY_MAX_MS: '500', REDIS_TIMEOUT_MS: '500' };
const announced = (of: Expiration, id: string) => of.eventsOf('expiration:complete', id);
const isAnnounced = (of: Expiration, id: string) =>
  eventually(() => expect(announced(of, id)).not.toEqual([]), 20_000);
const readyz = async (of: Expiration) => (await of.request.get('/readyz')).body;
const failedTries = async (of: Expiration, id: string) =>
  (await of.ctx.timers.queue.getJob(`order_${id}`))?.attemptsMade ?? 0;

describe('while Redis is away', () => {
  test('the service can be stopped', async () => {
    const redis = await openDoor(REDIS_URL);
    const expiration = await startForTest(service, { ...quickly, REDIS_URL: redis.url });
    await redis.shut();
    await eventually(async () => expect(await readyz(expiration)).toMatchObject({ ready: false }));
    const begin = Date.now();
    await expiration.stop();
    expect(Date.now() - begin).toBeLessThan(4_000);
  });
});

describe('while the bus is away', () => {
  test('a timer that is due waits in Redis, and is announced when the bus is back', async () => {
    const bus = await openDoor(NATS_URL);
    const expiration = await startForTest(service, { ...quickly, NATS_URL: bus.url });
    try {
      const order = anOrder(1_000);
      await expiration.publish(order.created);
      await eventually(async () => expect(await expiration.ctx.timers.queue.getDelayedCount()).toBe(1));
      await bus.shut();
      await eventually(async () => expect(await failedTries(expiration, order.id)).toBeGreaterThan(2));
      expect(await readyz(expiration)).toMatchObject({ ready: true, checks: { redis: 'ok' } });
      await bus.open();
      await isAnnounced(expiration, order.id);
    } finally {
      await expiration.stop();
      await bus.shut();
    }
  });
});

describe('a Redis that is away for a while', () => {
  test.each([
    ['gone', 'shut'],
    ['silent', 'mute'],
  ] as const)(
    '%s: the service is not ready, and orders are kept by the bus until it is back',
    async (_, way) => {
      const redis = await openDoor(REDIS_URL);
      const expiration = await startForTest(service, { ...quickly, REDIS_URL: redis.url });
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
        for (const { id } of orders) await isAnnounced(expiration, id);
        expect(await readyz(expiration)).toMatchObject({ ready: true });
        expect(
          await expiration.ctx.redis.client.exists(`${expiration.env['NAMESPACE']}:expiration:dead-letters`),
        ).toBe(0);
      } finally {
        await expiration.stop();
        await redis.shut();
      }
    },
  );

  test('at the start: the service starts all the same, and works when Redis comes', async () => {
    const redis = await openDoor(REDIS_URL);
    await redis.shut();
    const env = testEnv({ ...quickly, REDIS_URL: redis.url });
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
