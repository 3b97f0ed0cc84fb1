// Traces of a real service, as a collector receives them.

// The SDK reads its variables from the environment of the process.
/* oxlint-disable node/no-process-env */

import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SpanKind } from '@opentelemetry/api';
import { z } from 'zod';
import { get, post, anyone, handle } from '../http/route.js';
import { created } from '../http/answers.js';
import { ExpirationComplete } from '../events/expiration.js';
import { TicketUpdated } from '../events/tickets.js';
import { newId } from '../id.js';
import { accept } from '../decision.js';
import { on } from '../bus/subscription.js';
import { BaseConfig, readConfig } from '../service/config.js';
import { every, type Job } from '../service/jobs.js';
import { createLogger } from './logger.js';
import { createMetrics } from './metrics.js';
import { startCollector, type SeenSpan } from '../testing/collector.js';
import { eventually, startForTest, testEnv, within } from '../testing/index.js';
import { aRoute, aService, aThing, made, type ThingsContext } from '../testing/things.js';
import { startTracing } from './tracing.js';
import { withSpan } from './spans.js';

const before = { ...process.env };
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  process.env = { ...before };
});

const secret = () => Promise.reject(new TypeError('secret ann@example.com'));

async function start(env: Record<string, string>, jobs: (ctx: ThingsContext) => Job[] = () => []) {
  Object.assign(process.env, env);
  const service = await startForTest(
    aService({
      routes: (ctx) => [
        post(
          '/things',
          handle({ ...aRoute, user: anyone, answers: { 201: z.unknown() } }, async ({ cause }) => {
            const thing = aThing();
            await ctx.things.create(() => made(thing), cause);
            return created(thing);
          }),
        ),
        get('/fails', handle({ ...aRoute, user: anyone, answers: { 200: z.unknown() } }, secret)),
      ],
      subscriptions: () => [on(TicketUpdated, async () => accept({})), on(ExpirationComplete, secret)],
      jobs,
    }),
    env,
  );
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= service.stop());
  stops.push(stop);
  return { ...service, stop };
}

async function aCollector(answer?: () => number) {
  const collector = await startCollector(answer);
  stops.push(() => collector.stop());
  return collector;
}

const named = (spans: readonly SeenSpan[], name: string) => spans.find((span) => span.name === name);
const dropped = async (service: Awaited<ReturnType<typeof start>>) =>
  Number(/spans_dropped_total (\d+)/.exec((await service.request.get('/metrics')).text)?.[1]);

describe('a request', () => {
  test('is one trace with its write, its event and the handling of the event, each the child of its cause', async () => {
    const { url, spans } = await aCollector();
    const service = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: url });
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    await service.request.post('/things').set('traceparent', `00-${traceId}-b7ad6b7169203331-01`).expect(201);

    // Spans arrive when they have ended, in any order.
    await eventually(() => {
      for (const name of ['POST /things', 'insert thing', 'publish ticket:updated', 'handle ticket:updated'])
        expect(named(spans, name)).toBeDefined();
    });
    const server = named(spans, 'POST /things');
    const publish = named(spans, 'publish ticket:updated');
    expect(server).toMatchObject({ parent: 'b7ad6b7169203331', kind: 'server', service: 'things' });
    expect(server?.attributes).toMatchObject({ 'http.route': '/things', 'http.response.status_code': 201 });
    expect(named(spans, 'insert thing')).toMatchObject({ parent: server?.id, kind: 'client' });
    expect(publish).toMatchObject({ parent: server?.id, kind: 'producer' });
    expect(named(spans, 'handle ticket:updated')).toMatchObject({ parent: publish?.id, kind: 'consumer' });
    expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
  });

  test('is marked as failed, without the message of the error', async () => {
    const { url, spans, bodies } = await aCollector();
    const service = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: url });
    await service.request.get('/fails').expect(500);
    await eventually(() => expect(named(spans, 'GET /fails')).toMatchObject({ failed: true }));
    expect(bodies.join()).not.toContain('ann@example.com');
  });

  test('is not traced when its caller has decided against sampling', async () => {
    const { url, spans } = await aCollector();
    const service = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: url });
    const traceId = '1af7651916cd43dd8448eb211c80319c';
    await service.request.post('/things').set('traceparent', `00-${traceId}-b7ad6b7169203331-00`).expect(201);
    await service.request.get('/fails').expect(500);
    await eventually(() => expect(named(spans, 'GET /fails')).toBeDefined());
    expect(spans.filter((span) => span.traceId === traceId)).toEqual([]);
  });

  test('is exported under the service name of the environment', async () => {
    const { url, spans } = await aCollector();
    const service = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_SERVICE_NAME: 'renamed' });
    await service.request.get('/fails').expect(500);
    await eventually(() => expect(named(spans, 'GET /fails')).toMatchObject({ service: 'renamed' }));
  });

  test.each([
    [
      'its INSTALLATION_ID, because two installations may have one NAMESPACE',
      { INSTALLATION_ID: 'north' },
      'north',
    ],
    ['its NAMESPACE without one', { NAMESPACE: 'south' }, 'south'],
  ])('is exported under %s', async (_what, env, namespace) => {
    const { url, spans } = await aCollector();
    const service = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: url, ...env });
    await service.request.get('/fails').expect(500);
    await eventually(() => expect(named(spans, 'GET /fails')).toMatchObject({ namespace }));
  });

  test('is traced only if the sampler decides so', async () => {
    const { url, spans } = await aCollector();
    const service = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_TRACES_SAMPLER: 'always_off' });
    await service.request.post('/things').expect(201);
    await service.stop();
    expect(spans).toEqual([]);
  });
});

