// One connection to a NATS Streaming server, until it breaks; whoever wants to go on opens the next one.
//
// node-nats-streaming speaks in events, and some of them say something else than what happened:
// - when a connection breaks, every publish under way is called back as if it were stored;
// - an `error` that nobody listens to, and a timer that was left running, end the process;
// - an acknowledgement goes nowhere when its subscription is closed, and throws when its connection is.
// All of that stays in this file.

import type { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type Message } from 'node-nats-streaming';
import { ConfigError } from '../../service/config.js';
import type { Delivery } from './in-flight.js';
import { olderThan } from '../jetstream.js';

type Target = Readonly<{ url: string; clusterId: string; clientId: string; signal: AbortSignal }>;

type Group = Readonly<{ channel: string; name: string; ackWaitMs: number; maxInFlight: number }>;

export type StanConnection = Readonly<{
  /** as the NATS server inside says of itself */
  info: ServerInfo;
  /** resolves when the connection is of no use any more, with why */
  ended: Promise<Error>;
  /** @throws Error when the server did not say that it is stored */
  publish(channel: string, body: string): Promise<void>;
  /** Joins a durable group; the result leaves it, and the group keeps its position. */
  join(group: Group, take: (delivery: Delivery) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}>;

type ServerInfo = Readonly<{
  server_id: string;
  version: string;
  max_payload: number;
  jetstream?: boolean;
  cluster?: string;
}>;

// What the library has and does not declare.
type Inside = Readonly<{
  nc: EventEmitter & { info?: ServerInfo; connected: boolean; close(): void };
  pingRequests?: string;
  cleanupOnClose(error: Error): void;
}>;
type Counted = Message & { getRedeliveryCount(): number };

// NATS Streaming 0.25.6, the last one, stands on this.
const oldestServer = '2.9.24';
const connectTimeoutMs = 5_000;
const answerTimeoutMs = 2_000;
const publishTimeoutMs = 3_000;
const closeTimeoutMs = 1_000;
const envelopeOfTheLibrary = 1_024;

/**
 * Resolves when the server has taken us as its client.
 * @throws ConfigError when it never will
 */
export async function connectStan({ url, clusterId, clientId, signal }: Target): Promise<StanConnection> {
  const stan = connect(clusterId, clientId, {
    url,
    name: clientId,
    reconnect: false,
    connectTimeout: answerTimeoutMs,
    ackTimeout: publishTimeoutMs,
    stanPingInterval: 5_000,
    stanMaxPingOut: 2,
  });
  const inside = stan as unknown as Inside;
  const { nc } = inside;

  let give: (why: Error) => void = () => undefined;
  const ended = new Promise<Error>((resolve) => (give = resolve));
  for (const event of ['error', 'connection_lost', 'disconnect', 'close'])
    stan.on(event, (why: unknown) => end(asError(why ?? event)));

  let over = false;
  function end(why: Error): void {
    if (over) return;
    over = true;
    give(why);
    // Before the library does it by itself, and then without an error.
    inside.cleanupOnClose(why);
    nc.close();
    nc.on('error', () => undefined);
  }

  const connected = new Promise<undefined>((resolve) => stan.once('connect', () => resolve(undefined)));
  const waited = new AbortController();
  const late = failAfter(connectTimeoutMs, AbortSignal.any([signal, waited.signal]));
  const broken = await Promise.race([connected, ended, late]);
  waited.abort();
  if (broken) {
    end(broken);
    throw unusable(nc.info, clusterId) ?? broken;
  }
  const info = nc.info;
  if (!info || !inside.pingRequests || olderThan(info.version, oldestServer)) {
    end(new Error('too old'));
    throw new ConfigError(
      `the NATS Streaming server at NATS_URL is too old (it stands on nats-server ${info?.version}): install nats-streaming-server 0.25.6`,
    );
  }

  const publish = (channel: string, body: string) =>
    new Promise<void>((resolve, reject) => {
      // The server would answer by closing the connection of everybody here.
      if (Buffer.byteLength(body) > info.max_payload - envelopeOfTheLibrary)
        throw new Error(`larger than what the server takes (${info.max_payload} bytes)`);
      stan.publish(channel, body, (error: unknown) => {
        if (error === undefined) resolve();
        else reject(asError(error));
      });
    });

  async function join(
    { channel, name, ackWaitMs, maxInFlight }: Group,
    take: (delivery: Delivery) => void,
  ): Promise<() => Promise<void>> {
    const options = stan
      .subscriptionOptions()
      .setDeliverAllAvailable()
      .setDurableName(name)
      .setManualAckMode(true)
      .setMaxInFlight(maxInFlight)
      .setAckWait(Math.ceil(ackWaitMs / 1_000) * 1_000);
    const subscription = stan.subscribe(channel, name, options);
    for (const event of ['error', 'timeout'])
      subscription.on(event, (why: unknown) => end(asError(why ?? event)));
    subscription.on('message', (message: Counted) => take(deliveryOf(message, () => nc.connected)));
    const joined = new Promise<undefined>((resolve) => subscription.once('ready', () => resolve(undefined)));
    const failed = await Promise.race([joined, ended]);
    if (failed) throw failed;
    return async () => {
      if (!nc.connected) return;
      const left = new Promise<void>((resolve) => void subscription.once('closed', resolve));
      subscription.close();
      await Promise.race([left, ended]);
    };
  }

  async function close(): Promise<void> {
    if (nc.connected) {
      stan.close();
      await Promise.race([ended, delay(closeTimeoutMs, undefined, { ref: false })]);
    }
    end(new Error('closed'));
  }

  return { info, ended, publish, join, close };
}

function deliveryOf(message: Counted, connected: () => boolean): Delivery {
  const storedAt = message.getTimestamp();
  return {
    // A store that was wiped counts from 1 again: without the time, an old message would be taken for a new one.
    key: `${message.getSubject()} ${message.getSequence()} ${storedAt.getTime()}`,
    body: message.getRawData().toString(),
    redeliveries: message.getRedeliveryCount(),
    storedAt,
    arrivedAt: Date.now(),
    ack: () => void (connected() && message.ack()),
  };
}

async function failAfter(milliseconds: number, signal: AbortSignal): Promise<Error> {
  const why = await delay(milliseconds, 'timed out', { signal, ref: false }).catch(() => 'stopped');
  return new Error(why);
}

// A server that is still reading its store, or that has another cluster id, is silent as well: those are waited for.
function unusable(info: ServerInfo | undefined, clusterId: string): ConfigError | undefined {
  if (!info || (!info.jetstream && olderThan(info.version, '2.10.0'))) return undefined;
  return new ConfigError(
    `nats-server ${info.version} at NATS_URL has no NATS Streaming with the cluster id ${clusterId}: ` +
      'set EVENT_BUS=jetstream, or give the URL of a nats-streaming-server',
  );
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
