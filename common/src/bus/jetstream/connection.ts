// The connection. The client library reconnects by itself; the bus counts as connected once the stream is confirmed.

import type { ConsumerMessages } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { DependencyDown } from '../../errors.js';
import { ConfigError } from '../../service/config.js';
import { backoff, pause } from '../backoff.js';
import type { BusOptions } from '../bus.js';
import { adviceOn } from '../nats-servers.js';
import { olderThan } from '../server-version.js';
import { inboxOf } from '../permissions.js';
import { subscribe, type Listener } from './listen.js';
import { ensureStream, managerOf, type StreamOptions } from './stream.js';

/** The parts that the functions of one bus share. */
export type JetStreamState = {
  readonly options: BusOptions & StreamOptions & Readonly<{ ackWaitMs: number }>;
  /** aborted by `stopConsuming` */
  readonly stopping: AbortController;
  /** aborted by `close` */
  readonly closing: AbortController;
  /** open pulls; a reconnect ends them */
  readonly pulls: Set<ConsumerMessages>;
  readonly listeners: Listener[];
  nats: NatsConnection | undefined;
  /** undefined until the stream is confirmed, and again after a disconnect */
  connectedSince: number | undefined;
  /** name of the durable consumer */
  durable: string | undefined;
};

// Older servers may take a retry for a duplicate of a message that was never stored (nats-server #6415).
const oldestServer = '2.12.3';
// Older servers keep a consumer that is ahead of its stream, and no user may remove the consumers of others.
const oldestServerWithUsers = '2.15.2';

/**
 * Resolves with the first usable connection.
 * @throws DependencyDown when the bus is closed before that
 */
export async function connectForever(state: JetStreamState): Promise<NatsConnection> {
  const { options, closing } = state;
  const { servers, log } = options;
  for (let tries = 1; ; tries += 1) {
    try {
      const nats = await connectOnce(options);
      state.nats = nats;
      if (closing.signal.aborted) {
        await nats.close();
        return nats;
      }
      assertUsable(nats, options);
      void watchConnection(state, nats);
      await ensureStream(await managerOf(nats), options);
      state.connectedSince = performance.now();
      log.info({ url: servers.urls.join(), server: nats.info?.version }, 'bus connected');
      return nats;
    } catch (error) {
      await state.nats?.close();
      state.nats = undefined;
      state.connectedSince = undefined;
      if (closing.signal.aborted) throw new DependencyDown('bus', { cause: error });
      if (error instanceof ConfigError) options.onUnusable(error);
      const delayMs = backoff(tries, 250, 5_000);
      log.warn({ err: error, url: servers.urls.join(), delayMs }, adviceOn(error));
      await pause(delayMs, closing.signal);
    }
  }
}

function connectOnce({ servers, clientName }: BusOptions): Promise<NatsConnection> {
  return connect({
    servers: [...servers.urls],
    ...servers.credentials,
    ...(servers.tls && { tls: servers.tls }),
    name: clientName,
    // With traces, each publish creates two errors with their stacks.
    noAsyncTraces: true,
    // A service may read the answers to its own requests only.
    inboxPrefix: inboxOf(clientName),
    // The operator may correct the password on the server.
    ignoreAuthErrorAbort: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    timeout: 2_000,
    pingInterval: 5_000,
    maxPingOut: 2,
  });
}

async function watchConnection(state: JetStreamState, nats: NatsConnection): Promise<void> {
  const { log } = state.options;
  for await (const status of nats.status()) {
    if (status.type === 'disconnect') {
      state.connectedSince = undefined;
      log.warn('bus disconnected');
    } else if (status.type === 'reconnect') {
      // The open pulls belong to the old server, and their messages may be gone. Each consumer starts a new pull.
      for (const messages of state.pulls) messages.stop();
      for (const listener of state.listeners) void subscribe(nats, listener, state.options);
      void confirmStream(state, nats);
    } else if (status.type === 'error') {
      log.warn({ err: status.error }, 'bus error');
    }
  }
}

// Publishing starts again only after the stream is confirmed: see `removeConsumersAhead`.
async function confirmStream(state: JetStreamState, nats: NatsConnection): Promise<void> {
  const { options, closing } = state;
  const server = nats.info?.server_id;
  const isCurrent = () => state.nats === nats && nats.info?.server_id === server && !closing.signal.aborted;
  for (let tries = 1; isCurrent(); tries += 1) {
    try {
      await ensureStream(await managerOf(nats), options);
      state.connectedSince = performance.now();
      options.log.info({ version: nats.info?.version }, 'bus connected again');
      return;
    } catch (error) {
      options.log.warn({ err: error }, 'stream not confirmed yet');
      await pause(backoff(tries, 100, 5_000), closing.signal);
    }
  }
}

function assertUsable({ info }: NatsConnection, { servers }: BusOptions): void {
  const floor = servers.credentials ? oldestServerWithUsers : oldestServer;
  if (info && olderThan(info.version, floor))
    throw new ConfigError(
      `nats-server ${info.version} at NATS_URL is too old: install ${floor} or newer, or set EVENT_BUS=nats-streaming if this is a NATS Streaming server`,
    );
  if (!info || info.jetstream === true) return;
  // One server of a cluster may have shut its JetStream down while the others still serve it.
  if (info.cluster) throw new Error(`JetStream is off on ${info.server_name}`);
  throw new ConfigError(
    'nats-server at NATS_URL runs without JetStream: start it with -js and a store directory',
  );
}
