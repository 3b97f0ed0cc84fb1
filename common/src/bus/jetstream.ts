// The bus on NATS JetStream: one stream per namespace, one durable pull consumer per service.

import { setTimeout as delay } from 'node:timers/promises';
import {
  AckPolicy,
  DeliverPolicy,
  jetstream,
  JetStreamApiError,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type ConsumerInfo,
  type ConsumerMessages,
  type JetStreamManager,
  type JsMsg,
} from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { ConfigError } from '../service/config.js';
import { DependencyDown } from '../errors.js';
import type { Envelope } from '../events/event.js';
import { backoff, pause } from './backoff.js';
import { hostsOf, type Bus, type BusMessage, type BusOptions, type Consumption } from './bus.js';

// Before it, retries could be taken for duplicates of messages that were never stored (nats-server #6415).
const oldestServer = '2.12.3';
const sevenDays = 7 * 24 * 3_600 * 1e9;
const publishTimeoutMs = 3_000;
const drainTimeoutMs = 1_000;

/** Opens the bus at once; it connects in the background and for ever. */
export function openJetStream(options: BusOptions & Readonly<{ replicas?: number }>): Bus {
  const { url, namespace, log, ackWaitMs = 30_000, replicas = 1 } = options;
  const stream = namespace.toUpperCase();
  const subjectOf = (type: string, subject: string) => `${namespace}.${type.replaceAll(':', '.')}.${subject}`;
  const stopping = new AbortController();
  const consuming = new AbortController();
  const loops: Promise<void>[] = [];
  const open: ConsumerMessages[] = [];
  let connection: NatsConnection | undefined;
  let since: Date | undefined;
  let durable: string | undefined;

  const connected = connectForEver();
  const stopped = new Promise<never>((_resolve, reject) => {
    consuming.signal.addEventListener('abort', () => reject(new Error('stopped')));
  });

  async function connectForEver(): Promise<NatsConnection> {
    for (let tries = 1; ; tries += 1) {
      try {
        connection = await connect({
          servers: url.split(','),
          name: options.clientName,
          maxReconnectAttempts: -1,
          reconnectTimeWait: 250,
          reconnectJitter: 250,
          timeout: 2_000,
          pingInterval: 5_000,
          maxPingOut: 2,
        });
        if (stopping.signal.aborted) {
          await connection.close();
          return connection;
        }
        assertUsable(connection);
        void watch(connection);
        await ensureStream(await jetstreamManager(connection, { checkAPI: false }));
        since = new Date();
        log.info({ url: hostsOf(url), server: connection.info?.version }, 'bus connected');
        return connection;
      } catch (error) {
        await connection?.close();
        connection = undefined;
        if (stopping.signal.aborted) throw new DependencyDown('bus', { cause: error });
        if (error instanceof ConfigError) options.onUnusable(error);
        const delayMs = backoff(tries, 250, 5_000);
        log.warn({ err: error, url: hostsOf(url), delayMs }, 'bus not reachable yet');
        await pause(delayMs, stopping.signal);
      }
    }
  }

  async function watch(nc: NatsConnection): Promise<void> {
    for await (const status of nc.status()) {
      if (status.type === 'disconnect') {
        since = undefined;
        log.warn('bus disconnected');
      } else if (status.type === 'reconnect') {
        // Whatever they wait for may not exist any more, and their answers are for the old server: they begin anew.
        for (const messages of open) messages.stop();
        void welcome(nc);
      } else if (status.type === 'error') {
        log.warn({ err: status.error }, 'bus error');
      }
    }
  }

  // Nothing is published before the stream is confirmed: see `removeConsumersAhead`.
  async function welcome(nc: NatsConnection): Promise<void> {
    const server = nc.info?.server_id;
    const stillThere = () => nc.info?.server_id === server && !stopping.signal.aborted;
    for (let tries = 1; stillThere(); tries += 1) {
      try {
        await ensureStream(await jetstreamManager(nc, { checkAPI: false }));
        since = new Date();
        log.info({ version: nc.info?.version }, 'bus connected again');
        return;
      } catch (error) {
        log.warn({ err: error }, 'stream not confirmed yet');
        await pause(backoff(tries, 100, 5_000), stopping.signal);
      }
    }
  }

  async function ensureStream(manager: JetStreamManager): Promise<void> {
    const wanted = {
      name: stream,
      subjects: [`${namespace}.>`],
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      max_age: sevenDays,
      num_replicas: replicas,
      duplicate_window: 120 * 1e9,
    };
    const present = await unlessMissing(manager.streams.info(stream));
    if (!present) {
      await manager.streams.add(wanted);
      log.info({ stream, replicas }, 'stream created');
      return;
    }
    // Never fewer: a process that was not told would take the copies away.
    if (present.config.num_replicas < replicas) {
      await manager.streams.update(stream, { num_replicas: replicas });
      log.info({ stream, replicas, before: present.config.num_replicas }, 'stream copied to other servers');
    }
    await removeConsumersAhead(manager);
  }

  // A server that lost the tail of its stream gives the same sequence numbers again, and a consumer that is ahead of them
  // skips as many new messages in silence (nats-server #5412). So whoever connects removes such consumers, of all services,
  // before it publishes anything; each makes its own anew, from the first message.
  async function removeConsumersAhead(manager: JetStreamManager): Promise<void> {
    const consumers: ConsumerInfo[] = [];
    for await (const consumer of manager.consumers.list(stream)) consumers.push(consumer);
    // Asked after them: the stream goes on meanwhile, and so do they.
    const { state } = await manager.streams.info(stream);
    for (const { name, delivered } of consumers) {
      if (delivered.stream_seq <= state.last_seq) continue;
      log.error(
        { consumer: name, at: delivered.stream_seq, lastStored: state.last_seq, alarm: true },
        'consumer removed: the stream lost its tail',
      );
      await manager.consumers.delete(stream, name);
    }
  }

  async function publish(envelope: Envelope): Promise<void> {
    if (!connection || !since) throw new DependencyDown('bus');
    try {
      await jetstream(connection).publish(
        subjectOf(envelope.type, envelope.subject),
        JSON.stringify(envelope),
        { msgID: envelope.id, timeout: publishTimeoutMs, retries: 0 },
      );
    } catch (error) {
      throw new DependencyDown('bus', { cause: error });
    }
  }

  function consume(consumption: Consumption): void {
    durable = `${namespace}-${consumption.service}`;
    loops.push(consumeForEver(consumption, durable));
  }

  async function consumeForEver(consumption: Consumption, name: string): Promise<void> {
    const inFlight = new Set<Promise<void>>();
    for (let tries = 1; !consuming.signal.aborted; tries += 1) {
      try {
        const nc = await Promise.race([connected, stopped]);
        const manager = await jetstreamManager(nc, { checkAPI: false });
        await ensureStream(manager);
        await ensureConsumer(manager, consumption, name);
        if (await pull(nc, consumption, name, inFlight)) tries = 1;
        throw new Error('the pull has ended');
      } catch (error) {
        if (consuming.signal.aborted) break;
        const delayMs = backoff(tries, 100, 5_000);
        log.warn({ err: error, delayMs }, 'consumer stopped, starting again');
        await pause(delayMs, consuming.signal);
      }
    }
    await Promise.all(inFlight);
  }

  async function ensureConsumer(
    manager: JetStreamManager,
    { types }: Consumption,
    name: string,
  ): Promise<void> {
    const settings = {
      filter_subjects: types.map((type) => subjectOf(type, '*')),
      ack_wait: ackWaitMs * 1e6,
      max_deliver: -1,
      max_ack_pending: 1_000,
    };
    if (await unlessMissing(manager.consumers.info(stream, name))) {
      await manager.consumers.update(stream, name, settings);
      return;
    }
    await manager.consumers.add(stream, {
      durable_name: name,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      ...settings,
    });
  }

  /**
   * Takes messages until the server ends that, or is another one, or we stop; what is in hand then goes on. Were there any?
   */
  async function pull(
    nc: NatsConnection,
    consumption: Consumption,
    name: string,
    inFlight: Set<Promise<void>>,
  ): Promise<boolean> {
    const server = nc.info?.server_id;
    const isSameServer = () => nc.info?.server_id === server;
    let any = false;
    const consumer = await jetstream(nc).consumers.get(stream, name);
    const messages = await consumer.consume({
      max_messages: consumption.concurrency,
      idle_heartbeat: 5_000,
    });
    open.push(messages);
    if (consuming.signal.aborted || !isSameServer()) messages.stop();
    void watchHealth(messages);
    for await (const message of messages) {
      any = true;
      if (consuming.signal.aborted) {
        message.nak();
        continue;
      }
      const work = consumption
        .deliver(asBusMessage(message, isSameServer))
        .finally(() => inFlight.delete(work));
      inFlight.add(work);
      if (inFlight.size >= consumption.concurrency) await Promise.race(inFlight);
    }
    open.splice(open.indexOf(messages), 1);
    return any;
  }

  // A consumer that was deleted, or a server that lost its data, ends the pull; the loop above starts anew.
  async function watchHealth(messages: ConsumerMessages): Promise<void> {
    for await (const status of messages.status()) {
      if (
        ['consumer_deleted', 'consumer_not_found', 'stream_not_found', 'heartbeats_missed'].includes(
          status.type,
        )
      ) {
        log.warn({ status: status.type }, 'consumer lost');
        messages.stop();
      }
    }
  }

  async function caughtUp(type: string, timeoutMs: number): Promise<boolean> {
    if (!connection || !since || durable === undefined) return false;
    try {
      const manager = await jetstreamManager(connection, { checkAPI: false });
      const last = await manager.streams.getMessage(stream, { last_by_subj: subjectOf(type, '*') });
      if (!last) return true;
      for (const end = Date.now() + timeoutMs; ;) {
        const {
          ack_floor: floor,
          num_pending: pending,
          num_ack_pending: inFlight,
        } = await manager.consumers.info(stream, durable);
        if (floor.stream_seq >= last.seq || (pending === 0 && inFlight === 0)) return true;
        if (Date.now() >= end || stopping.signal.aborted) return false;
        await pause(50, stopping.signal);
      }
    } catch (error) {
      log.warn({ err: error }, 'bus cannot tell what is pending');
      return false;
    }
  }

  async function stopConsuming(): Promise<void> {
    consuming.abort();
    for (const messages of open) messages.stop();
    await Promise.all(loops);
  }

  async function close(): Promise<void> {
    stopping.abort();
    await stopConsuming();
    since = undefined;
    // Draining waits for an answer, for ever if the connection is lost meanwhile.
    const flushed = connection?.drain().catch(() => undefined);
    await Promise.race([flushed, delay(drainTimeoutMs, undefined, { ref: false })]);
    await connection?.close();
  }

  const serverId = () =>
    since && connection?.info?.cluster === undefined ? connection?.info?.server_id : undefined;

  for (const promise of [connected, stopped]) promise.catch(() => undefined);
  return { connectedSince: () => since, serverId, publish, consume, caughtUp, stopConsuming, close };
}

