// The checks that run before every handler, and their order.

import { z } from 'zod';
import { orThrow, refuse } from '../decision.js';
import { Id, newId } from '../id.js';
import { createMetrics } from '../observability/metrics.js';
import { aUser, startForTest, type TestService } from '../testing/index.js';
import {
  aRoute,
  aService,
  aThing,
  close,
  countUp,
  made,
  type Thing,
  type ThingsContext,
} from '../testing/things.js';
import { jobCause } from '../observability/trace.js';
import { created, ok } from './answers.js';
import { createApp } from './app.js';
import { get, post, put, anyone, handle, optional, required } from './route.js';
import { pageQuery } from './paging.js';

const params = z.object({ id: Id });
const body = z.strictObject({ title: z.string().max(200_000) });
const answers = { 200: z.unknown(), 201: z.unknown() };

const things = aService({
  refusals: {
    'not-yours': { status: 403, message: 'It belongs to another user.' },
    closed: { status: 409, message: 'It is closed.' },
  },
  routes: (ctx) => [
    post(
      '/things',
      handle({ ...aRoute, user: required, body, answers }, async (input) => created(input.body)),
    ),
    put(
      '/things/:id',
      handle(
        { ...aRoute, user: required, params, body, answers, refusals: ['not-yours', 'closed'] },
        async (input) => {
          const decide = (thing: Thing) =>
            thing.userId === input.user.id ? countUp(thing) : refuse('not-yours');
          return ok(orThrow(await ctx.things.change(input.params.id, decide, input.cause)));
        },
      ),
    ),
    get(
      '/things',
      handle({ ...aRoute, user: anyone, query: z.strictObject(pageQuery), answers }, async ({ query }) =>
        ok(query),
      ),
    ),
    get(
      '/things/:id',
      handle({ ...aRoute, user: anyone, params, answers }, async (input) =>
        ok(await ctx.things.get(input.params.id)),
      ),
    ),
    get(
      '/me',
      handle({ ...aRoute, user: optional, answers }, async ({ user }) =>
        ok({ user: user ? { id: user.id, email: user.email } : null }),
      ),
    ),
    post(
      '/bytes',
      handle({ ...aRoute, user: anyone, rawBody: true, answers }, async (input) =>
        ok({ bytes: Buffer.isBuffer(input.body), text: String(input.body) }),
      ),
    ),
    put(
      '/anything',
      handle(
        { ...aRoute, user: anyone, body: z.strictObject({ title: z.string().optional() }), answers },
        async (input) => ok(input.body),
      ),
    ),
    post(
      '/signout',
      handle({ ...aRoute, user: anyone, answers }, async ({ session }) => {
        session.end();
        return ok({});
      }),
    ),
  ],
});

let service: TestService<ThingsContext>;
beforeAll(async () => {
  service = await startForTest(things);
});
afterAll(() => service.stop());

const ann = aUser();
const codes = ({ status, body: { errors } }: { status: number; body: { errors?: { code: string }[] } }) =>
  [status, ...(errors ?? []).map(({ code }) => code)].join(' ');
const postThing = () => service.request.post('/things').set('Cookie', ann.cookie);

describe('the checks', () => {
  async function aStored(more: Partial<Thing> = {}) {
    const thing = aThing({ userId: ann.id, ...more });
    await service.ctx.things.create(() => made(thing), jobCause('test'));
    return thing.id;
  }

  test('run in one order: signed in 401, input 400, exists 404, permitted 403, state 409', async () => {
    const hers = await aStored({ userId: newId() });
    const closed = await aStored();
    await service.ctx.things.change(closed, close, jobCause('test'));
    const theirsAndClosed = await aStored({ userId: newId(), status: 'closed' });
    const ask = async (id: string, cookie: string, text: string) =>
      codes(
        await service.request
          .put(`/things/${id}`)
          .set({ Cookie: cookie, 'Content-Type': 'application/json' })
          .send(text),
      );
    const good = '{"title":"x"}';
    expect([
      await ask('nonsense', '', '{'),
      await ask('nonsense', ann.cookie, '{'),
      await ask('nonsense', ann.cookie, '{"title":7}'),
      await ask('nonsense', ann.cookie, good),
      await ask(newId(), ann.cookie, good),
      await ask(hers, ann.cookie, good),
      await ask(theirsAndClosed, ann.cookie, good),
      await ask(closed, ann.cookie, good),
      await ask(await aStored(), ann.cookie, good),
    ]).toEqual([
      '401 not-signed-in',
      '400 invalid-json',
      '400 invalid-input',
      '404 not-found',
      '404 not-found',
      '403 not-yours',
      '403 not-yours',
      '409 closed',
      '200',
    ]);
  });

  test('of a route are complete, or the service does not start', () => {
    const routes = [
      get(
        '/x',
        handle({ ...aRoute, user: anyone, answers, refusals: ['odd'] }, async () => ok({})),
      ),
    ];
    const config = {
      JWT_KEY: 'k'.repeat(32),
      COOKIE_SECURE: 'auto',
      TRUST_PROXY: 0,
      REQUEST_TIMEOUT_MS: 1,
      RATE_LIMIT_PER_ADDRESS: 0,
      RATE_LIMIT_PER_USER: 0,
      INVALID_WEBHOOKS_PER_ADDRESS: 10,
    } as const;
    const readiness = async () => ({ ready: true, checks: {} });
    const isRevoked = () => false;
    const now = () => new Date();
    const parts = { routes, config, isRevoked, readiness, now, log: service.log, metrics: createMetrics() };
    expect(() => createApp({ ...parts, refusals: {} })).toThrow('/x declares odd');
    createApp({ ...parts, refusals: { odd: { status: 409, message: 'Odd.' } } });
    const asking = [
      get(
        '/y',
        handle({ ...aRoute, user: optional, answers }, async () => ok({})),
      ),
    ];
    expect(() => createApp({ ...parts, routes: asking, refusals: {}, isRevoked: undefined })).toThrow(
      '/y asks for a user',
    );
  });
});

