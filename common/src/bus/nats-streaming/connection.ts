// One connection to a NATS Streaming server, from connect until it breaks. The connection loop then opens the next one.

import { setTimeout as delay } from 'node:timers/promises';
import type { Listening } from '../bus.js';
import { ConfigError } from '../../service/config.js';
import { olderThan } from '../server-version.js';
import { openClient, toError, type ServerInfo, type StanClient, type StanTarget } from './client.js';
import type { Delivery } from './in-flight.js';
import { hearChannel } from './hear-channel.js';
import { joinQueueGroup, type QueueGroup } from './queue-group.js';

type Target = StanTarget & Readonly<{ signal: AbortSignal }>;

export type StanConnection = Readonly<{
  /** what the embedded NATS server reports about itself */
  info: ServerInfo;
  /** resolves with the reason when the connection can no longer be used */
  ended: Promise<Error>;
  /** @throws Error when the server did not confirm that the message is stored */
  publish(channel: string, body: string): Promise<void>;
  /** Joins a durable queue group. The returned function leaves it; the group keeps its position. */
  join(group: QueueGroup, take: (delivery: Delivery) => void): Promise<() => Promise<void>>;
  /** Hears every message of a channel from now on. */
  hear(channel: string, hear: Listening['hear']): Promise<void>;
  close(): Promise<void>;
}>;

// The embedded nats-server of NATS Streaming 0.25.6, the last release.
const oldestServer = '2.9.24';
const connectTimeoutMs = 5_000;
const closeTimeoutMs = 1_000;
/** bytes that the library adds to a message, at most */
const protocolOverhead = 1_024;

/**
 * Resolves when the server has accepted this client.
 * @throws ConfigError when the server can never be used, Error when it did not answer
 */
export async function connectStan({ signal, ...target }: Target): Promise<StanConnection> {
  const { clusterId } = target;
  const client = openClient(target);
  const failure = await failureToConnect(client, signal);
  const { info } = client.nats;
  if (failure) {
    client.end(failure);
    throw unusable(info, clusterId) ?? failure;
  }
  if (!info || !client.hasPing() || olderThan(info.version, oldestServer)) {
    client.end(new Error('too old'));
    throw new ConfigError(
      `the NATS Streaming server at NATS_URL is too old (its nats-server is ${info?.version}): install nats-streaming-server 0.25.6`,
    );
  }
  return {
    info,
    ended: client.ended,
    publish: (channel, body) => publish(client, info, channel, body),
    join: (group, take) => joinQueueGroup(client, group, take),
    hear: (channel, hear) => hearChannel(client, channel, hear),
    close: () => close(client),
  };
}

/** Resolves with undefined once connected, or with the reason why not. */
async function failureToConnect(
  { stan, ended }: StanClient,
  signal: AbortSignal,
): Promise<Error | undefined> {
  const connected = new Promise<undefined>((resolve) => stan.once('connect', () => resolve(undefined)));
  const settled = new AbortController();
  const timedOut = errorAfter(connectTimeoutMs, AbortSignal.any([signal, settled.signal]));
  const failure = await Promise.race([connected, ended, timedOut]);
  settled.abort();
  return failure;
}

async function errorAfter(milliseconds: number, signal: AbortSignal): Promise<Error> {
  const reason = await delay(milliseconds, 'timed out', { signal, ref: false }).catch(() => 'stopped');
  return new Error(reason);
}

// A server that still reads its store, or has another cluster id, does not answer either. The connection loop retries.
function unusable(info: ServerInfo | undefined, clusterId: string): ConfigError | undefined {
  if (!info || (!info.jetstream && olderThan(info.version, '2.10.0'))) return undefined;
  return new ConfigError(
    `nats-server ${info.version} at NATS_URL has no NATS Streaming with the cluster id ${clusterId}: ` +
      'set EVENT_BUS=jetstream, or give the URL of a nats-streaming-server',
  );
}

function publish({ stan }: StanClient, info: ServerInfo, channel: string, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // The server answers an oversized message by closing this connection, which every publish in this process shares.
    if (Buffer.byteLength(body) > info.max_payload - protocolOverhead)
      throw new Error(`the message is larger than the server accepts (${info.max_payload} bytes)`);
    stan.publish(channel, body, (error: unknown) => {
      if (error === undefined) resolve();
      else reject(toError(error));
    });
  });
}

async function close({ stan, nats, ended, end }: StanClient): Promise<void> {
  if (nats.connected) {
    stan.close();
    await Promise.race([ended, delay(closeTimeoutMs, undefined, { ref: false })]);
  }
  end(new Error('closed'));
}
