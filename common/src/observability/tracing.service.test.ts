// Traces of a real service, as a collector gets them.

import { z } from 'zod';
import { get, post, anyone, handle } from '../http/route.js';
import { created } from '../http/answers.js';
import { TicketUpdated } from '../events/tickets.js';
import { accept } from '../decision.js';
import { on } from '../bus/subscription.js';
import { BaseConfig, readConfig } from '../service/config.js';
import { createLogger } from './logger.js';
import { createMetrics } from './metrics.js';
import { startCollector, type SeenSpan } from '../testing/collector.js';
import { eventually, startForTest, testEnv } from '../testing/index.js';
import { aRoute, aService, aThing, made } from '../testing/things.js';
import { openTracer } from './open-tracer.js';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function start(env: Record<string, string>) {
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
        get(
          '/fails',
          handle({ ...aRoute, user: anyone, answers: { 200: z.unknown() } }, () =>
            Promise.reject(new TypeError('secret ann@example.com')),
          ),
        ),
      ],
      subscriptions: () => [on(TicketUpdated, async () => accept({}))],
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
  test('its write, its event and who handles that are one trace, each the child of what led to it', async () => {
    const { url, spans } = await aCollector();
    const service = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: url });
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    await service.request.post('/things').set('traceparent', `00-${traceId}-b7ad6b7169203331-01`).expect(201);

    await eventually(() => expect(named(spans, 'handle ticket:updated')).toBeDefined());
    const server = named(spans, 'POST /things');
    const publish = named(spans, 'publish ticket:updated');
    expect(server).toMatchObject({ parent: 'b7ad6b7169203331', kind: 'server', service: 'things' });
    expect(server?.attributes).toMatchObject({ 'http.route': '/things', 'http.response.status_code': 201 });
    expect(named(spans, 'insert thing')).toMatchObject({ parent: server?.id, kind: 'client' });
    expect(publish).toMatchObject({ parent: server?.id, kind: 'producer' });
    expect(named(spans, 'handle ticket:updated')).toMatchObject({ parent: publish?.id, kind: 'consumer' });
    expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
  });

  test('that failed is marked, by the class of the error and not by its words', async () => {
    const { url, spans, bodies } = await aCollector();
    const service = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: url });
    await service.request.get('/fails').expect(500);
    await eventually(() => expect(named(spans, 'GET /fails')).toMatchObject({ failed: true }));
    expect(bodies.join()).not.toContain('ann@example.com');
  });

  test('whose caller has decided against it is not traced', async () => {
    const { url, spans } = await aCollector();
    const service = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: url });
    const traceId = '1af7651916cd43dd8448eb211c80319c';
    await service.request.post('/things').set('traceparent', `00-${traceId}-b7ad6b7169203331-00`).expect(201);
    await service.request.get('/fails').expect(500);
    await eventually(() => expect(named(spans, 'GET /fails')).toBeDefined());
    expect(spans.filter((span) => span.traceId === traceId)).toEqual([]);
  });

  test('is traced as often as the sampler says', async () => {
    const { url, spans } = await aCollector();
    const service = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_TRACES_SAMPLER: 'always_off' });
    await service.request.post('/things').expect(201);
    await service.stop();
    expect(spans).toEqual([]);
  });
});

describe('a collector', () => {
  test.each(['refuses everything', 'is away'])(
    'that %s harms no request, and what it misses is counted',
    async (what) => {
      const collector = await aCollector(() => 400);
      if (what === 'is away') await collector.stop();
      const service = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
      for (let count = 0; count < 20; count += 1) await service.request.post('/things').expect(201);
      await eventually(async () => expect(await dropped(service)).toBeGreaterThan(0), 15_000);
    },
  );

  test('that is slower than we are is not waited for: what it has no room for is dropped', async () => {
    const { url } = await aCollector();
    const metrics = createMetrics();
    const config = readConfig(BaseConfig, testEnv({ OTEL_EXPORTER_OTLP_ENDPOINT: url }));
    const tracer = await openTracer('test', config, createLogger('test', 'silent'), metrics);
    for (let count = 0; count < 5_000; count += 1) tracer.start('x', { kind: 'internal' }).end();
    await tracer.close();
    // One batch was on its way already.
    expect((await metrics.spansDropped.get()).values).toEqual([{ labels: {}, value: 5_000 - 2_048 - 512 }]);
  });
});
