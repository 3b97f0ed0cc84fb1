// The bus on NATS Streaming: one channel per type of event, one durable queue group per service.
//
// It has no negative acknowledgement, no delay and no duplicate window. `retry` is silence: the message comes again when the
// ack wait is over, whatever delay was asked for. `stillWorking` is kept here, in this process only (in-hand.ts).

import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { ConfigError } from '../../service/config.js';
import { DependencyDown } from '../../errors.js';
import type { Envelope } from '../../events/event.js';
import { backoff, pause } from '../backoff.js';
import { hostsOf, type Bus, type BusOptions, type Consumption } from '../bus.js';
import { createInFlight, type InFlight } from './in-flight.js';
import { connectStan, type StanConnection } from './connection.js';

type Options = BusOptions & Readonly<{ clusterId: string }>;

type Work = Readonly<{ consumption: Consumption; inFlight: InFlight }>;

// Messages that wait for their next try keep their place at the server; with fewer places a few bad ones stop a service.
const inFlightPerHand = 10;
const shortLifeMs = 5_000;

/** Opens the bus at once; it connects in the background and for ever. */
export function openNatsStreaming(options: Options): Bus {
  const { clusterId, namespace, log, ackWaitMs = 60_000 } = options;
  const servers = options.url.split(',');
  // The same for the life of this process: a new connection takes the old one's place in the group at once.
  const clientId = [hostname(), namespace, options.clientName, randomBytes(5).toString('hex')]
    .join('_')
    .replaceAll(/[^\w-]/g, '-');
  const channelOf = (type: string) => `${namespace}.${type}`;
  const stopping = new AbortController();
  const consuming = new AbortController();
  const work: Work[] = [];
  let leave: (() => Promise<void>)[] = [];
  let connection: StanConnection | undefined;
  let since: Date | undefined;

  const running = connectForEver();

  async function connectForEver(): Promise<void> {
    for (let tries = 1; !stopping.signal.aborted; tries += 1) {
      const url = servers[(tries - 1) % servers.length] ?? options.url;
      const begin = Date.now();
      try {
        const why = await live(url);
        if (!stopping.signal.aborted) log.warn({ err: why }, 'bus disconnected');
      } catch (error) {
        if (error instanceof ConfigError) options.onUnusable(error);
        if (!stopping.signal.aborted)
          log.warn({ err: error, url: hostsOf(url), clusterId }, 'bus not reachable yet');
      }
      if (since && Date.now() - begin > shortLifeMs) tries = 1;
      since = connection = undefined;
      await pause(backoff(tries, 250, 5_000), stopping.signal);
    }
  }

  /** One connection, from its start to its end. */
  async function live(url: string): Promise<Error> {
    const current = await connectStan({ url, clusterId, clientId, signal: stopping.signal });
    connection = current;
    leave = [];
    since = new Date();
    log.info({ url: hostsOf(url), server: current.info.version, clientId }, 'bus connected');
    try {
      for (const each of [...work]) await join(current, each);
      return await current.ended;
    } finally {
      await current.close();
    }
  }

  async function join(current: StanConnection, { consumption, inFlight }: Work): Promise<void> {
    const { service, types, concurrency } = consumption;
    const group = {
      name: `${namespace}-${service}-service`,
      ackWaitMs,
      maxInFlight: concurrency * inFlightPerHand,
    };
    for (const type of types) {
      if (consuming.signal.aborted) return;
      leave.push(await current.join({ ...group, channel: channelOf(type) }, inFlight.take));
    }
  }

  async function publish(envelope: Envelope): Promise<void> {
    if (!connection || !since) throw new DependencyDown('bus');
    try {
      await connection.publish(channelOf(envelope.type), JSON.stringify(envelope));
    } catch (error) {
      throw new DependencyDown('bus', { cause: error });
    }
  }

  function consume(consumption: Consumption): void {
    const { concurrency, deliver } = consumption;
    const each = { consumption, inFlight: createInFlight({ concurrency, deliver, ackWaitMs }) };
    work.push(each);
    // Who cannot join has lost the connection, and the next one joins for everybody.
    if (connection)
      join(connection, each).catch((error: unknown) => log.warn({ err: error }, 'not joined yet'));
  }

  async function stopConsuming(): Promise<void> {
    consuming.abort();
    await Promise.all(work.map(({ inFlight }) => inFlight.finish()));
    // Not before: whoever has left cannot acknowledge any more.
    await Promise.all(leave.splice(0).map((each) => each()));
  }

  async function close(): Promise<void> {
    await stopConsuming();
    stopping.abort();
    await connection?.close();
    await running;
  }

  return {
    connectedSince: () => since,
    serverId: () =>
      since && connection?.info.cluster === undefined ? connection?.info.server_id : undefined,
    publish,
    consume,
    caughtUp: () => Promise.resolve(since !== undefined),
    stopConsuming,
    close,
  };
}