describe('the user of a request', () => {
  const me = () => service.request.get('/me');

  test('is read from the cookie or the bearer token', async () => {
    const { id, email } = ann;
    expect((await me().set('Cookie', ann.cookie)).body).toEqual({ user: { id, email } });
    expect((await me().set('Authorization', `Bearer ${ann.token}`)).body).toEqual({ user: { id, email } });
    expect((await me()).body).toEqual({ user: null });
  });

  test.each([
    'session=nonsense',
    'session=%%%',
    `session=${Buffer.from('{"jwt":{"$gt":""}}').toString('base64')}`,
    `session=${Buffer.from('null').toString('base64')}`,
    `session=${ann.token}`,
    'other=x',
  ])('is anonymous with the cookie %j', async (cookie) => {
    expect((await me().set('Cookie', cookie).expect(200)).body).toEqual({ user: null });
    expect(codes(await service.request.post('/things').set('Cookie', cookie).send({ title: 'x' }))).toBe(
      '401 not-signed-in',
    );
  });

  test('is signed out by an empty HttpOnly cookie', async () => {
    const answer = await service.request.post('/signout').set('Cookie', ann.cookie).expect(200);
    expect(String(answer.headers['set-cookie'])).toMatch(/^session=; .*expires=Thu, 01 Jan 1970.*httponly/i);
  });
});

