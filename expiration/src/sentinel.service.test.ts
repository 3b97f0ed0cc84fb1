// REDIS_URL with Redis Sentinel: the master fails, and a replica takes its place.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, startForTest } from '@ticketing/common/testing';
import {
  findProgram,
  freePort,
  listens,
  recipes,
  serving,
  startChild,
  type Child,
} from '@ticketing/common/testing/servers';
import { newId } from '@ticketing/common/id';
import { jobCause } from '@ticketing/common/observability';
import { service } from './service.js';

let dir: string;
let program: string;
const children: Child[] = [];

async function redis(name: string, port: number, ...args: string[]): Promise<Child> {
  const child = startChild({ name, program, args, env: {} });
  children.push(child);
  await serving(child, () => listens(port));
  return child;
}

const server = (name: string, port: number, ...more: string[]) =>
  redis(
    name,
    port,
    ...['--bind', '127.0.0.1', '--port', `${port}`, '--dir', dir, '--dbfilename', `${name}.rdb`],
    ...['--appendonly', 'yes', '--appenddirname', name, '--maxmemory-policy', 'noeviction', ...more],
  );

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ticketing-sentinel-'));
  const found = await findProgram([recipes.redis], () => undefined);
  program = found.path;
});
afterAll(async () => {
  for (const child of children.toReversed()) await child.stop();
  await rm(dir, { recursive: true });
});

test('expiration keeps its timers when Redis Sentinel makes a replica the master', async () => {
  const [first, second, sentinel] = [await freePort(), await freePort(), await freePort()];
  const master = await server('first', first);
  await server('second', second, '--replicaof', '127.0.0.1', `${first}`);
  const file = join(dir, 'sentinel.conf');
  const timers = `down-after-milliseconds timers 1000\nsentinel failover-timeout timers 5000`;
  await writeFile(
    file,
    `bind 127.0.0.1\nport ${sentinel}\ndir ${dir}\nsentinel monitor timers 127.0.0.1 ${first} 1\nsentinel ${timers}\n`,
  );
  await redis('sentinel', sentinel, file, '--sentinel');
  const expiration = await startForTest(service, {
    REDIS_URL: `redis+sentinel://127.0.0.1:${sentinel}/timers`,
  });
  await eventually(() => expiration.request.get('/readyz').expect(200), 30_000);
  const orderId = newId();
  await expiration.ctx.timers.set({ orderId, cause: jobCause('test') }, 600_000);
  // A replica is a candidate once the sentinel knows it and it has the timer.
  await eventually(async () =>
    expect(await expiration.ctx.redis.inTime((client) => client.wait(1, 1_000))).toBe(1),
  );

  master.process.kill('SIGKILL');

  await eventually(async () => expect(await expiration.ctx.timers.running()).toEqual([orderId]), 60_000);
  await expiration.stop();
});
