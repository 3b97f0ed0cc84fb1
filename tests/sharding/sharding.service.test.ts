// MongoDB accepts the shard keys of infra/mongo-sharding.js with the unique indexes as the services make them, and its router
// accepts the guarded writes.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { newId } from '@ticketing/common/id';
import { startForTest, type TestService } from '@ticketing/common/testing';
import { root } from '@ticketing/common/testing/servers';
import { service as auth } from '../../auth/src/service.js';
import { service as notifications } from '../../notifications/src/service.js';
import { service as orders } from '../../orders/src/service.js';
import { openNetwork, webhookSecret } from '../../payments/src/testing/network.js';
import { service as payments } from '../../payments/src/service.js';
import { service as tickets } from '../../tickets/src/service.js';
import { startShardedMongodb, type ShardedMongodb } from './sharded-mongodb.js';

type Key = Readonly<Record<string, 1 | 'hashed'>>;
type Step = Readonly<{ database: string; collection: string; key: Key; what: 'index' | 'shard' }>;

const NAMESPACE = `test-${newId()}`;
const script = readFileSync(join(root, 'infra', 'mongo-sharding.js'), 'utf8');
const names = ['tickets', 'orders', 'payments', 'notifications'] as const;

let mongodb: ShardedMongodb;
const running: Pick<TestService<unknown>, 'stop'>[] = [];

beforeAll(async () => {
  mongodb = await startShardedMongodb();
  const card = openNetwork(process.env['STRIPE_API_BASE'] ?? '');
  const env = {
    ...{ NAMESPACE, MONGO_URI: mongodb.uri, STRIPE_KEY: card.key, STRIPE_WEBHOOK_SECRET: webhookSecret },
    ...{
      SMTP_URL: 'smtp://127.0.0.1:9',
      MAIL_FROM: 'Ticketing <tickets@localhost>',
      PUBLIC_URL: 'http://localhost',
    },
  };
  running.push(await startForTest(auth, env));
  running.push(await startForTest(tickets, env));
  running.push(await startForTest(orders, env));
  running.push(await startForTest(payments, env));
  running.push(await startForTest(notifications, env));
  await mongodb.addShards();
});
afterAll(async () => {
  for (const service of running) await service.stop();
  await mongodb.stop();
});

/** The steps of the script, in its order. */
function stepsOf(text: string): Step[] {
  const steps: Step[] = [];
  const at = (database: string, collection: string) => ({
    createIndex: (key: Key) => void steps.push({ database, collection, key, what: 'index' }),
  });
  const db = { getSiblingDB: (name: string) => ({ getCollection: (of: string) => at(name, of) }) };
  const sh = {
    shardCollection(name: string, key: Key) {
      const [database = '', collection = ''] = name.split('.');
      steps.push({ database, collection, key, what: 'shard' });
    },
  };
  runInNewContext(text, { db, sh, process: { env: { NAMESPACE } } });
  return steps;
}

const take = ({ database, collection, key, what }: Step) =>
  what === 'index'
    ? mongodb
        .at('shard0')
        .db(database)
        .collection(collection)
        .createIndex(key as never)
    : mongodb.shardCollection(database, collection, key);

test.each([
  ['orders', 'orders', { _id: 'hashed' }, /can't shard collection .* with unique index/],
  ['orders', 'orders', { 'ticket.id': 1 }, /can't shard collection .* with unique index/],
  ['orders', 'orders', { 'ticket.sellerId': 1 }, /couldn't find valid index for shard key/],
  ['auth', 'users', { _id: 'hashed' }, /can't shard collection .* with unique index/],
] as const)(
  'MongoDB refuses other keys, and a key without a complete index: %s.%s by %j',
  async (service, collection, key, reason) => {
    const database = `${NAMESPACE}-${service}`;
    // A collection without documents gets its index by itself.
    const documents = mongodb.at('shard0').db(database).collection<{ _id: string }>(collection);
    await documents.insertOne({ _id: 'placeholder' });
    await expect(mongodb.shardCollection(database, collection, key)).rejects.toThrow(reason);
    await documents.deleteOne({ _id: 'placeholder' });
  },
);

test('MongoDB accepts each command of infra/mongo-sharding.js, also if it is repeated', async () => {
  for (const step of [...stepsOf(script), ...stepsOf(script)]) await take(step);
});

/** Collections that do not grow with the orders, or that shrink by themselves within hours. */
const staying = new Set([
  ...['deadLetters', 'parkedMessages', 'revokedSessions', 'broker', 'writeChecks'],
  ...['tickets.sellers', 'payments.declines', 'notifications.persons', 'notifications.idempotencyKeys'],
]);

test('each collection that grows with the orders is sharded', async () => {
  const sharded = new Set(stepsOf(script).map(({ database, collection }) => `${database}.${collection}`));
  const unknown: string[] = [];
  for (const service of names) {
    const database = `${NAMESPACE}-${service}`;
    for (const { name } of await mongodb.at('shard0').db(database).listCollections().toArray())
      if (!sharded.delete(`${database}.${name}`) && !staying.has(name) && !staying.has(`${service}.${name}`))
        unknown.push(`${service}.${name}`);
  }
  expect({ unknown, missing: [...sharded] }).toEqual({ unknown: [], missing: [] });
});

const [shardKeyNotFound, immutableField] = [61, 66];

test.each([
  ['names the seller of its order', { 'ticket.sellerId': 'a-seller' }, immutableField],
  ['control: does not name it', {}, shardKeyNotFound],
])(
  'the router treats a guarded write at an old version as a set does, if the write %s',
  async (_what, key, code) => {
    const _id = newId();
    const database = mongodb.at('shard0').db(`${NAMESPACE}-orders`);
    const order = { _id, version: 1, ticket: { sellerId: 'a-seller' } };
    await database.command({ clusterInsert: 'orders', documents: [order] });
    const u = { $set: { version: 1 }, $setOnInsert: { _id: null } };
    const updates = [{ q: { _id, version: 0, ...key }, u, upsert: true }];
    const answer = await database.command({ clusterUpdate: 'orders', updates });
    expect(answer['writeErrors']).toMatchObject([{ code }]);
  },
);
