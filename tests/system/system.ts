// The whole system, brought up by the same program as `npm start`, on free ports and in a folder of its own.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startChild, root } from '@ticketing/common/testing/servers';
import { parts, type Part } from '@ticketing/local';

type Env = Readonly<Record<string, string>>;

export type System = Readonly<{
  url: (part: Part) => string;
  jwtKey: string;
  /** milliseconds from the start of the program until it said that it is ready */
  readyAfterMs: number;
  pid: number;
  /** by which other programs of ours find this system */
  env: Env;
  stop(): Promise<void>;
}>;

const launcher = join(root, 'tools', 'local', 'dist', 'start.js');
// Servers that the tests share are not for us: the journeys go through what a person gets.
const ownServers = {
  MONGO_URI: '',
  NATS_URL: '',
  REDIS_URL: '',
  STRIPE_KEY: '',
  STRIPE_API_BASE: '',
  JWT_KEY: '',
};

/** A few clients at one address stand for thousands of people everywhere. */
export const unlimited = {
  RATE_LIMIT_PER_ADDRESS: '0',
  RATE_LIMIT_PER_USER: '0',
  MAX_REQUESTS_IN_FLIGHT: '0',
};

/**
 * `onLine` gets what the services log.
 * @throws Error with the program's last lines when it ends before it is ready
 */
export async function startSystem(env: Env = {}, onLine?: (line: string) => void): Promise<System> {
  const data = await mkdtemp(join(tmpdir(), 'ticketing-system-'));
  const ports = Object.fromEntries(
    await Promise.all(parts.map(async (part) => [part, await freePort()] as const)),
  );
  const variables = Object.entries(ports).map(([part, port]) => [
    part === 'gateway' ? 'PORT' : `${part.toUpperCase()}_PORT`,
    `${port}`,
  ]);
  const begin = performance.now();
  let ready: () => void = () => undefined;
  const isReady = new Promise<void>((resolve) => (ready = resolve));
  const child = startChild({
    name: 'npm start',
    program: process.execPath,
    args: [launcher, '--json'],
    env: {
      ...process.env,
      ...ownServers,
      ...Object.fromEntries(variables),
      LOG_LEVEL: 'warn',
      ...unlimited,
      TICKETING_DATA: data,
      ...env,
    },
    onLine: (line) => {
      if (process.env['E2E_LOG']) process.stdout.write(`${line}\n`);
      onLine?.(line);
      if (line.includes('Ticketing is ready')) ready();
    },
  });
  const ended = child.ended.then((how) => {
    throw new Error(`npm start ended: ${how}\n${child.tail().join('\n')}`);
  });
  ended.catch(() => undefined);
  await Promise.race([isReady, ended]);
  const { JWT_KEY } = JSON.parse(await readFile(join(data, 'secrets.json'), 'utf8')) as { JWT_KEY: string };
  return {
    url: (part) => `http://127.0.0.1:${ports[part]}`,
    jwtKey: JWT_KEY,
    readyAfterMs: performance.now() - begin,
    pid: child.process.pid ?? 0,
    env: { ...ownServers, ...Object.fromEntries(variables), TICKETING_DATA: data, ...env },
    async stop() {
      await child.stop(30_000);
      await rm(data, { recursive: true, force: true });
    },
  };
}
