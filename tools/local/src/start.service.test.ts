// `npm start` as a person meets it: what it does when something is in the way, and what it leaves behind.

import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild, type Child, freePort, listens } from '@ticketing/common/testing/servers';
import { parts } from './ports.js';

let data: string;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'ticketing-dev-'));
});
afterAll(() => rm(data, { recursive: true, force: true }));

const noServers = { MONGO_URI: '', NATS_URL: '', REDIS_URL: '', STRIPE_KEY: '', STRIPE_API_BASE: '' };

async function aPlan(): Promise<Record<string, string>> {
  const ports = await Promise.all(parts.map(async (part) => [part, await freePort()] as const));
  return Object.fromEntries(
    ports.map(([part, port]) => [part === 'gateway' ? 'PORT' : `${part.toUpperCase()}_PORT`, `${port}`]),
  );
}

function launch(env: Record<string, string>, onLine: (line: string) => void = () => undefined): Child {
  const program = join(__dirname, '..', 'dist', 'start.js');
  const all = { ...process.env, ...noServers, TICKETING_DATA: data, LOG_LEVEL: 'warn', ...env };
  return startChild({ name: 'npm start', program: process.execPath, args: [program], env: all, onLine });
}

const ready = (env: Record<string, string>) =>
  new Promise<Child>((resolve, reject) => {
    const child = launch(env, (line) => line.includes('Ticketing is ready') && resolve(child));
    child.ended.then((how) => reject(new Error(`${how}: ${child.tail().join('\n')}`)), reject);
  });

test('a port that another program holds is named, with the variable that moves it, and nothing is started', async () => {
  const plan = await aPlan();
  const holder = createServer().listen(Number(plan['ORDERS_PORT']), '127.0.0.1');
  const child = launch(plan);
  expect(await child.ended).toBe('exit code 1');
  expect(child.tail().join('\n')).toContain(`${plan['ORDERS_PORT']} (orders; ORDERS_PORT moves it)`);
  expect(await listens(Number(plan['MONGO_PORT']))).toBe(false);
  holder.close();
});

test.each([
  ['RESERVATION_SECONDS', 'soon', /orders[\s\S]*RESERVATION_SECONDS/],
  ['EVENT_BUS', 'pigeons', /EVENT_BUS[\s\S]*"jetstream\\*"\|\\*"nats-streaming/],
])(
  'a bad variable is named by the service that reads it, and everything is stopped: %s',
  async (name, value, complaint) => {
    const plan = await aPlan();
    const lines: string[] = [];
    const child = launch({ ...plan, [name]: value }, (line) => lines.push(line));
    expect(await child.ended).toBe('exit code 1');
    expect(lines.join('\n')).toMatch(complaint);
    expect(lines.join('\n')).not.toContain('Ticketing is ready');
    await nothingListens(plan);
  },
);

test('data survive a restart on other ports, and Ctrl-C leaves nothing behind', async () => {
  const plan = await aPlan();
  const first = await ready(plan);
  const person = { email: 'ann@example.com', password: 'correct horse' };
  expect((await post(plan, '/api/users/signup', person)).status).toBe(201);
  // An impatient person presses it again and again.
  const impatience = setInterval(() => first.process.kill('SIGINT'), 50);
  expect(await first.ended).toBe('exit code 0');
  clearInterval(impatience);
  await nothingListens(plan);

  const moved = await aPlan();
  const second = await ready(moved);
  expect((await post(moved, '/api/users/signin', person)).status).toBe(200);
  second.process.kill('SIGTERM');
  expect(await second.ended).toBe('exit code 0');
  await nothingListens(moved);
});

async function post(plan: Record<string, string>, path: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(`http://127.0.0.1:${plan['PORT']}${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
}

async function nothingListens(plan: Record<string, string>): Promise<void> {
  const answers = await Promise.all(
    Object.values(plan).map(async (port) => [port, await listens(Number(port))] as const),
  );
  expect(answers.filter(([, listening]) => listening)).toEqual([]);
}
