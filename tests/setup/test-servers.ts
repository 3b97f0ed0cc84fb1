// The real servers of the tests: started once, on free ports, in a temporary folder.

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoMemoryReplSet } from 'mongodb-memory-server-core';
import {
  startChild,
  type Child,
  freePort,
  findServer,
  recipes,
  listens,
  startOwnServer,
  startServer,
  type Server,
  root,
} from '@ticketing/common/testing/servers';
import { setTimeout as delay } from 'node:timers/promises';

type TestServers = Readonly<{ env: Record<string, string>; stop: () => Promise<void> }>;

export async function startTestServers(): Promise<TestServers> {
  const folder = await mkdtemp(join(tmpdir(), 'ticketing-test-'));
  const say = (line: string) => console.log(line);
  if (process.env['SECURE'])
    say('SECURE: services in the process of a test use servers without users and TLS');
  const start = async (name: 'nats' | 'redis') =>
    startServer(name, { port: await freePort(), dir: join(folder, name), say });
  const [mongo, nats, streaming, redis, cards] = await Promise.all([
    startMongo(folder, say),
    start('nats'),
    startOwnServer('nats-streaming', { port: await freePort(), dir: join(folder, 'streaming'), say }),
    start('redis'),
    startCards(folder),
  ]);
  const env = {
    MONGO_URI: mongo.url,
    NATS_URL: nats.url,
    NATS_STREAMING_URL: streaming.url,
    REDIS_URL: redis.url,
    STRIPE_API_BASE: cards.url,
    JWT_KEY: randomBytes(32).toString('hex'),
  };
  return {
    env,
    async stop() {
      await Promise.all([mongo.stop(), ...[nats, streaming, redis, cards].map(({ child }) => child?.stop())]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startMongo(folder: string, say: (line: string) => void) {
  const given = process.env['MONGO_URI'];
  if (given) return { url: given, stop: () => Promise.resolve() };
  const found = await findServer(recipes.mongo, say);
  if (found.how === 'container') {
    const server = await startServer('mongo', { port: await freePort(), dir: join(folder, 'mongo'), say });
    return { url: server.url, stop: async () => server.child?.stop() };
  }
  const set = await MongoMemoryReplSet.create({
    replSet: { count: 1, storageEngine: 'wiredTiger' },
    instanceOpts: [{ launchTimeout: 120_000 }],
    binary: { systemBinary: found.path, version: found.version },
  });
  return {
    url: set.getUri(),
    stop: async () => {
      await set.stop();
    },
  };
}

async function startCards(folder: string): Promise<Server & { child: Child }> {
  const port = await freePort();
  const env = { ...process.env, PORT: `${port}`, CARDS_DATA: join(folder, 'cards') };
  const child = startChild({
    name: 'cards',
    program: process.execPath,
    args: [join(root, 'tools', 'card-network', 'dist', 'main.js')],
    env,
  });
  while (!(await listens(port))) {
    if (child.process.exitCode !== null)
      throw new Error(`the card network ended:\n${child.tail().join('\n')}`);
    await delay(20);
  }
  return { url: `http://127.0.0.1:${port}`, from: 'tools/card-network', child };
}
