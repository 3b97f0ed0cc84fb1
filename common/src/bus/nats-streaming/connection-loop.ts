// Keeps a connection to one of the servers, and the memberships of every consumer on it, until the bus is closed.

import { ConfigError } from '../../service/config.js';
import { backoff, pause } from '../backoff.js';
import type { BusOptions, Consumption, Listening } from '../bus.js';
import { adviceOn } from '../nats-servers.js';
import { channelOf } from './channel.js';
import { connectStan, type StanConnection } from './connection.js';
import type { InFlight } from './in-flight.js';

/** The parts that the functions of one bus share. */
export type StanState = {
  readonly options: BusOptions & Readonly<{ clusterId: string; ackWaitMs: number }>;
  /** the same for the life of this process, so that a new connection replaces the old one in its groups at once */
  readonly clientId: string;
  /** aborted by `stopConsuming` */
  readonly stopping: AbortController;
  /** aborted by `close` */
  readonly closing: AbortController;
  readonly consumers: Consumer[];
  readonly listenings: Listening[];
  /** of the current connection: leave one group each */
  leaveGroups: (() => Promise<void>)[];
  connection: StanConnection | undefined;
  connectedSince: number | undefined;
};

export type Consumer = Readonly<{ consumption: Consumption; inFlight: InFlight }>;

// A message that waits for a dependency keeps its place in the server's window until another process gets it. A window as
// small as the concurrency would let a few of them block the service.
const windowPerConcurrency = 10;

/** Messages of one type that the server delivers to a process before it waits for acknowledgements. */
export const windowOf = ({ concurrency }: Pick<Consumption, 'concurrency'>) =>
  concurrency * windowPerConcurrency;

const shortConnectionMs = 5_000;

/** Resolves after the bus is closed. */
export async function stayConnected(state: StanState): Promise<void> {
  const { options } = state;
  const { clusterId, log } = options;
  const { signal } = state.closing;
  const { urls } = options.servers;
  for (let tries = 1; !signal.aborted; tries += 1) {
    const url = urls[(tries - 1) % urls.length] ?? '';
    const begin = performance.now();
    try {
      const reason = await useConnection(state, url);
      if (!signal.aborted) log.warn({ err: reason }, 'bus disconnected');
    } catch (error) {
      if (error instanceof ConfigError) options.onUnusable(error);
      if (!signal.aborted) log.warn({ err: error, url, clusterId }, adviceOn(error));
    }
    if (state.connectedSince && performance.now() - begin > shortConnectionMs) tries = 1;
    state.connectedSince = state.connection = undefined;
    await pause(backoff(tries, 250, 5_000), signal);
  }
}

/** Opens one connection, joins the groups, and resolves with the reason when it ends. */
async function useConnection(state: StanState, url: string): Promise<Error> {
  const { options, clientId, closing } = state;
  const { clusterId, log } = options;
  const connection = await connectStan({
    ...options.servers,
    url,
    clusterId,
    clientId,
    signal: closing.signal,
  });
  state.connection = connection;
  state.leaveGroups = [];
  state.connectedSince = performance.now();
  log.info({ url, server: connection.info.version, clientId }, 'bus connected');
  // Consumers and listeners that are added from now on see the connection and join by themselves.
  const [consumers, listenings] = [[...state.consumers], [...state.listenings]];
  try {
    for (const consumer of consumers) await joinGroups(state, connection, consumer);
    for (const listening of listenings) await listen(state, connection, listening);
    return await connection.ended;
  } finally {
    await connection.close();
  }
}

/** Hears the channel of each event type. */
export async function listen(
  { options: { namespace } }: StanState,
  connection: StanConnection,
  { types, hear, missed }: Listening,
): Promise<void> {
  for (const type of types) await connection.hear(channelOf(namespace, type), hear);
  missed();
}

/** Joins the group of each event type of this consumer. */
export async function joinGroups(
  state: StanState,
  connection: StanConnection,
  { consumption, inFlight }: Consumer,
): Promise<void> {
  const { namespace, ackWaitMs } = state.options;
  const { service, types } = consumption;
  const name = `${namespace}-${service}-service`;
  const maxInFlight = windowOf(consumption);
  for (const type of types) {
    if (state.stopping.signal.aborted) return;
    const group = { channel: channelOf(namespace, type), name, ackWaitMs, maxInFlight };
    state.leaveGroups.push(await connection.join(group, inFlight.take));
  }
}
