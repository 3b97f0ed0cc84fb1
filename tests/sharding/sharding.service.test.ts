// The services on a sharded MongoDB: it accepts the shard keys of infra/mongo-sharding.js with the unique indexes as they are,
// and purchases work when the documents are on two shards.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { payOrder, createClient, type Client } from '@ticketing/client';
import { newId } from '@ticketing/common/id';
import { aUser, eventually, startForTest, type TestService, type TestUser } from '@ticketing/common/testing';
import { root } from '@ticketing/common/testing/servers';
import { service as auth } from '../../auth/src/service.js';
import { service as notifications } from '../../notifications/src/service.js';
import { service as orders } from '../../orders/src/service.js';
import { openNetwork, webhookSecret } from '../../payments/src/testing/network.js';
import { service as payments } from '../../payments/src/service.js';
import { service as tickets } from '../../tickets/src/service.js';
import { done } from '../system/person.js';
import { useRouter } from './router.js';
import { middle, shards, startShardedMongodb, type ShardedMongodb } from './sharded-mongodb.js';

type Key = Readonly<Record<string, 1 | 'hashed'>>;
type Step = Readonly<{ database: string; collection: string; key: Key; what: 'index' | 'shard' }>;

const NAMESPACE = `test-${newId()}`;
const script = readFileSync(join(root, 'infra', 'mongo-sharding.js'), 'utf8');
const names = ['tickets', 'orders', 'payments', 'notifications'] as const;
type Name = (typeof names)[number] | 'auth';

let mongodb: ShardedMongodb;
let running: Readonly<Record<Name, Pick<TestService<unknown>, 'url' | 'stop'>>>;

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
  const started = {
    auth: await startForTest(auth, env),
    tickets: await startForTest(tickets, env),
    orders: await startForTest(orders, env),
    payments: await startForTest(payments, env),
    notifications: await startForTest(notifications, env),
  };
  running = started;
  await mongodb.addShards();
});
afterAll(async () => {
  for (const service of Object.values(running)) await service.stop();
  await mongodb.stop();
});

/** What the script does, in its order. */
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
  // eslint-disable-next-line no-new-func
  new Function('db', 'sh', 'process', text)(db, sh, { env: { NAMESPACE } });
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

/** They do not grow with the orders, or shrink by themselves within hours. */
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

const clientOf = (name: Name, { cookie }: TestUser): Client =>
  createClient({ url: running[name].url, headers: { cookie }, retries: 0 });

/** Offers two places, orders both, pays, and refunds one. */
async function purchase(seller: TestUser): Promise<string> {
  const buyer = aUser();
  const ticket = await done(
    clientOf('tickets', seller).createTicket({ title: 'Final', price: '9.99', quantity: 3 }),
    201,
  );
  const order = await eventually(() =>
    done(clientOf('orders', buyer).placeOrder({ items: [{ ticketId: ticket.id, quantity: 2 }] }), 201),
  );
  const orderId = order.id;
  const paid = await eventually(async () => {
    const answer = await payOrder(clientOf('payments', buyer), { orderId, token: 'tok_visa' });
    expect(answer).toMatchObject({ ok: true });
    return answer;
  });
  expect(paid).toMatchObject({ data: { status: 'succeeded' } });
  await eventually(async () => {
    expect(await done(clientOf('orders', buyer).showOrder({ orderId }), 200)).toMatchObject({
      status: 'complete',
    });
    const shown = await done(clientOf('tickets', seller).showTicket({ ticketId: ticket.id }), 200);
    expect(shown).toMatchObject({ quantity: 3, available: 1 });
  });
  return orderId;
}

test('purchases work with the documents of the sellers on two shards', async () => {
  const [first, second] = [aUser(), aUser()];
  for (const { database, collection, key, what } of stepsOf(script))
    if (what === 'shard') {
      const [[field = '', kind] = []] = Object.entries(key);
      await mongodb.moveUpper(`${database}.${collection}`, {
        [field]: kind === 'hashed' ? middle : second.id,
      });
    }
  const commands = useRouter((database) => database.startsWith(NAMESPACE));
  const byShard = { shard0: [], shard1: [] } as Record<(typeof shards)[number], string[]>;
  for (let round = 0; round < 4; round += 1) {
    byShard.shard0.push(await purchase(first));
    byShard.shard1.push(await purchase(second));
  }

  for (const shard of shards) {
    const stored = mongodb.at(shard).db(`${NAMESPACE}-orders`).collection<{ _id: string }>('orders');
    expect(await stored.distinct('_id')).toEqual(byShard[shard].toSorted());
  }
  expect([...commands.keys()].toSorted()).toEqual(
    expect.arrayContaining(['aggregate', 'find', 'insert', 'update']),
  );
});

test('control: the router refuses a guarded write that does not name the seller of its order', async () => {
  const u = { $set: { version: 1 }, $setOnInsert: { _id: null } };
  const updates = [{ q: { _id: newId(), version: 0 }, u, upsert: true }];
  const database = mongodb.at('shard0').db(`${NAMESPACE}-orders`);
  const answer = await database.command({ clusterUpdate: 'orders', updates });
  const shardKeyNotFound = 61;
  expect(answer['writeErrors']).toMatchObject([{ code: shardKeyNotFound }]);
});
