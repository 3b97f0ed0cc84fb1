// Credentials and TLS in REDIS_URL, on a Redis that requires them.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, startForTest, testEnv } from '@ticketing/common/testing';
import {
  certificatesIn,
  freePort,
  root,
  startChild,
  startOwnServer,
} from '@ticketing/common/testing/servers';
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

describe('on a Redis with TLS', () => {
  let secureServer: Awaited<ReturnType<typeof startOwnServer>>;
  let secureDir: string;
  let ca: string;
  beforeAll(async () => {
    secureDir = await mkdtemp(join(tmpdir(), 'ticketing-redis-tls-'));
    const certificates = certificatesIn(join(secureDir, 'certificates'));
    ca = certificates.ca;
    const tls = `tls-cert-file ${certificates.cert}\ntls-key-file ${certificates.key}\ntls-auth-clients no\n`;
    const settings = `${tls}user default off\nuser ${user} on >${pass} ~* &* +@all -@admin +info\n`;
    const options = { port: await freePort(), dir: secureDir, settings, say: () => undefined };
    secureServer = await startOwnServer('redis', options);
  });
  afterAll(async () => {
    await secureServer.child.stop();
    await rm(secureDir, { recursive: true });
  });

  /** Node reads NODE_EXTRA_CA_CERTS when a process starts. */
  async function answerOf(variables: Readonly<Record<string, string>>, wanted: number) {
    const port = await freePort();
    const child = startChild({
      name: 'expiration',
      program: process.execPath,
      args: [join(root, 'expiration', 'dist', 'main.js')],
      env: { ...testEnv(), LOG_LEVEL: 'warn', PORT: `${port}`, ...variables } as NodeJS.ProcessEnv,
    });
    try {
      await eventually(
        async () => expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(wanted),
        30_000,
      );
      // A client without the certificate or TLS is refused again and again.
      if (wanted === 503)
        await eventually(() => expect(child.tail().join()).toContain('redis not reachable'));
    } finally {
      await child.stop();
    }
  }
  const urlWith = (protocol: string) =>
    `${protocol}//${user}:${encodeURIComponent(pass)}@${new URL(secureServer.url).host}`;

  test('expiration is ready with rediss:// and the authority in NODE_EXTRA_CA_CERTS', () =>
    answerOf({ REDIS_URL: urlWith('rediss:'), NODE_EXTRA_CA_CERTS: ca }, 200));

  test('expiration trusts no other authority, and reaches nothing without TLS', async () => {
    await answerOf({ REDIS_URL: urlWith('rediss:') }, 503);
    await answerOf({ REDIS_URL: urlWith('redis:'), NODE_EXTRA_CA_CERTS: ca }, 503);
  });
});
