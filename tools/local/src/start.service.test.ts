// `npm start` as a user sees it: errors at the start, restarts, and what remains after Ctrl-C.

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBus } from '@ticketing/common/bus';
import { createLogger } from '@ticketing/common/observability';
import { BaseConfig, readConfig } from '@ticketing/common/service';
import { eventually } from '@ticketing/common/testing';
import { startChild, type Child, freePort, listens } from '@ticketing/common/testing/servers';
import { parts } from './ports.js';

let data: string;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'ticketing-dev-'));
});
afterAll(() => rm(data, { recursive: true, force: true }));

const withoutServers = {
  MONGO_URI: '',
  NATS_URL: '',
  REDIS_URL: '',
  STRIPE_KEY: '',
  STRIPE_API_BASE: '',
  SMTP_URL: '',
};

async function freePorts(): Promise<Record<string, string>> {
  const ports = await Promise.all(parts.map(async (part) => [part, await freePort()] as const));
  return Object.fromEntries(
    ports.map(([part, port]) => [part === 'gateway' ? 'PORT' : `${part.toUpperCase()}_PORT`, `${port}`]),
  );
}

function launch(
  env: Record<string, string>,
  onLine: (line: string) => void = () => undefined,
  flags: readonly string[] = [],
): Child {
  const program = join(__dirname, '..', 'dist', 'start.js');
  const all = { ...process.env, ...withoutServers, TICKETING_DATA: data, LOG_LEVEL: 'warn', ...env };
  return startChild({
    name: 'npm start',
    program: process.execPath,
    args: [program, ...flags],
    env: all,
    onLine,
  });
}

/** Resolves when the program prints this text. */
const printing = (env: Record<string, string>, text: string, ...flags: string[]) =>
  new Promise<Child>((resolve, reject) => {
    const child = launch(env, (line) => line.includes(text) && resolve(child), flags);
    child.ended.then((how) => reject(new Error(`${how}: ${child.tail().join('\n')}`)), reject);
  });
const ready = (env: Record<string, string>, ...flags: string[]) =>
  printing(env, 'Ticketing is ready', ...flags);

test('a busy port is reported with the variable that moves it, and no process starts', async () => {
  const plan = await freePorts();
  const holder = createServer().listen(Number(plan['ORDERS_PORT']), '127.0.0.1');
  await once(holder, 'listening');
  const child = launch(plan);
  expect(await child.ended).toBe('exit code 1');
  expect(child.tail().join('\n')).toContain(`${plan['ORDERS_PORT']} (orders; ORDERS_PORT moves it)`);
  expect(await listens(Number(plan['MONGO_PORT']))).toBe(false);
  holder.close();
});

test.each([
  ['RESERVATION_SECONDS', 'soon', /orders[\s\S]*RESERVATION_SECONDS/],
  ['EVENT_BUS', 'pigeons', /EVENT_BUS must be one of jetstream, nats-streaming/],
])('a service reports its invalid variable, and all processes stop: %s', async (name, value, complaint) => {
  const plan = await freePorts();
  const lines: string[] = [];
  const child = launch({ ...plan, [name]: value }, (line) => lines.push(line));
  expect(await child.ended).toBe('exit code 1');
  expect(lines.join('\n')).toMatch(complaint);
  expect(lines.join('\n')).not.toContain('Ticketing is ready');
  await expectNothingListens(plan);
});

