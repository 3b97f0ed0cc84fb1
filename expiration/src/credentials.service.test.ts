// Credentials in REDIS_URL, on a Redis that requires them.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, startForTest, testEnv } from '@ticketing/common/testing';
import { freePort, startOwnServer } from '@ticketing/common/testing/servers';
import { startService } from '@ticketing/common/service';
import { Redis } from 'ioredis';
import supertest from 'supertest';
import { service } from './service.js';

const [user, pass] = ['expiration', 'p/ss@word'];
let dir: string;
let server: Awaited<ReturnType<typeof startOwnServer>>;
let host: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ticketing-redis-'));
  server = await startOwnServer('redis', { port: await freePort(), dir, say: () => undefined });
  host = new URL(server.url).host;
  const admin = new Redis(server.url);
  // Only the keys of its own queues.
  await admin.call('ACL', 'SETUSER', user, 'on', `>${pass}`, '~*', '&*', '+@all', '-@admin', '+info');
  await admin.call('ACL', 'SETUSER', 'default', 'off');
  admin.disconnect();
});
afterAll(async () => {
  await server.child.stop();
  await rm(dir, { recursive: true });
});

test('expiration uses the user and the password in REDIS_URL', async () => {
  const REDIS_URL = `redis://${user}:${encodeURIComponent(pass)}@${host}`;
  const expiration = await startForTest(service, { REDIS_URL });
  await expiration.request.get('/readyz').expect(200);
  await expiration.stop();
});

test.each(['', `${user}:mistaken@`])(
  'with the credentials %j, expiration is not ready and says why',
  async (given) => {
    const lines: string[] = [];
    const write = jest
      .spyOn(process.stdout, 'write')
      .mockImplementation((line) => lines.push(String(line)) > 0);
    const env = testEnv({ REDIS_URL: `redis://${given}${host}`, LOG_LEVEL: 'info' });
    const expiration = await startService(service, env);
    write.mockRestore();
    await eventually(async () => {
      const { status, body } = await supertest(expiration.url).get('/readyz');
      expect([status, JSON.stringify(body)]).toEqual([503, expect.stringContaining('redis')]);
    });
    await expiration.stop();
    expect(lines.join()).not.toContain('mistaken');
  },
);