describe('a body', () => {
  const bad: [what: string, type: string, text: string, answer: string][] = [
    ['that is broken JSON', 'application/json', '{"title":', '400 invalid-json'],
    ['that is empty', 'application/json', '', '400 invalid-input'],
    ['that is not an object', 'application/json', '[]', '400 invalid-input'],
    ['with an unknown field', 'application/json', '{"title":"x","admin":true}', '400 invalid-input'],
    ['with an operator in it', 'application/json', '{"title":{"$gt":""}}', '400 invalid-input'],
    ['with __proto__ in it', 'application/json', '{"title":"x","__proto__":{"a":1}}', '400 invalid-input'],
    ['that is a form', 'application/x-www-form-urlencoded', 'title=x', '415 unsupported-media-type'],
    ['that is text', 'text/plain', '{"title":"x"}', '415 unsupported-media-type'],
    [
      'in an unknown charset',
      'application/json; charset=klingon',
      '{"title":"x"}',
      '415 unsupported-media-type',
    ],
    ['over 100 kB', 'application/json', JSON.stringify({ title: 'x'.repeat(102_400) }), '413 body-too-large'],
  ];
  for (const [what, type, text, answer] of bad)
    test(`${what}: ${answer}`, async () => {
      expect(codes(await postThing().set('Content-Type', type).send(text))).toBe(answer);
    });

  test('of just under 100 kB is accepted, with any parameter of its content type', async () => {
    const title = 'x'.repeat(102_300);
    const answer = await postThing()
      .set('Content-Type', 'application/json; charset=utf-8')
      .send(JSON.stringify({ title }));
    expect([answer.status, answer.body.title.length]).toEqual([201, 102_300]);
  });

  test('gets one error per field', async () => {
    const { body: answer } = await postThing().send({ title: 7 }).expect(400);
    expect(answer).toEqual({
      errors: [{ code: 'invalid-input', field: 'title', message: expect.any(String) }],
    });
  });

  test('that is not UTF-8 is refused: invalid-json', async () => {
    const send = async (encoding: 'latin1' | 'utf8') => {
      const headers = { Cookie: ann.cookie, 'Content-Type': 'application/json' };
      const bytes = Buffer.from('{"title":"Caf\u00E9"}', encoding);
      const answer = await fetch(`${service.url}/things`, { method: 'POST', headers, body: bytes });
      return [answer.status, await answer.json()];
    };
    expect(await send('latin1')).toMatchObject([400, { errors: [{ code: 'invalid-json' }] }]);
    expect(await send('utf8')).toEqual([201, { title: 'Caf\u00E9' }]);
  });

  test('without a byte is no empty object, and a byte order mark is no JSON', async () => {
    const send = async (text: string) => {
      const headers = { Cookie: ann.cookie, 'Content-Type': 'application/json' };
      // Without a length, so that the server learns from the body alone that it is empty.
      const sent = new Blob([text]).stream();
      const answer = await fetch(`${service.url}/anything`, {
        ...{ method: 'PUT', headers, body: sent, duplex: 'half' },
      } as RequestInit);
      return [answer.status, await answer.json()];
    };
    const without = await service.request.put('/anything').expect(400);
    expect(codes(without)).toBe('400 invalid-input');
    expect(await send('')).toMatchObject([400, { errors: [{ code: 'invalid-input' }] }]);
    expect(await send('\uFEFF{}')).toMatchObject([400, { errors: [{ code: 'invalid-json' }] }]);
    expect(await send('{}')).toEqual([200, {}]);
  });

  test('names each unknown field, at most twenty of them', async () => {
    const one = await postThing().send({ title: 'x', seats: 3, admin: true }).expect(400);
    expect(one.body.errors).toEqual(
      ['seats', 'admin'].map((field) => ({
        code: 'invalid-input',
        field,
        message: `The request has an unknown field: ${field}.`,
      })),
    );
    const fields = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`k${at}`, at]));
    const many = await postThing()
      .send({ title: 'x', ...fields })
      .expect(400);
    expect(many.body.errors).toHaveLength(20);
  });

  test('is passed as bytes to a route with rawBody', async () => {
    const answer = await service.request
      .post('/bytes')
      .set('Content-Type', 'application/json')
      .send('{ "a": 1 }');
    expect(answer.body).toEqual({ bytes: true, text: '{ "a": 1 }' });
  });
});

describe('a URL', () => {
  const cases: [path: string, answer: string][] = [
    ['/things?limit=2', '200'],
    ['/things?limit=0', '400 invalid-input'],
    ['/things?limit[$gt]=1', '400 invalid-input'],
    ['/things?limit=1&limit=2', '400 invalid-input'],
    ['/things?colour=red', '400 invalid-input'],
    ['/me?x=1', '400 invalid-input'],
    ['/nowhere', '404 not-found'],
    ['/things/%E0%A4%A', '404 not-found'],
    ['/things/%00', '404 not-found'],
    ['/things/nonsense', '404 not-found'],
    ['/things/a/b', '404 not-found'],
    ['/%E0%A4%A', '404 not-found'],
  ];
  test.each(cases)('%s answers %s', async (path, answer) => {
    expect(codes(await service.request.get(path))).toBe(answer);
  });

  test('accepts only its own methods', async () => {
    expect(codes(await service.request.delete('/things'))).toBe('404 not-found');
  });
});

describe('a write', () => {
  const cases: [headers: Record<string, string>, answer: string][] = [
    [{}, '201'],
    [{ 'Sec-Fetch-Site': 'same-origin' }, '201'],
    [{ 'Sec-Fetch-Site': 'none' }, '201'],
    [{ 'Sec-Fetch-Site': 'same-origin', Origin: 'https://proxy.example' }, '201'],
    [{ Host: 'ticketing.dev', Origin: 'https://ticketing.dev' }, '201'],
    [{ 'Sec-Fetch-Site': 'cross-site' }, '403 cross-origin'],
    [{ 'Sec-Fetch-Site': 'same-site' }, '403 cross-origin'],
    [{ Host: 'ticketing.dev', Origin: 'https://evil.example' }, '403 cross-origin'],
    [{ Host: 'ticketing.dev', Origin: 'https://ticketing.dev.evil.example' }, '403 cross-origin'],
    [{ Origin: 'null' }, '403 cross-origin'],
    [{ Origin: '//' }, '403 cross-origin'],
  ];
  test.each(cases)('with the headers %j answers %s', async (headers, answer) => {
    expect(codes(await postThing().set(headers).send({ title: 'x' }))).toBe(answer);
  });

  test('from another origin is refused first, and a read is not', async () => {
    const foreign = { 'Sec-Fetch-Site': 'cross-site' };
    expect(codes(await service.request.post('/things').set(foreign).send('{'))).toBe('403 cross-origin');
    await service.request.get('/me').set(foreign).expect(200);
  });
});
