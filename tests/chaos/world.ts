// The system as chaos meets it: every process may die, every connection may be disturbed, and nothing is mocked.

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@ticketing/common/testing';
import {
  busServer,
  freePort,
  startChild,
  startOwnServer,
  type Child,
  root,
} from '@ticketing/common/testing/servers';
import { localRunner } from '@ticketing/ops';
import { unlimited } from '../system/system.js';
import { makeMortal, type Mortal } from './mortal.js';
import { startToxiproxy, type Link } from './toxiproxy.js';

export type ServerName = 'mongo' | 'nats' | 'redis';
export type Linked = ServerName | 'cards';
export const serviceNames = ['tickets', 'orders', 'orders-2', 'payments', 'expiration'] as const;
export type ServiceName = (typeof serviceNames)[number];

export type Env = Readonly<Record<string, string>>;
type Options = Readonly<{
  /** of every service, in every life */
  env?: Env;
  /** more for one life of one service: a fail point */
  armed?: (service: ServiceName) => Env;
  /** how long a service that died stays away */
  downMs?: () => number;
  /** Toxiproxy between the services and each server */
  proxied?: boolean;
  say: (line: string) => void;
}>;

export type World = Awaited<ReturnType<typeof createWorld>>;

const readyWithinMs = 30_000;

