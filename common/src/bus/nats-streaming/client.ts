// One client of node-nats-streaming. It corrects two faults of the library:
// - When a connection breaks, the library reports every pending publish as stored. `end` fails them before that.
// - An `error` event without a listener, or a timer left running, ends the process. `end` prevents both.

import type { EventEmitter } from 'node:events';
import { connect, type Stan } from 'node-nats-streaming';
import type { NatsServers } from '../nats-servers.js';

export type StanClient = Readonly<{
  stan: Stan;
  nats: NatsClient;
  /** resolves with the reason when the connection can no longer be used */
  ended: Promise<Error>;
  /** Ends the connection, once, and fails every pending publish with this reason. */
  end(reason: Error): void;
  /** whether the server answers client pings; old servers do not */
  hasPing(): boolean;
}>;

export type ServerInfo = Readonly<{
  server_id: string;
  version: string;
  max_payload: number;
  jetstream?: boolean;
  cluster?: string;
}>;

type NatsClient = EventEmitter & { info?: ServerInfo; connected: boolean; close(): void };

// Members that the library has but does not declare.
type Undeclared = Readonly<{
  nc: NatsClient;
  pingRequests?: string;
  cleanupOnClose(error: Error): void;
}>;

export type StanTarget = Readonly<{ url: string; clusterId: string; clientId: string }> &
  Partial<Pick<NatsServers, 'credentials' | 'tls'>>;

const answerTimeoutMs = 2_000;
const publishTimeoutMs = 3_000;

/** Starts to connect; the `connect` event of `stan` or `ended` tells the result. */
export function openClient({ url, clusterId, clientId, credentials, tls }: StanTarget): StanClient {
  const stan = connect(clusterId, clientId, {
    url,
    ...credentials,
    // The library does not name the host whose certificate it expects.
    ...(tls && { tls: { ...tls, host: new URL(url).hostname } as object }),
    name: clientId,
    reconnect: false,
    connectTimeout: answerTimeoutMs,
    ackTimeout: publishTimeoutMs,
    stanPingInterval: 5_000,
    stanMaxPingOut: 2,
  });
  const undeclared = stan as unknown as Undeclared;
  const nats = undeclared.nc;
  let resolveEnded: (reason: Error) => void = () => undefined;
  const ended = new Promise<Error>((resolve) => (resolveEnded = resolve));
  let isOver = false;

  function end(reason: Error): void {
    if (isOver) return;
    isOver = true;
    resolveEnded(reason);
    // The library's own clean-up on close passes no error, and pending publishes would look confirmed.
    undeclared.cleanupOnClose(reason);
    nats.close();
    nats.on('error', () => undefined);
  }

  for (const event of ['error', 'connection_lost', 'disconnect', 'close'])
    stan.on(event, (reason: unknown) => end(toError(reason ?? event)));
  return { stan, nats, ended, end, hasPing: () => Boolean(undeclared.pingRequests) };
}

export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
