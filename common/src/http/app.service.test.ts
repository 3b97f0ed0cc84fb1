// The application adds to every route: a timeout, a request id, a trace, and errors without internals.

import { request as httpRequest } from 'node:http';
import { z } from 'zod';
import { orThrow } from '../decision.js';
import { DependencyDown } from '../errors.js';
import { TicketUpdated } from '../events/tickets.js';
import { newId } from '../id.js';
import { on } from '../bus/subscription.js';
import { eventually, startForTest, within, type TestService } from '../testing/index.js';
import { aRoute, aService, aThing, made, type ThingsContext } from '../testing/things.js';
import { traceIdOf, type Cause } from '../observability/trace.js';
import { created, noContent, ok } from './answers.js';
import { del, get, post, anyone, handle, optional } from './route.js';

const answers = { 200: z.unknown(), 201: z.unknown(), 204: z.undefined() };
const causes: Cause[] = [];
let reached = 0;
let abandon = () => {};

const things = aService({
  routes: (ctx) => [
    post(
      '/things',
      handle({ ...aRoute, user: anyone, answers }, async ({ cause }) =>
        created(orThrow(await ctx.things.create(() => made(aThing()), cause))),
      ),
    ),
    del(
      '/things/:id',
      handle({ ...aRoute, user: anyone, answers }, async () => noContent()),
    ),
    get(
      '/hanging',
      handle({ ...aRoute, user: anyone, answers }, () => new Promise(() => undefined)),
    ),
    get(
      '/abandoned',
      handle({ ...aRoute, user: anyone, answers }, () => {
        reached += 1;
        return new Promise((_resolve, reject) => (abandon = () => reject(new DependencyDown('cards'))));
      }),
    ),
    get(
      '/down',
      handle({ ...aRoute, user: anyone, answers }, () =>
        Promise.reject(new DependencyDown('cards', { retryAfterSeconds: 7 })),
      ),
    ),
    get(
      '/broken',
      handle({ ...aRoute, user: anyone, answers }, () =>
        Promise.reject(new TypeError('the secret is hunter2')),
      ),
    ),
    get(
      '/broken-at-once',
      handle({ ...aRoute, user: anyone, answers }, () => {
        throw new TypeError('the secret is hunter2');
      }),
    ),
    get(
      '/unwritable',
      handle({ ...aRoute, user: anyone, answers }, async () => ok({ big: 1n })),
    ),
    get(
      '/tagged',
      handle({ ...aRoute, user: anyone, answers }, async () => ok({}, { ETag: '"1"' })),
    ),
    get(
      '/my-tagged',
      handle({ ...aRoute, user: optional, answers }, async () => ok({}, { ETag: '"1"' })),
    ),
    get(
      '/address',
      handle({ ...aRoute, user: anyone, answers }, async ({ address }) => ok({ address })),
    ),
  ],
  subscriptions: () => [on(TicketUpdated, async ({ cause }) => void causes.push(cause))],
});

let service: TestService<ThingsContext>;
beforeAll(async () => {
  service = await startForTest(things);
});
afterAll(() => service.stop());

const isUuid = /^[0-9a-f-]{36}$/;

describe('an answer', () => {
  test('comes in time even if the handler hangs: 503 with Retry-After', async () => {
    const hasty = await startForTest(things, { REQUEST_TIMEOUT_MS: '300' });
    try {
      const answer = await within(20_000, hasty.request.get('/hanging').expect(503));
      expect(answer.headers['retry-after']).toBe('1');
      expect(answer.body).toEqual({ errors: [{ code: 'unavailable', message: expect.any(String) }] });
    } finally {
      await hasty.stop();
    }
  });

  test('has the Retry-After of a dependency that is down', async () => {
    const answer = await service.request.get('/down').expect(503);
    expect(answer.headers['retry-after']).toBe('7');
  });

  test.each(['/broken', '/broken-at-once', '/unwritable'])(
    'to a defect (%s) is 500 without details',
    async (path) => {
      const answer = await service.request.get(path).expect(500);
      expect(answer.body).toEqual({ errors: [{ code: 'internal-error', message: expect.any(String) }] });
      expect(JSON.stringify([answer.body, answer.headers])).not.toMatch(/hunter2|TypeError|at .*\.ts/);
    },
  );

  test('without a body is empty', async () => {
    const answer = await service.request.delete('/things/x').expect(204);
    expect([answer.text, answer.headers['content-type']]).toEqual(['', undefined]);
  });

  const cacheCases: [path: string, cacheControl: string][] = [
    ['/address', 'no-store'],
    ['/tagged', 'no-cache'],
    ['/my-tagged', 'private, no-cache'],
    ['/broken', 'no-store'],
    ['/nowhere', 'no-store'],
  ];
  test.each(cacheCases)('has the right Cache-Control: %s %s', async (path, cacheControl) => {
    expect((await service.request.get(path)).headers['cache-control']).toBe(cacheControl);
  });

  test('is JSON, has nosniff, and does not name its framework', async () => {
    const { headers } = await service.request.get('/address').expect(200);
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'x-content-type-options': 'nosniff',
    });
    expect(headers).not.toHaveProperty('x-powered-by');
  });
});

