// A service whose database is missing, starts late or stops answering.

import { connect, createServer, type Socket } from 'node:net';
import { freePort } from '../testing/free-port.js';
import supertest from 'supertest';
import { z } from 'zod';
import { orThrow } from '../decision.js';
import { ok } from '../http/answers.js';
import { get, post, anyone, handle, required } from '../http/route.js';
import { newId } from '../id.js';
import { startService } from '../service/start.js';
import { aUser, driver, eventually, startForTest, testEnv, within } from '../testing/index.js';
import { aRoute, aService, aThing, countUp, made } from '../testing/things.js';

const answers = { 200: z.unknown() };
const thing = aThing();
let beforeWrite = () => {};
const service = aService({
  routes: (ctx) => [
    post(
      '/things',
      handle({ ...aRoute, user: required, answers, idempotent: true }, async ({ user, cause }) => {
        beforeWrite();
        const own = aThing({ id: cause.request?.effectId ?? newId(), userId: user.id });
        return ok(orThrow(await ctx.things.create(() => made(own), cause)));
      }),
    ),
    get(
      '/thing',
      handle({ ...aRoute, user: anyone, answers }, async () => ok((await ctx.things.find(thing.id)) ?? null)),
    ),
    post(
      '/thing',
      handle({ ...aRoute, user: anyone, answers }, async ({ cause }) =>
        ok(await ctx.things.changeOrCreate(thing.id, (seen) => (seen ? countUp(seen) : made(thing)), cause)),
      ),
    ),
  ],
});

// As in production: these tests measure how long a client waits.
const limits = { REQUEST_TIMEOUT_MS: '4500', MONGO_TIMEOUT_MS: '3000' };

const started: (() => Promise<void>)[] = [];
afterEach(async () => {
  beforeWrite = () => {};
  for (const stop of started.splice(0).reverse()) await stop();
});

/** A TCP proxy to the shared mongod that can be opened, cut, or silenced with open sockets. */
async function aMongoProxy() {
  const [, host = '', to = ''] = /^mongodb:\/\/([^:/]+):(\d+)/.exec(testEnv()['MONGO_URI'] ?? '') ?? [];
  const port = await freePort();
  const sockets = new Set<Socket>();
  const answers = new Set<Readonly<{ far: Socket; near: Socket }>>();
  let silent = false;
  let losing = false;
  const server = createServer((near) => {
    const far = connect(Number(to), host);
    near.pipe(far);
    answers.add({ far, near });
    if (losing) far.resume();
    else far.pipe(near);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => [near, far].map((end) => end.destroy()));
      if (silent) socket.pause();
    }
  });
  started.push(async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    url: `mongodb://127.0.0.1:${port}/?directConnection=true`,
    open: () => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve)),
    /** Commands still reach the server; its answers are lost. */
    loseAnswers() {
      losing = true;
      for (const { far, near } of answers) far.unpipe(near).resume();
    },
    /** Closes all connections; later ones work again. */
    cut() {
      losing = false;
      answers.clear();
      for (const socket of sockets) socket.destroy();
    },
    silence(on: boolean) {
      silent = on;
      for (const socket of sockets) if (on) socket.pause();
      for (const socket of sockets) if (!on) socket.resume();
    },
  };
}

async function startOn(url: string, more: Readonly<Record<string, string>> = {}) {
  const running = await startService(service, testEnv({ MONGO_URI: url, ...limits, ...more }), { driver });
  started.push(() => running.stop());
  return { ...running, request: supertest(running.url) };
}

type Request = ReturnType<typeof supertest>;

/** A read and a write are answered by 503 with Retry-After, and not only when the database is back. */
async function expectUnavailable(request: Request) {
  const both = Promise.all([request.get('/thing'), request.post('/thing')]);
  for (const answer of await within(15_000, both)) {
    expect([answer.status, Number(answer.headers['retry-after'])]).toEqual([503, expect.any(Number)]);
    expect(answer.body).toEqual({ errors: [{ code: 'unavailable', message: expect.any(String) }] });
  }
}

test('a service starts without its database, answers 503, and serves once the database is up', async () => {
  const mongo = await aMongoProxy();
  const { request } = await startOn(mongo.url);

  await request.get('/healthz').expect(200);
  const unready = await request.get('/readyz').expect(503);
  expect(unready.body).toMatchObject({
    ready: false,
    checks: { database: expect.not.stringMatching(/^ok$/) },
  });
  await expectUnavailable(request);

  await mongo.open();
  await eventually(() => request.get('/readyz').expect(200), 30_000);
  await request.post('/thing').expect(200);
  expect((await request.get('/thing').expect(200)).body).toEqual(thing);
});

test('a database that stops answering on open sockets does not keep a client waiting', async () => {
  const mongo = await aMongoProxy();
  await mongo.open();
  const { request } = await startOn(mongo.url);
  await eventually(() => request.get('/readyz').expect(200), 30_000);
  await request.post('/thing').expect(200);

  mongo.silence(true);
  try {
    await expectUnavailable(request);
  } finally {
    mongo.silence(false);
  }
  await eventually(() => request.get('/thing').expect(200), 30_000);
});

describe('a keyed request', () => {
  async function oneEffect(
    happens: (mongo: Awaited<ReturnType<typeof aMongoProxy>>) => void,
    inHandler: boolean,
  ) {
    const mongo = await aMongoProxy();
    await mongo.open();
    const { request, ctx } = await startOn(mongo.url, { REQUEST_TIMEOUT_MS: '1000' });
    await eventually(() => request.get('/readyz').expect(200), 30_000);
    const user = aUser();
    const ask = () => request.post('/things').set({ Cookie: user.cookie, 'Idempotency-Key': '"once"' });

    if (inHandler) beforeWrite = () => happens(mongo);
    else happens(mongo);
    try {
      await ask().expect(503);
    } finally {
      beforeWrite = () => {};
      mongo.cut();
      mongo.silence(false);
    }
    const { body } = await eventually(() => ask().expect(200), 30_000);
    // A slow machine may answer 503 once more.
    expect((await eventually(() => ask().expect(200))).body).toEqual(body);
    expect(await ctx.things.model.countDocuments({ userId: user.id })).toBe(1);
  }

  test('that meets a silent database has one effect after a retry', () =>
    oneEffect((mongo) => mongo.silence(true), false));

  test('whose claim is written while the answer is lost has one effect after a retry', () =>
    oneEffect((mongo) => mongo.loseAnswers(), false));

  test('whose effect is written while the answer is lost has no second effect after a retry', () =>
    oneEffect((mongo) => mongo.loseAnswers(), true));
});

test('a service that never reached its database can stop', async () => {
  const running = await startService(
    service,
    testEnv({ MONGO_URI: `mongodb://127.0.0.1:${await freePort()}` }),
    {
      driver,
    },
  );
  await running.stop();
  await expect(fetch(`${running.url}/healthz`)).rejects.toThrow('fetch failed');
});

test('a ready service has its indexes', async () => {
  const running = await startForTest(service);
  started.push(() => running.stop());
  const names = (await running.ctx.things.model.collection.indexes()).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['one-place', 'outbox.id_1']));
});

test('each service has its own database, named by namespace and service', async () => {
  const running = await startForTest(aService({ name: `n${newId().slice(-6)}` }));
  started.push(() => running.stop());
  expect(running.ctx.database.connection.name).toMatch(
    new RegExp(`^${running.env['NAMESPACE']}-n[0-9a-f]{6}$`),
  );
});