// A server that was restarted may have been wiped and count from 1 again: an answer to the old message of a number would be
// taken for one to the new. Unanswered, a message comes again.
function asBusMessage(message: JsMsg, isSameServer: () => boolean): BusMessage {
  const answer = (give: () => void) => () => void (isSameServer() && give());
  return {
    body: message.string(),
    tries: message.info.deliveryCount,
    storedAt: new Date(Number(message.timestampNanos / 1_000_000n)),
    ack: answer(() => message.ack()),
    retry: (delayMs) => answer(() => message.nak(delayMs))(),
    stillWorking: answer(() => message.working()),
  };
}

function assertUsable({ info }: NatsConnection): void {
  if (info && olderThan(info.version, oldestServer))
    throw new ConfigError(
      `nats-server ${info.version} at NATS_URL is too old: install ${oldestServer} or newer, or set EVENT_BUS=nats-streaming if this is a NATS Streaming server`,
    );
  if (!info || info.jetstream === true) return;
  // One server of a cluster may have had to shut it down; another has it.
  if (info.cluster) throw new Error(`JetStream is off on ${info.server_name}`);
  throw new ConfigError(
    'nats-server at NATS_URL runs without JetStream: start it with -js and a store directory',
  );
}

/** Compares dotted version numbers; anything after a dash is ignored. */
export function olderThan(version: string, floor: string): boolean {
  const parts = (text: string) => text.split('-')[0]?.split('.').map(Number) ?? [];
  const [a, b] = [parts(version), parts(floor)];
  const at = [0, 1, 2].find((index) => (a[index] ?? 0) !== (b[index] ?? 0));
  return at !== undefined && (a[at] ?? 0) < (b[at] ?? 0);
}

async function unlessMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.status === 404) return undefined;
    throw error;
  }
}
