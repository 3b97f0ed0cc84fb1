// Both buses on their real servers, for the tests of what a bus promises.

import { connect as connectJetStream } from '@nats-io/transport-node';
import { jetstream } from '@nats-io/jetstream';
import { connect as connectStreaming } from 'node-nats-streaming';
import { pino } from 'pino';
import { BaseConfig, readConfig } from '../config.js';
import { seal } from '../events/event.js';
import { ExpirationComplete } from '../events/expiration.js';
import { newId } from '../id.js';
import type { Bus, BusMessage } from '../messaging/bus.js';
import { openBus } from '../messaging/open-bus.js';
import { jobCause } from '../trace.js';
import { eventually, testEnv } from './index.js';

export const busNames = ['jetstream', 'nats-streaming'] as const;
export type BusName = (typeof busNames)[number];
type Env = ReturnType<typeof testEnv>;

/** The program behind each, by its name in `startOwnServer`. */
export const serverOf = { jetstream: 'nats', 'nats-streaming': 'nats-streaming' } as const;

/** The environment of a test that runs on this bus, in a namespace of its own. */
export function busEnv(name: BusName, more: Env = {}): Env {
  const { NATS_URL, NATS_STREAMING_URL } = process.env;
  const url = name === 'jetstream' ? NATS_URL : NATS_STREAMING_URL;
  return testEnv({ EVENT_BUS: name, NATS_URL: url, ...more });
}

export const type = 'expiration:complete';
export const anEvent = (orderId = newId()) =>
  seal(ExpirationComplete({ orderId }), jobCause('test'), new Date());
export const events = (count: number) => Array.from({ length: count }, () => anEvent());
export const idsOf = (envelopes: readonly { id: string }[]) => envelopes.map(({ id }) => id).sort();

/** Opens buses and closes them all again. */
export function openBuses() {
  const closing: (() => Promise<void>)[] = [];

  function open(env: Env) {
    const lines: string[] = [];
    const unusable: Error[] = [];
    const log = pino({ level: 'trace' }, { write: (line) => lines.push(line) });
    const onUnusable = (error: Error) => unusable.push(error);
    const bus = openBus(readConfig(BaseConfig, env), { clientName: 'test', log, onUnusable });
    closing.push(() => bus.close());
    return { ...bus, lines, unusable };
  }

  async function connected(env: Env) {
    const bus = open(env);
    await eventually(() => expect(bus.connectedSince()).toBeDefined());
    return bus;
  }

  /** A process of a service that takes messages, and does with them what the test says. */
  async function aMember(
    env: Env,
    service: string,
    use: (message: BusMessage) => void | Promise<void> = (message) => message.ack(),
    { concurrency = 4, types = [type] }: { concurrency?: number; types?: string[] } = {},
  ) {
    const bus = await connected(env);
    const got: string[] = [];
    const deliver = async (message: BusMessage) => {
      got.push((JSON.parse(message.body) as { id: string }).id);
      await use(message);
    };
    bus.consume({ service, types, concurrency, deliver });
    return { ...bus, got };
  }

  const closeAll = async () => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  return { open, connected, aMember, closeAll };
}

/** Puts bytes where the events of `type` are, past our own driver. */
export async function publishBytes(env: Env, bytes: string): Promise<void> {
  const { EVENT_BUS, NATS_URL: url = '', NAMESPACE } = env;
  if (EVENT_BUS === 'jetstream') {
    const connection = await connectJetStream({ servers: url });
    await jetstream(connection).publish(`${NAMESPACE}.expiration.complete.x`, bytes);
    return connection.drain();
  }
  const stan = connectStreaming('ticketing', newId(), { url });
  await new Promise((resolve) => stan.once('connect', resolve));
  await new Promise((resolve) => stan.publish(`${NAMESPACE}.${type}`, bytes, resolve));
  stan.close();
}

export type Member = Bus & { got: string[] };
