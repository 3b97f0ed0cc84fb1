// Fixtures of the bus tests: connections to both kinds of server, and servers that a test can break.

import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { startChild } from './child.js';
import { freePort } from './free-port.js';
import { startOwnServer } from './servers/start.js';
import { pino } from 'pino';
import { BaseConfig, readConfig } from '../service/config.js';
import { toEnvelope } from '../events/event.js';
import { ExpirationComplete } from '../events/expiration.js';
import { newId } from '../id.js';
import type { Bus, BusMessage, Consumption } from '../bus/bus.js';
import { openBus } from '../bus/open-bus.js';
import { connectStan } from '../bus/nats-streaming/connection.js';
import { jobCause } from '../observability/trace.js';
import { busEnv, type buses, eventually, testEnv } from './index.js';

export type BusName = (typeof buses)[number];
export type BusEnv = ReturnType<typeof testEnv>;

export const type = ExpirationComplete.type;
export const aBusEnv = (bus: BusName, more: BusEnv = {}) => testEnv({ ...busEnv(bus), ...more });

const cleanups: (() => Promise<void>)[] = [];
export const onCleanUp = (cleanup: () => Promise<void>) => void cleanups.push(cleanup);
export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

export type TestBus = Bus & { lines: string[]; unusable: Error[] };

export function aBus(env: BusEnv, clientName = 'test'): TestBus {
  const lines: string[] = [];
  const unusable: Error[] = [];
  const log = pino({ level: 'trace' }, { write: (line) => lines.push(line) });
  const onUnusable = (error: Error) => void unusable.push(error);
  const bus = openBus(readConfig(BaseConfig, env), { clientName, log, onUnusable });
  onCleanUp(() => bus.close());
  return { ...bus, lines, unusable };
}

export const untilConnected = async (bus: Bus) =>
  eventually(() => expect(bus.connectedSince()).toBeDefined(), 20_000);

export async function aConnectedBus(env: BusEnv): Promise<TestBus> {
  const bus = aBus(env);
  await untilConnected(bus);
  return bus;
}

type Use = (message: BusMessage) => unknown;

/** A connected consumer, as in one process of a service. It records each message and calls `use`. */
export async function aMember(
  env: BusEnv,
  {
    service = 'orders',
    concurrency = 4,
    types = [type],
    gatherMs,
  }: Partial<Omit<Consumption, 'deliver'>> = {},
  use: Use = (message) => message.ack(),
) {
  const bus = await aConnectedBus(env);
  const received: string[] = [];
  const deliver = async (message: BusMessage) => {
    received.push(idOf(message));
    await use(message);
  };
  bus.consume({ service, types, concurrency, gatherMs, deliver });
  return { ...bus, received };
}

export function idOf({ body }: BusMessage): string {
  try {
    return (JSON.parse(body) as { id: string }).id;
  } catch {
    return body;
  }
}

export const anEvent = () =>
  toEnvelope(ExpirationComplete({ orderId: newId() }), jobCause('test'), new Date());
export const events = (count: number) => Array.from({ length: count }, anEvent);
export const idsOf = (envelopes: readonly { id: string }[]) => envelopes.map(({ id }) => id).sort();

/** A child process that consumes as `orders`. It prints the id of each message and never settles one. */
export function aStuckProcess(env: BusEnv) {
  const output: string[] = [];
  const script = `
    const { openBus } = require('@ticketing/common/bus');
    const { readConfig, BaseConfig } = require('@ticketing/common/service');
    const { createLogger } = require('@ticketing/common/observability');
    const log = createLogger('victim', 'silent');
    const bus = openBus(readConfig(BaseConfig, process.env), { clientName: 'victim', log, onUnusable: process.exit });
    const deliver = ({ body }) => { console.log(JSON.parse(body).id); return new Promise(() => {}); };
    bus.consume({ service: 'orders', types: [process.env.TYPE], concurrency: 4, deliver });
    setInterval(() => bus.connectedSince() && console.log('connected'), 20);`;
  const child = startChild({
    name: 'victim',
    program: process.execPath,
    args: ['-e', script],
    cwd: join(__dirname, '..', '..'),
    env: { ...process.env, ...env },
    onLine: (line) => output.push(line),
  });
  onCleanUp(() => child.stop(0));
  return { output, child };
}

/** Publishes a message that is not an envelope. */
export async function publishBytes(env: BusEnv, bytes: string): Promise<void> {
  const { EVENT_BUS, NATS_URL: url = '', NAMESPACE } = env;
  if (EVENT_BUS === 'jetstream') {
    const connection = await connect({ servers: url });
    await jetstream(connection).publish(`${NAMESPACE}.${type.replaceAll(':', '.')}.x`, bytes);
    await connection.drain();
    return;
  }
  const { signal } = new AbortController();
  const connection = await connectStan({ url, clusterId: 'ticketing', clientId: newId(), signal });
  await connection.publish(`${NAMESPACE}.${type}`, bytes);
  await connection.close();
}

/** A server for one test, which the test can kill, freeze, wipe and start again on the same port. */
export async function aServer(bus: BusName, settings?: (dir: string) => string) {
  const dir = await mkdtemp(join(tmpdir(), 'ticketing-broker-'));
  const port = await freePort();
  const name = bus === 'jetstream' ? 'nats' : bus;
  const start = async () =>
    startOwnServer(name, { port, dir, say: () => undefined, settings: settings?.(dir) });
  let server: Awaited<ReturnType<typeof start>> | undefined;
  const signal = (what: NodeJS.Signals) => void server?.child.process.kill(what);
  const kill = async () => {
    signal('SIGKILL');
    await server?.child.ended;
    server = undefined;
  };
  onCleanUp(async () => {
    await kill();
    await rm(dir, { recursive: true, force: true });
  });
  return {
    env: aBusEnv(bus, { NATS_URL: `nats://127.0.0.1:${port}` }),
    start: async () => void (server = await start()),
    kill,
    // On a busy machine the process may run on for a moment after the signal.
    freeze: async () => {
      signal('SIGSTOP');
      const state = () =>
        execFileSync('ps', ['-o', 'stat=', '-p', `${server?.child.process.pid}`]).toString();
      await eventually(() => expect(state()).toMatch(/^T/));
    },
    thaw: () => signal('SIGCONT'),
    wipe: async () => rm(dir, { recursive: true, force: true }),
  };
}
