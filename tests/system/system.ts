// The whole system, started by the program behind `npm start`, on free ports and in a temporary folder.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, root, startChild, urlOfMembers, type Child } from '@ticketing/common/testing/servers';
import {
  memberPorts,
  parts,
  replicasOf,
  secureSystem,
  type Part,
  type Secure,
  type ServiceName,
} from '@ticketing/local';

type Env = Readonly<Record<string, string>>;

export type System = Readonly<{
  url: (part: Part) => string;
  /** the processes of a service */
  urls: (service: ServiceName) => readonly string[];
  /** the shared key, by which services accept sessions unless they have public keys only */
  jwtKey: string;
  /** the variables by which auth signs sessions */
  signer: Readonly<Record<string, string | undefined>>;
  /** milliseconds from the start of the program until its ready line */
  readyAfterMs: number;
  pid: number;
  /** variables by which our other programs find this system */
  env: Env;
  /** the variables by which a service reaches the servers; with SECURE, `operator` may do everything there */
  serversOf: (service: string) => Readonly<Record<string, string | undefined>>;
  stop(): Promise<void>;
}>;

const launcher = join(root, 'tools', 'local', 'dist', 'start.js');
// Ignores the shared test servers: the journeys use the servers that `npm start` brings up.
const ownServers = {
  MONGO_URI: '',
  NATS_URL: '',
  REDIS_URL: '',
  STRIPE_KEY: '',
  STRIPE_API_BASE: '',
  JWT_KEY: '',
  JWT_PRIVATE_KEY: '',
  JWT_PUBLIC_KEYS: '',
  SMTP_URL: '',
  MAIL_FROM: '',
  PUBLIC_URL: '',
  ACCOUNT_LINK_KEY: '',
};

/** Switches the limits off: a few clients at one address stand for thousands of users. */
export const unlimited = {
  RATE_LIMIT_PER_ADDRESS: '0',
  RATE_LIMIT_PER_USER: '0',
  INVALID_WEBHOOKS_PER_ADDRESS: '1000000',
  MAX_REQUESTS_IN_FLIGHT: '0',
  DECLINES_PER_ACCOUNT: '1000000',
  DECLINES_PER_ADDRESS: '1000000',
  MAX_ACTIVE_ORDERS_PER_NETWORK: '1000000',
};

/**
 * With SECURE in `env` or in the environment, `npm start -- --secure`; with REPLICAS, which is the number of processes of
 * each service, `npm start -- --replicas`. A folder in TICKETING_DATA is kept after `stop`, for a later start. `onLine`
 * receives each log line of the services.
 * @throws Error with the program's last lines when it ends before it is ready
 */
export async function startSystem(env: Env = {}, onLine?: (line: string) => void): Promise<System> {
  const kept = env['TICKETING_DATA'];
  const data = kept ?? (await mkdtemp(join(tmpdir(), 'ticketing-system-')));
  const ports = await choosePorts();
  const own: Env = { ...ownServers, ...portVariables(ports), TICKETING_DATA: data, ...env };
  const begin = performance.now();
  const all: NodeJS.ProcessEnv = { ...process.env, LOG_LEVEL: 'warn', ...unlimited, ...own };
  const isSecure = Boolean(all['SECURE']);
  const replicas = Number(all['REPLICAS'] || 0);
  const flags = [...(isSecure ? ['--secure'] : []), ...(replicas ? [`--replicas=${replicas}`] : [])];
  const child = await launch(all, flags, onLine);
  const secure = isSecure ? secureSystem(data, 'ticketing') : undefined;
  const { JWT_KEY } = JSON.parse(await readFile(join(data, 'secrets.json'), 'utf8')) as { JWT_KEY: string };
  const jwtKey = own['JWT_KEY'] || JWT_KEY;
  const { JWT_PRIVATE_KEY, JWT_PUBLIC_KEYS } = own;
  return {
    url: (part) => urlAt(ports[part]),
    urls: (service) => replicasOf(service, replicas || 1).map((part) => urlAt(ports[part])),
    jwtKey,
    signer: JWT_PRIVATE_KEY
      ? { JWT_PRIVATE_KEY, JWT_PUBLIC_KEYS }
      : (secure?.sessionKeys ?? { JWT_KEY: jwtKey }),
    readyAfterMs: performance.now() - begin,
    pid: child.process.pid ?? 0,
    env: own,
    serversOf: (service) => serversOf(service, serverUrls(ports, replicas > 0), secure),
    async stop() {
      await child.stop(30_000);
      if (kept === undefined) await rm(data, { recursive: true, force: true });
    },
  };
}

type Ports = Readonly<Record<Part, number>>;

const urlAt = (port: number) => `http://127.0.0.1:${port}`;

type ServerUrls = Readonly<{ mongo: string; nats: string; redis: string }>;

function serverUrls(ports: Ports, isReplicated: boolean): ServerUrls {
  const portsOf = (name: 'mongo' | 'nats') => (isReplicated ? memberPorts(name, ports) : [ports[name]]);
  return {
    mongo: urlOfMembers('mongo', portsOf('mongo')),
    nats: urlOfMembers('nats', portsOf('nats')),
    redis: `redis://127.0.0.1:${ports.redis}`,
  };
}

function serversOf(service: string, urls: ServerUrls, secure: Secure | undefined) {
  return {
    MONGO_URI: urls.mongo,
    NATS_URL: urls.nats,
    REDIS_URL: urls.redis,
    ...secure?.envOf(service, urls),
  };
}

async function choosePorts(): Promise<Ports> {
  const entries = await Promise.all(parts.map(async (part) => [part, await freePort()] as const));
  return Object.fromEntries(entries) as Ports;
}

const portVariables = (ports: Ports): Env =>
  Object.fromEntries(
    Object.entries(ports).map(([part, port]) => [
      part === 'gateway' ? 'PORT' : `${part.toUpperCase()}_PORT`,
      `${port}`,
    ]),
  );

/** Resolves when the program is ready. */
async function launch(
  env: NodeJS.ProcessEnv,
  flags: readonly string[],
  onLine?: (line: string) => void,
): Promise<Child> {
  let ready: () => void = () => undefined;
  const isReady = new Promise<void>((resolve) => (ready = resolve));
  const child = startChild({
    name: 'npm start',
    program: process.execPath,
    args: [launcher, '--json', ...flags],
    env,
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
  return child;
}
