// How a service starts and stops.

import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { ConfigError } from './config.js';
import { orThrow } from '../decision.js';
import { ExpirationComplete } from '../events/expiration.js';
import { created } from '../http/answers.js';
import { post, anyone, handle } from '../http/route.js';
import { newId } from '../id.js';
import { every } from './jobs.js';
import { on } from '../bus/subscription.js';
import { startService } from './start.js';
import { driver, eventually, startForTest, testEnv } from '../testing/index.js';
import { aRoute, aService, aThing, made } from '../testing/things.js';

const answers = { 200: z.unknown(), 201: z.unknown() };

const started: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of started.splice(0).reverse()) await stop();
});

/** Work that lasts until the test finishes it, and then a little longer. */
function aLongWork() {
  const work = { begun: 0, ended: 0, finish: () => undefined as void };
  const finished = new Promise<void>((resolve) => (work.finish = resolve));
  const run = async () => {
    work.begun += 1;
    await finished;
    await delay(300);
    work.ended += 1;
  };
  return { work, run };
}

describe('a service that stops', () => {
  test('finishes the request in flight, accepts no other, and publishes its events', async () => {
    const { work, run } = aLongWork();
    const thing = aThing();
    const service = await startForTest(
      aService({
        routes: (ctx) => [
          post(
            '/slow',
            handle({ ...aRoute, user: anyone, answers }, async ({ cause }) => {
              await run();
              return created(orThrow(await ctx.things.create(() => made(thing), cause)));
            }),
          ),
        ],
      }),
    );
    // Uses the same database. Its only sweep is over by now, so it cannot publish the event.
    const { NAMESPACE } = service.env;
    const witness = await startForTest(aService(), { NAMESPACE, OUTBOX_SWEEP_MS: '600000' });
    started.push(() => witness.stop());
    const answer = service.request.post('/slow').then((response) => response);
    await eventually(() => expect(work.begun).toBe(1));

    const stopped = service.stop();
    await eventually(() => expect(fetch(`${service.url}/healthz`)).rejects.toThrow('fetch failed'));
    work.finish();

    expect([(await answer).status, (await answer).body]).toEqual([201, thing]);
    await stopped;
    const left = () => witness.ctx.things.model.findById(thing.id).lean();
    await eventually(async () => expect(await left()).toMatchObject({ outbox: [] }));
  });

  test('finishes the message in flight', async () => {
    const { work, run } = aLongWork();
    const service = await startForTest(aService({ subscriptions: () => [on(ExpirationComplete, run)] }));
    await service.publish(ExpirationComplete({ orderId: newId() }));
    await eventually(() => expect(work.begun).toBe(1));
    work.finish();
    await service.stop();
    expect(work.ended).toBe(1);
  });

  test('finishes the message in flight and leaves the others to the next process', async () => {
    const { work, run } = aLongWork();
    const handled: string[] = [];
    const listener = aService({
      subscriptions: () => [
        on(ExpirationComplete, async ({ data }) => {
          await run();
          handled.push(data.orderId);
        }),
      ],
    });
    const env = testEnv({ CONSUMER_CONCURRENCY: '1' });
    const service = await startForTest(listener, env);
    const ids = [newId(), newId(), newId()];
    for (const orderId of ids) await service.publish(ExpirationComplete({ orderId }));
    await eventually(() => expect(work.begun).toBe(1));

    const stopped = service.stop();
    await eventually(() => expect(fetch(`${service.url}/healthz`)).rejects.toThrow('fetch failed'));
    work.finish();
    await stopped;
    expect(handled).toEqual(ids.slice(0, 1));

    const next = await startForTest(listener, env);
    await eventually(() => expect([...handled].sort()).toEqual(ids), 40_000);
    await next.stop();
  });

  test('is not ready first and still serves for a while, so load balancers notice', async () => {
    const service = await startForTest(aService(), { SHUTDOWN_DELAY_MS: '3000' });
    const stopped = service.stop();
    await service.request.get('/readyz').expect(503);
    await service.request.get('/healthz').expect(200);
    await stopped;
    await expect(fetch(`${service.url}/healthz`)).rejects.toThrow('fetch failed');
  });

  test('waits for the running job and starts no other', async () => {
    const { work, run } = aLongWork();
    const service = await startForTest(aService({ jobs: () => [every(1, 'long', run)] }));
    await eventually(() => expect(work.begun).toBe(1));
    const stopped = service.stop();
    work.finish();
    await stopped;
    expect(work).toMatchObject({ begun: work.ended });
  });

  test('starts and stops its workers', async () => {
    const seen: string[] = [];
    const worker = { start: () => void seen.push('start'), stop: async () => void seen.push('stop') };
    const service = await startForTest(aService({ workers: () => [worker] }));
    expect(seen).toEqual(['start']);
    await service.stop();
    expect(seen).toEqual(['start', 'stop']);
  });
});

describe('a service that cannot start', () => {
  const start = (env: Parameters<typeof testEnv>[0]) => startService(aService(), testEnv(env), { driver });

  test('names every invalid variable', async () => {
    const starting = start({ PORT: 'x', JWT_KEY: 'short', MONGO_URI: undefined });
    await expect(starting).rejects.toThrow(/PORT .*JWT_KEY .*MONGO_URI is missing/);
    await expect(starting).rejects.toThrow(ConfigError);
  });
});

test('a service uses the clock of its test', async () => {
  const now = new Date('2030-01-01T00:00:00Z');
  const service = await startForTest(aService(), {}, { now: () => now });
  const thing = aThing();
  await service.ctx.things.create(() => made(thing), { by: 'system', why: 'test', traceparent: '' });
  expect((await service.ctx.things.model.findById(thing.id).lean())?.changedAt).toEqual(now);
  await service.stop();
});