test('a message whose handler fails has a failed span, with the class of the error and not its message', async () => {
  const { url, spans, bodies } = await aCollector();
  const service = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: url });
  await service.publish(ExpirationComplete({ orderId: newId() }));
  const span = await eventually(() => {
    const found = named(spans, 'handle expiration:complete');
    expect(found).toMatchObject({ failed: true });
    return found;
  });
  expect(span?.attributes).toMatchObject({ 'error.type': 'TypeError' });
  expect(bodies.join()).not.toContain('ann@example.com');
});

test('a job that does something has a span, and a sweep that finds nothing has none', async () => {
  const { url, spans } = await aCollector();
  const service = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: url }, (ctx) => [
    every(60_000, 'create-thing', async ({ cause }) => {
      const thing = aThing();
      await ctx.things.create(() => made(thing), cause);
    }),
  ]);
  await eventually(() => expect(named(spans, 'job create-thing')).toBeDefined());
  await service.stop();
  const jobs = spans.filter(({ name }) => name.startsWith('job '));
  expect(jobs.map(({ name, parent }) => [name, parent])).toEqual([['job create-thing', undefined]]);
  expect(named(spans, 'insert thing')).toMatchObject({ parent: jobs[0]?.id, traceId: jobs[0]?.traceId });
});

describe('a collector', () => {
  const startHere = async (url: string) => {
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = url;
    const metrics = createMetrics();
    const config = readConfig(BaseConfig, testEnv({ OTEL_EXPORTER_OTLP_ENDPOINT: url }));
    return { metrics, stop: await startTracing('test', config, createLogger('test', 'silent'), metrics) };
  };
  const aSpan = () => withSpan('x', { kind: SpanKind.SERVER }, async () => undefined);

  test.each(['refuses all spans', 'is down'])(
    'that %s harms no request, and the dropped spans are counted',
    async (what) => {
      const collector = await aCollector(() => 400);
      if (what === 'is down') await collector.stop();
      const service = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
      for (let count = 0; count < 20; count += 1) await service.request.post('/things').expect(201);
      await eventually(async () => expect(await dropped(service)).toBeGreaterThan(0), 15_000);
    },
  );

  test('that is slower than the service is not awaited: the spans that its queue has no room for are dropped', async () => {
    const { url } = await aCollector();
    const { metrics, stop } = await startHere(url);
    await Promise.all(Array.from({ length: 5_000 }, aSpan));
    await stop();
    // One batch has left the queue already.
    expect((await metrics.spansDropped.get()).values).toEqual([{ labels: {}, value: 5_000 - 2_048 - 512 }]);
  });

  test('that never answers does not keep the service from stopping', async () => {
    const held: ServerResponse[] = [];
    const server = createServer((_request, response) => held.push(response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    stops.push(async () => {
      server.closeAllConnections();
      server.close();
    });
    const { metrics, stop } = await startHere(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await aSpan();
    await within(4_500, stop());
    expect(held).toHaveLength(1);
    held[0]?.writeHead(400).end();
    await eventually(async () => expect((await metrics.spansDropped.get()).values[0]?.value).toBe(1));
  });
});