/** Is this address of the machine listened on, too? A server on every address accepts all of 127.0.0.0/8. */
const acceptsElsewhere = (port: string) =>
  new Promise<boolean>((resolve) => {
    const socket = connect({ port: Number(port), host: '127.0.0.2' });
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
const partsElsewhere = async (plan: Record<string, string>) => {
  const found: string[] = [];
  for (const [variable, port] of Object.entries(plan)) if (await acceptsElsewhere(port)) found.push(variable);
  return found;
};

test.each([
  ['every address', '0.0.0.0'],
  ['one address', '127.0.0.2'],
])('only the gateway listens on what BIND_ADDRESS names: %s', async (_what, BIND_ADDRESS) => {
  const plan = await freePorts();
  // A shell may set HOST to the name of the machine.
  const child = await ready({ ...plan, BIND_ADDRESS, HOST: '0.0.0.0' });
  expect(await partsElsewhere(plan)).toEqual(['PORT']);
  expect(await listens(Number(plan['PORT']))).toBe(true);
  child.process.kill('SIGTERM');
  await child.ended;
});

test('the mail catcher shows its inbox on this machine, and does not start if SMTP_URL names a server', async () => {
  const plan = await freePorts();
  const inbox = () => fetch(`http://127.0.0.1:${plan['INBOX_PORT']}/api/email`);
  const listening = () => Promise.all(['MAIL_PORT', 'INBOX_PORT'].map((name) => listens(Number(plan[name]))));

  const catching = await printing(plan, 'export SMTP_URL', '--servers');
  await eventually(async () => expect(await (await inbox()).json()).toEqual([]));
  expect([await listening(), await partsElsewhere(plan)]).toEqual([[true, true], []]);
  catching.process.kill('SIGTERM');
  expect(await catching.ended).toBe('exit code 0');

  const SMTP_URL = 'smtp://mail.example.com';
  const sending = await printing({ ...plan, SMTP_URL }, `export SMTP_URL='${SMTP_URL}'`, '--servers');
  expect(await listening()).toEqual([false, false]);
  sending.process.kill('SIGTERM');
  await sending.ended;
});

test('the lines of the server of the shop are printed like those of the services', async () => {
  const child = await printing(await freePorts(), 'web             info  listening url=');
  child.process.kill('SIGTERM');
  expect(await child.ended).toBe('exit code 0');
});

test('data survives a restart on other ports and a second start, and Ctrl-C leaves no process running', async () => {
  const plan = await freePorts();
  const first = await ready(plan);
  expect(await partsElsewhere(plan)).toEqual([]);
  const credentials = { email: 'ann@example.com', password: 'correct horse' };
  expect((await post(plan, '/api/users/signup', credentials)).status).toBe(201);
  const intruder = launch(await freePorts());
  expect(await intruder.ended).toBe('exit code 1');
  expect(intruder.tail().join('\n')).toContain('belongs to a running system');
  // Repeated Ctrl-C.
  const repeatedly = setInterval(() => first.process.kill('SIGINT'), 50);
  expect(await first.ended).toBe('exit code 0');
  clearInterval(repeatedly);
  await expectNothingListens(plan);

  const moved = await freePorts();
  const second = await ready(moved);
  expect((await post(moved, '/api/users/signin', credentials)).status).toBe(200);
  second.process.kill('SIGTERM');
  expect(await second.ended).toBe('exit code 0');
  await expectNothingListens(moved);
});

test('--secure: a session that auth ends is known to orders, and a client without a user reaches no server', async () => {
  const plan: Record<string, string> = await freePorts();
  const child = await ready({ ...plan, TICKETING_DATA: join(data, 'secure') }, '--secure');
  const credentials = { email: 'bob@example.com', password: 'correct horse' };
  const signUp = await post(plan, '/api/users/signup', credentials);
  expect(signUp.status).toBe(201);
  const cookie = signUp.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const orders = () => fetch(`http://127.0.0.1:${plan['PORT']}/api/orders`, { headers: { cookie } });
  expect((await orders()).status).toBe(200);
  expect((await post(plan, '/api/users/signout', {}, cookie)).ok).toBe(true);
  // No process has the permissions of all services: there is no page behind the scenes.
  expect((await fetch(`http://127.0.0.1:${plan['PORT']}/inspect/api/events`)).status).toBe(404);
  // The event comes over the bus.
  await eventually(async () => expect((await orders()).status).toBe(401));

  const log = createLogger('stranger', 'silent');
  const config = readConfig(BaseConfig, {
    NATS_URL: `nats://127.0.0.1:${plan['NATS_PORT']}`,
    JWT_KEY: 'x'.repeat(32),
  });
  const refused: string[] = [];
  const loud = { ...log, warn: (_fields: object, message: string) => void refused.push(message) };
  const stranger = openBus(config, {
    clientName: 'stranger',
    log: loud as never,
    onUnusable: () => undefined,
  });
  await eventually(() => expect(refused.length).toBeGreaterThan(0));
  expect(stranger.connectedSince()).toBeUndefined();
  await stranger.close();
  child.process.kill('SIGTERM');
  expect(await child.ended).toBe('exit code 0');
});

/** Ends the first process that the program has started with this text in its command. */
function killOne(program: Child, text: string): void {
  const [pid] = startedBy(program).flatMap(([found, command]) => (command.includes(text) ? [found] : []));
  process.kill(pid ?? Number.NaN, 'SIGKILL');
}

/** Ends the program and everything that it has started, at one instant, and waits until they are gone. */
async function killAll(program: Child): Promise<void> {
  const pids = startedBy(program).map(([pid]) => pid);
  program.process.kill('SIGKILL');
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await program.ended;
  await eventually(() => expect(pids.filter(isRunning)).toEqual([]));
}

/** A process that has ended is a zombie (Z) until its parent takes notice. */
function isRunning(pid: number): boolean {
  const lines = execFileSync('ps', ['-eo', 'pid=,stat='], { encoding: 'utf8' }).split('\n');
  return lines.some((line) => {
    const [found, state = ''] = line.trim().split(/\s+/);
    return Number(found) === pid && !state.startsWith('Z');
  });
}

function startedBy(program: Child): [pid: number, command: string][] {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [, pid, parent, command = ''] = /^\s*(\d+)\s+(\d+)\s(.*)/.exec(line) ?? [];
    return Number(parent) === program.process.pid ? [[Number(pid), command] as [number, string]] : [];
  });
}

test('--replicas: two members and one process of each service are enough, and data survives the death of all', async () => {
  const env = { TICKETING_DATA: join(data, 'replicas') };
  const plan: Record<string, string> = await freePorts();
  const first = await ready({ ...plan, ...env }, '--replicas');
  const credentials = { email: 'cat@example.com', password: 'correct horse' };
  expect((await post(plan, '/api/users/signup', credentials)).status).toBe(201);
  expect(await listens(Number(plan['NOTIFICATIONS2_PORT']))).toBe(true);
  expect(await partsElsewhere(plan)).toEqual([]);
  await killAll(first);

  const moved: Record<string, string> = await freePorts();
  const second = await ready({ ...moved, ...env }, '--replicas');
  expect((await post(moved, '/api/users/signin', credentials)).status).toBe(200);
  for (const text of [`--port ${moved['MONGO_PORT']}`, 'nats-1/nats.conf', join('auth', 'dist')])
    killOne(second, text);
  await eventually(async () => {
    expect((await post(moved, '/api/users/signin', credentials)).status).toBe(200);
  }, 60_000);
  second.process.kill('SIGINT');
  expect(await second.ended).toBe('exit code 0');
  await expectNothingListens(moved);
});

async function post(
  plan: Record<string, string>,
  path: string,
  body: object,
  cookie = '',
): Promise<Response> {
  const headers = { 'content-type': 'application/json', cookie };
  return fetch(`http://127.0.0.1:${plan['PORT']}${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
}

async function expectNothingListens(plan: Record<string, string>): Promise<void> {
  const answers = await Promise.all(
    Object.values(plan).map(async (port) => [port, await listens(Number(port))] as const),
  );
  expect(answers.filter(([, listening]) => listening)).toEqual([]);
}
