// The bus on NATS Streaming: one channel per event type, one durable queue group per service.
//
// This server knows no "again later": what is not acknowledged comes again after `ackWait`, to any process of the service.
// It does not drop duplicates either, and cannot say what is pending. A lost connection is never mended: we open another
// one, as another client (the server may still hold the old one for alive), and subscribe anew.

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type Message, type Stan } from 'node-nats-streaming';
import { ConfigError } from '../config.js';
import { DependencyDown } from '../errors.js';
import type { Envelope } from '../events/event.js';
import { backoff, pause } from './backoff.js';
import { hostsOf, type Bus, type BusMessage, type BusOptions, type Consumption } from './bus.js';

type Options = BusOptions & Readonly<{ clusterId: string }>;

type Info = Readonly<{ server_id: string; version: string; jetstream?: boolean; cluster?: string }>;
/** What the library has but does not declare. */
type Inside = Readonly<{ nc?: { info?: Info } }>;
type Counted = Readonly<{ getRedeliveryCount(): number }>;

const connectTimeoutMs = 2_000;
const publishTimeoutMs = 3_000;
const pingEveryMs = 2_000;
const closeTimeoutMs = 1_000;
// Those that wait for their next try are held by us all the same.
const heldPerTurn = 10;

/** Opens the bus at once; it connects in the background and for ever. */
export function openNatsStreaming(options: Options): Bus {
  const { url, namespace, log, clusterId, ackWaitMs = 60_000 } = options;
  const channelOf = (type: string) => `${namespace}.${type}`;
  const stopping = new AbortController();
  const consumptions: ReturnType<typeof takeTurns>[] = [];
  let stan: Stan | undefined;
  let info: Info | undefined;
  let since: Date | undefined;

  const running = connectForEver();

  async function connectForEver(): Promise<void> {
    const servers = url.split(',');
    for (let [tries, turn] = [1, 0]; !stopping.signal.aborted; tries += 1, turn += 1) {
      const session = openSession(servers[turn % servers.length] ?? url);
      try {
        await session.connected;
        stan = session.stan;
        info = (stan as Stan & Inside).nc?.info;
        for (const consumption of consumptions) consumption.subscribe(session.stan);
        since = new Date();
        tries = 0;
        log.info({ url: hostsOf(url), clusterId, server: info?.version }, 'bus connected');
        await session.ended;
        if (!stopping.signal.aborted) log.warn('bus disconnected');
      } catch (error) {
        if (error instanceof ConfigError) options.onUnusable(error);
        log.warn({ err: error, url: hostsOf(url), clusterId }, 'bus not reachable yet');
      } finally {
        stan = undefined;
        since = undefined;
        await close(session.stan);
      }
      await pause(backoff(Math.max(tries, 1), 250, 5_000), stopping.signal);
    }
  }

  /** One life of a connection. Whatever the library reports, it ends once. */
  function openSession(server: string) {
    const client = connect(
      clusterId,
      `${hostname()}-${options.clientName}-${randomUUID()}`.replaceAll(/[^\w-]/g, '-'),
      {
        url: server,
        name: options.clientName,
        reconnect: false,
        connectTimeout: connectTimeoutMs,
        ackTimeout: publishTimeoutMs,
        stanPingInterval: pingEveryMs,
        stanMaxPingOut: 2,
      },
    );
    let reason: unknown;
    const ended = new Promise<void>((resolve) => {
      for (const event of ['close', 'connection_lost', 'disconnect', 'error', 'permission_error'])
        client.on(event, (error?: unknown) => {
          reason ??= error;
          resolve();
        });
      stopping.signal.addEventListener('abort', () => resolve());
    });
    const connected = Promise.race([
      new Promise<void>((resolve) => client.once('connect', () => resolve())),
      ended.then(() => {
        throw explained(client, reason);
      }),
    ]);
    connected.catch(() => undefined);
    return { stan: client, connected, ended };
  }

  // A server of the other kind takes the connection, and never answers what only NATS Streaming understands.
  function explained(client: Stan & Inside, reason: unknown): Error {
    const server = client.nc?.info;
    if (server?.jetstream === true)
      return new ConfigError(
        `at NATS_URL is nats-server ${server.version}, not NATS Streaming: set EVENT_BUS=jetstream, or start nats-streaming-server`,
      );
    if (server)
      return new Error(`no NATS Streaming answers to NATS_CLUSTER_ID ${clusterId}`, { cause: reason });
    return new DependencyDown('bus', { cause: reason });
  }

  async function publish(envelope: Envelope): Promise<void> {
    const client = stan;
    if (!client || !since) throw new DependencyDown('bus');
    try {
      await new Promise<void>((resolve, reject) => {
        client.publish(channelOf(envelope.type), JSON.stringify(envelope), (error) =>
          error ? reject(error) : resolve(),
        );
      });
    } catch (error) {
      throw new DependencyDown('bus', { cause: error });
    }
  }

  function consume(consumption: Consumption): void {
    const turns = takeTurns(consumption);
    consumptions.push(turns);
    if (stan) turns.subscribe(stan);
  }

  // The server is let to hand out more than is worked on at once, or a few messages that wait for their next try would
  // keep all others away.
  function takeTurns({ service, types, concurrency, deliver }: Consumption) {
    const durable = `${namespace}-${service}-service`;
    const inHand = new Map<string, Promise<void>>();
    const waiting: (() => void)[] = [];
    let working = 0;
    let stopped = false;

    function subscribe(client: Stan): void {
      for (const type of types) {
        const settings = client
          .subscriptionOptions()
          .setDeliverAllAvailable()
          .setDurableName(durable)
          .setManualAckMode(true)
          .setAckWait(ackWaitMs)
          .setMaxInFlight(concurrency * heldPerTurn);
        const subscription = client.subscribe(channelOf(type), durable, settings);
        for (const event of ['error', 'timeout'])
          subscription.on(event, (error: unknown) => {
            log.warn({ err: error, type }, 'not subscribed, connecting again');
            client.emit('connection_lost', error);
          });
        subscription.on('message', (message: Message & Counted) => take(type, message));
      }
    }

    // The same message again while it is still in hand, because that took longer than ackWait: the first one will do.
    function take(type: string, message: Message & Counted): void {
      const id = `${type} ${message.getSequence()}`;
      if (stopped || inHand.has(id)) return;
      const work = turn(message).finally(() => inHand.delete(id));
      inHand.set(id, work);
    }

    async function turn(message: Message & Counted): Promise<void> {
      if (working < concurrency) working += 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      if (stopped) return;
      await deliver(asBusMessage(message));
      // Whoever waits takes over the place.
      const next = waiting.shift();
      if (next) next();
      else working -= 1;
    }

    // What comes from now on is left alone. When the connection is closed the server gives it to others; `unsubscribe`
    // would delete the position of the whole service.
    async function stop(): Promise<void> {
      stopped = true;
      for (const go of waiting.splice(0)) go();
      await Promise.all(inHand.values());
    }

    return { subscribe, stop };
  }

  async function stopConsuming(): Promise<void> {
    await Promise.all(consumptions.map(({ stop }) => stop()));
  }

  return {
    connectedSince: () => since,
    serverId: () => (since && info?.cluster === undefined ? info?.server_id : undefined),
    publish,
    consume,
    caughtUp: () => Promise.resolve(since !== undefined),
    stopConsuming,
    async close() {
      await stopConsuming();
      stopping.abort();
      await running;
    },
  };
}

function asBusMessage(message: Message & Counted): BusMessage {
  return {
    body: message.getRawData().toString('utf8'),
    tries: message.getRedeliveryCount() + 1,
    storedAt: message.getTimestamp(),
    // Of a connection that is gone nothing can be acknowledged: it comes again.
    ack: () => quietly(() => message.ack()),
    retry: () => undefined,
    stillWorking: () => undefined,
  };
}

async function close(client: Stan): Promise<void> {
  const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
  quietly(() => client.close());
  await Promise.race([closed, delay(closeTimeoutMs, undefined, { ref: false })]);
}

function quietly(act: () => void): void {
  try {
    act();
  } catch {
    // The library throws when its connection is gone, which it reports in other ways too.
  }
}