export async function createWorld({ env = {}, armed, downMs, proxied = false, say }: Options) {
  const data = await mkdtemp(join(tmpdir(), 'ticketing-chaos-'));
  const jwtKey = randomBytes(32).toString('hex');
  const webhookSecret = `whsec_${randomBytes(32).toString('hex')}`;
  const alarms: string[] = [];
  const deaths: string[] = [];
  const stops: (() => Promise<unknown>)[] = [() => rm(data, { recursive: true, force: true })];
  const ports = { mongo: 0, nats: 0, redis: 0, cards: 0 };
  for (const name of Object.keys(ports) as Linked[]) ports[name] = await freePort();
  const servicePorts = Object.fromEntries(
    await Promise.all(serviceNames.map(async (name) => [name, await freePort()] as const)),
  ) as Record<ServiceName, number>;

  const aServer = async (name: ServerName) => {
    const start = async () =>
      (
        await startOwnServer(name === 'nats' ? busServer() : name, {
          port: ports[name],
          dir: join(data, name),
          say,
        })
      ).child;
    const server = await makeMortal({ name, start });
    stops.push(() => server.stop());
    return server;
  };
  const servers = {
    mongo: await aServer('mongo'),
    nats: await aServer('nats'),
    redis: await aServer('redis'),
  };

  const cards = await makeMortal({
    name: 'cards',
    start: () => startCards(ports.cards, join(data, 'cards'), servicePorts.payments, webhookSecret),
  });
  stops.push(() => cards.stop());

  const links: Partial<Record<Linked, Link>> = {};
  if (proxied) {
    const toxiproxy = await startToxiproxy();
    stops.push(() => toxiproxy.stop());
    for (const name of Object.keys(ports) as Linked[]) links[name] = await toxiproxy.link(name, ports[name]);
  }
  const portFor = (name: Linked) => links[name]?.port ?? ports[name];
  const serviceEnv: Env = {
    JWT_KEY: jwtKey,
    // Direct: what the server says of its own address would lead around the proxy.
    MONGO_URI: `mongodb://127.0.0.1:${portFor('mongo')}/?directConnection=true`,
    NATS_URL: `nats://127.0.0.1:${portFor('nats')}`,
    REDIS_URL: `redis://127.0.0.1:${portFor('redis')}`,
    STRIPE_KEY: 'sk_test_chaos',
    STRIPE_API_BASE: `http://127.0.0.1:${portFor('cards')}`,
    STRIPE_WEBHOOK_SECRET: webhookSecret,
    LOG_LEVEL: 'error',
    ...unlimited,
    // On NATS Streaming everything that was in hand at a death waits for it.
    ...(busServer() === 'nats-streaming' && { NATS_ACK_WAIT_MS: '5000' }),
    ...env,
  };

  const onLine = (name: string) => (line: string) => {
    if (process.env['CHAOS_LOG']) say(`${name}: ${line}`);
    if (line.includes('"alarm":true') || line.includes('"level":"fatal"')) alarms.push(`${name}: ${line}`);
  };
  const aService = async (name: ServiceName) => {
    const port = servicePorts[name];
    const folder = name.replace('-2', '');
    const start = async (): Promise<Child> => {
      const child = startChild({
        name,
        program: process.execPath,
        args: [join(root, folder, 'dist', 'main.js')],
        env: { ...process.env, ...serviceEnv, ...armed?.(name), PORT: `${port}` },
        onLine: onLine(name),
      });
      await serving(child, port);
      return child;
    };
    const onDeath = (how: string) => {
      deaths.push(name);
      if (!how.includes('SIGKILL')) alarms.push(`${name} ended by itself: ${how}`);
    };
    const service = await makeMortal({ name, start, onDeath, ...(downMs && { downMs }) });
    stops.push(() => service.stop());
    return [name, service] as const;
  };
  const services = Object.fromEntries(await Promise.all(serviceNames.map(aService))) as Record<
    ServiceName,
    Mortal
  >;
  // What is broken on purpose comes later.
  await Promise.all(Object.values(servicePorts).map((port) => eventually(() => ready(port), readyWithinMs)));

  const direct = {
    mongo: `mongodb://127.0.0.1:${ports.mongo}/?directConnection=true`,
    nats: `nats://127.0.0.1:${ports.nats}`,
    redis: `redis://127.0.0.1:${ports.redis}`,
    cards: `http://127.0.0.1:${ports.cards}`,
  };
  const directEnv = {
    ...process.env,
    ...serviceEnv,
    MONGO_URI: direct.mongo,
    NATS_URL: direct.nats,
    REDIS_URL: direct.redis,
  };

  return {
    services,
    servers,
    /** past the proxies, for who looks at the end */
    storeOf: () => direct.mongo,
    busEnv: directEnv,
    cards,
    cardsUrl: direct.cards,
    reach: localRunner(directEnv),
    folder: data,
    alarms,
    deaths,
    jwtKey,
    env: { ...process.env, ...serviceEnv } as NodeJS.ProcessEnv,
    url: (name: ServiceName) => `http://127.0.0.1:${servicePorts[name]}`,
    link(name: Linked): Link {
      const link = links[name];
      if (!link) throw new Error('this world has no proxies');
      return link;
    },
    /** Stops a server, lets `change` do what it wants to its folder, and starts it again. */
    async meddle(name: ServerName, change: (folder: string) => Promise<void>): Promise<void> {
      await servers[name].kill(() => change(join(data, name)));
    },
    everyoneUp: async () => {
      for (const mortal of [...Object.values(servers), cards, ...Object.values(services)]) await mortal.up();
    },
    async stop(): Promise<void> {
      for (const stop of stops.toReversed()) await stop();
    },
  };
}

async function startCards(port: number, data: string, payments: number, secret: string): Promise<Child> {
  const child = startChild({
    name: 'cards',
    program: process.execPath,
    args: [join(root, 'tools', 'card-network', 'dist', 'main.js')],
    env: {
      ...process.env,
      PORT: `${port}`,
      CARDS_DATA: data,
      CARDS_WEBHOOK_URL: `http://127.0.0.1:${payments}/api/payments/webhook`,
      CARDS_WEBHOOK_SECRET: secret,
    },
  });
  await serving(child, port, '/ledger');
  return child;
}

async function ready(port: number): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
  if (!answer.ok) throw new Error(`not ready at port ${port}: ${await answer.text()}`);
}

/** Resolves when it answers at all: whether it is ready, its servers decide. */
async function serving(child: Child, port: number, path = '/healthz'): Promise<void> {
  for (;;) {
    if (child.process.exitCode !== null || child.process.signalCode !== null)
      throw new Error(`${child.name} ended: ${child.process.signalCode}\n${child.tail().join('\n')}`);
    const answer = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
    if (answer?.ok) return;
    await delay(50);
  }
}
