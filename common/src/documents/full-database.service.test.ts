// A MongoDB that answers and refuses writes. A mongod on a full disk ends instead (docs/decisions/0028).

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { on } from '../bus/subscription.js';
import { ExpirationComplete } from '../events/expiration.js';
import { created } from '../http/answers.js';
import { anyone, handle, post } from '../http/route.js';
import { newId } from '../id.js';
import { jobCause } from '../observability/trace.js';
import { driver, eventually, startForTest } from '../testing/index.js';
import { findProgram, freePort, listens, recipes, serving, startChild } from '../testing/servers/index.js';
import { aRoute, aService, aThing, countUp, made, type ThingsContext } from '../testing/things.js';
import { z } from 'zod';
import { initiateReplicaSet } from './replica-set.js';

const outOfDiskSpace = 14_031;
const cause = jobCause('test');

/** A mongod that can be told to refuse writes. */
async function aMongod() {
  const found = await findProgram([recipes.mongo], () => undefined);
  const [port, dir] = [await freePort(), await mkdtemp(join(tmpdir(), 'ticketing-mongod-'))];
  const args = [
    ...recipes.mongo.args({ host: '127.0.0.1', port, dir }),
    '--setParameter',
    'enableTestCommands=1',
  ];
  const child = startChild({ name: 'mongod', program: found.path, args, env: {} });
  await serving(child, () => listens(port));
  const url = `mongodb://127.0.0.1:${port}/?replicaSet=rs0`;
  await eventually(() => initiateReplicaSet(url, driver), 30_000);
  const client = await new MongoClient(url, driver).connect();
  const failCommand = (mode: 'alwaysOn' | 'off') =>
    client.db('admin').command({
      configureFailPoint: 'failCommand',
      mode,
      data: { failCommands: ['insert', 'update', 'delete'], errorCode: outOfDiskSpace },
    });
  return {
    url,
    refuseWrites: () => failCommand('alwaysOn'),
    acceptWrites: () => failCommand('off'),
    async stop() {
      await client.close();
      await child.stop(0);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

test('a database without space makes the service not ready, requests are 503, and no message is lost', async () => {
  const mongod = await aMongod();
  const declared = { ...aRoute, user: anyone, answers: { 201: z.unknown() } } as const;
  const service = await startForTest(
    aService({
      routes: (ctx: ThingsContext) => [
        post(
          '/things',
          handle(declared, async () => {
            await ctx.things.create(() => made(aThing()), cause);
            return created({});
          }),
        ),
      ],
      subscriptions: (ctx: ThingsContext) => [
        on(ExpirationComplete, ({ data: { orderId } }) => ctx.things.change(orderId, countUp, cause)),
      ],
    }),
    { MONGO_URI: mongod.url, RETRY_DELAY_MAX_MS: '200' },
  );
  try {
    const id = newId();
    await service.ctx.things.create(() => made(aThing({ id })), cause);
    await mongod.refuseWrites();
    const answer = await service.request.post('/things').send({}).expect(503);
    expect(answer.headers).toHaveProperty('retry-after');
    const { body } = await service.request.get('/readyz').expect(503);
    expect(body.checks.database).toBe('accepts no writes: its disk or quota is full');
    await service.publish(ExpirationComplete({ orderId: id }));
    await service.publish(ExpirationComplete({ orderId: newId() }));
    await eventually(() => service.request.get('/metrics').expect(/ticketing_consumption_paused 1/));

    await mongod.acceptWrites();
    await eventually(() => service.request.get('/readyz').expect(200));
    await eventually(async () => expect((await service.ctx.things.get(id)).count).toBe(1));
    await eventually(async () => expect((await service.ctx.parkedMessages.depth()).count).toBe(1));
    expect(await service.ctx.deadLetters.count()).toBe(0);
    await service.request.post('/things').send({}).expect(201);
  } finally {
    await service.stop();
    await mongod.stop();
  }
});
