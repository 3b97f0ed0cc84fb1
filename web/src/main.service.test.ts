// The server of the shop as a process.

import { join } from 'node:path';
import { connect, type Socket } from 'node:net';
import { startChild, freePort, listens, type Child } from '@ticketing/common/testing/servers';
import { eventually } from '@ticketing/common/testing';

const program = join(__dirname, '..', 'dist', 'main.js');
const started: Child[] = [];
afterAll(() => Promise.all(started.map((child) => child.stop())));

function launch(env: Record<string, string>): Child {
  const child = startChild({ name: 'web', program: process.execPath, args: [program], env });
  started.push(child);
  return child;
}

async function running(): Promise<{ child: Child; port: number }> {
  const port = await freePort();
  const child = launch({ PORT: `${port}`, BIND_ADDRESS: '127.0.0.1' });
  await eventually(async () => expect(await listens(port)).toBe(true));
  return { child, port };
}

const opened = (port: number) =>
  new Promise<Socket>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.on('error', () => undefined);
  });

/** Sends a request on a connection that stays open, and resolves with the answer. */
const answered = (socket: Socket, path: string) =>
  new Promise<string>((resolve) => {
    socket.once('data', (answer) => resolve(String(answer)));
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
  });

const linesOf = (child: Child) => child.tail().map((line) => JSON.parse(line) as Record<string, unknown>);

test('the program ends at once on SIGTERM, also while connections are open', async () => {
  const { child, port } = await running();
  const [used, unused] = [await opened(port), await opened(port)];
  expect(await answered(used, '/healthz')).toMatch(/^HTTP\/1.1 204 /);
  const begin = performance.now();
  child.process.kill('SIGTERM');
  expect(await child.ended).toBe('exit code 0');
  // A connection that is kept open closes 20 s after it began.
  expect(performance.now() - begin).toBeLessThan(10_000);
  used.destroy();
  unused.destroy();
  expect(linesOf(child)).toMatchObject([
    { level: 'info', service: 'web', msg: 'listening', url: `http://127.0.0.1:${port}` },
    { level: 'info', service: 'web', msg: 'stopped' },
  ]);
});

test('a request that has begun is answered before the end, and its connection closes', async () => {
  const { child, port } = await running();
  const socket = await opened(port);
  socket.write('GET /healthz HTTP/1.1\r\n');
  // The server has the beginning when it answers a later connection.
  await answered(await opened(port), '/healthz');
  child.process.kill('SIGTERM');
  await eventually(async () => expect(await listens(port)).toBe(false));
  const answer = new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))));
  socket.write('Host: x\r\n\r\n');
  expect(await answer).toMatch(/^HTTP\/1.1 204 [^]*connection: close\r\n/i);
  expect(await child.ended).toBe('exit code 0');
});

test.each([
  [{ PORT: 'x' }, /^invalid environment: PORT: /],
  [{ INBOX_URL: 'x', STRIPE_PUBLISHABLE_KEY: 'sk_live_1' }, /STRIPE_PUBLISHABLE_KEY: .*INBOX_URL: /],
])('wrong variables are named in a log line, and the program ends: %j', async (env, message) => {
  const child = launch(env as Record<string, string>);
  expect(await child.ended).toBe('exit code 1');
  expect(linesOf(child)).toMatchObject([{ level: 'fatal', msg: expect.stringMatching(message) as string }]);
});

test('a port in use is named', async () => {
  const { port } = await running();
  const second = launch({ PORT: `${port}`, BIND_ADDRESS: '127.0.0.1' });
  expect(await second.ended).toBe('exit code 1');
  expect(linesOf(second)[0]?.['msg']).toContain(`${port}`);
});