describe('a request', () => {
  test('keeps its X-Request-Id', async () => {
    const answer = await service.request.get('/address').set('X-Request-Id', 'from-the.proxy:7');
    expect(answer.headers['x-request-id']).toBe('from-the.proxy:7');
  });

  test.each(['', 'a b', 'x'.repeat(101), '{"$gt":""}'])('gets a new id instead of %j', async (id) => {
    const answer = await service.request.get('/nowhere').set('X-Request-Id', id);
    expect(answer.headers['x-request-id']).toMatch(isUuid);
  });

  test('has one trace through its event to the handler, and its id is in the history', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const { body: thing } = await service.request
      .post('/things')
      .set({ 'X-Request-Id': 'request-7', traceparent: `00-${traceId}-b7ad6b7169203331-01` })
      .expect(201);
    const [cause, event] = await eventually(() => {
      const found = causes.find(({ why }) => why === `event:ticket:updated/${thing.id}/0`);
      const sent = service.events.find(({ subject }) => subject === thing.id);
      expect([found, sent]).toEqual([expect.anything(), expect.anything()]);
      return [found, sent];
    });
    expect(traceIdOf(event?.traceparent ?? '')).toBe(traceId);
    expect(traceIdOf(cause?.traceparent ?? '')).toBe(traceId);
    expect(cause?.traceparent).not.toBe(event?.traceparent);
    const stored = await service.ctx.things.model.findById(thing.id).lean();
    expect(stored?.history).toMatchObject([{ by: 'anonymous', why: 'request:request-7' }]);
  });

  test('cannot choose its own address', async () => {
    const answer = await service.request.get('/address').set('X-Forwarded-For', '6.6.6.6');
    expect(answer.body.address).toMatch(/127\.0\.0\.1$/);
  });

  test('that its client aborted is counted as 499', async () => {
    const abandoned = httpRequest(`${service.url}/abandoned`).end();
    abandoned.on('error', () => undefined);
    await eventually(() => expect(reached).toBe(1));
    abandoned.destroy();
    await eventually(async () => {
      const { text } = await service.request.get('/metrics');
      expect(text).toContain(
        'http_request_duration_seconds_count{method="GET",route="/abandoned",status="499"} 1',
      );
    });
    // Its time limit would keep the process of the test alive.
    abandon();
  });
});

describe('an operator', () => {
  test('sees that the process is alive and whether its dependencies are ready', async () => {
    expect((await service.request.get('/healthz').expect(200)).body).toEqual({ status: 'ok' });
    expect((await service.request.get('/readyz').expect(200)).body).toEqual({
      ready: true,
      checks: { database: 'ok', clock: 'ok', sessions: 'ok', bus: 'ok' },
    });
  });

  test('sees metrics by route, not by id', async () => {
    const id = newId();
    await service.request.delete(`/things/${id}`).expect(204);
    await service.request.post('/things').expect(201);
    await service.request.get(`/${id}`).expect(404);
    await eventually(async () => {
      const { text } = await service.request.get('/metrics').expect(200);
      expect(text).toMatch(
        /http_request_duration_seconds_count\{method="DELETE",route="\/things\/:id",status="204"\} [1-9]/,
      );
      expect(text).toMatch(
        /http_request_duration_seconds_count\{method="GET",route="unknown",status="404"\} [1-9]/,
      );
      expect(text).toMatch(/events_published_total\{type="ticket:updated"\} [1-9]/);
      expect(text).toMatch(/messages_total\{type="ticket:updated",outcome="accepted"\} [1-9]/);
      expect(text).not.toContain(id);
    });
  });
});
