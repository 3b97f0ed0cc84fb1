// The bus on NATS JetStream: one stream per namespace, one durable pull consumer per service.

import type { JetStreamManager } from '@nats-io/jetstream';
import { setTimeout as delay } from 'node:timers/promises';
import { DependencyDown } from '../../errors.js';
import { pause } from '../backoff.js';
import type { BusOptions } from '../bus.js';
import type { Driver } from '../refusals.js';
import { connectForever, type JetStreamState } from './connection.js';
import { consumeForever, maxAckPending } from './consumer-loop.js';
import { erase } from './erase.js';
import { durableOf } from '../permissions.js';
import { createListener, subscribe } from './listen.js';
import { publish } from './publish.js';
import { managerOf, streamName, subjectOf, type StreamLimits } from './stream.js';

const drainTimeoutMs = 1_000;

/** Returns the bus at once; it connects in the background and keeps trying. */
export function openJetStream(options: BusOptions & Readonly<{ limits: StreamLimits }>): Driver {
  const { ackWaitMs = 30_000 } = options;
  const state: JetStreamState = {
    options: { ...options, ackWaitMs },
    stopping: new AbortController(),
    closing: new AbortController(),
    pulls: new Set(),
    listeners: [],
    nats: undefined,
    connectedSince: undefined,
    durable: undefined,
  };
  const loops: Promise<void>[] = [];
  const connected = connectForever(state);
  connected.catch(() => undefined);

  async function stopConsuming(): Promise<void> {
    state.stopping.abort();
    for (const messages of state.pulls) messages.stop();
    await Promise.all(loops);
  }

  return {
    connectedSince: () => state.connectedSince,
    serverId: () => serverIdOf(state),
    publish: (envelope) => publish(state, envelope),
    consume(consumption) {
      state.durable = durableOf(options.namespace, consumption.service);
      loops.push(consumeForever(state, connected, consumption, state.durable));
    },
    listen(listening) {
      const listener = createListener(listening);
      state.listeners.push(listener);
      connected.then((nats) => subscribe(nats, listener, options)).catch(() => undefined);
    },
    caughtUp: (type, timeoutMs) => caughtUp(state, type, timeoutMs),
    hasStored: (type, subject) => hasStored(state, type, subject),
    window: () => window(state),
    stored: () => stored(state),
    erase: (types, subject) => erase(state, types, subject),
    stopConsuming,
    async close() {
      state.closing.abort();
      await stopConsuming();
      await disconnect(state);
    },
  };
}

function serverIdOf({ connectedSince, nats }: JetStreamState): string | undefined {
  return connectedSince && nats?.info?.cluster === undefined ? nats?.info?.server_id : undefined;
}

const lastStored = (manager: JetStreamManager, namespace: string, type: string, subject: string) =>
  manager.streams.getMessage(streamName(namespace), { last_by_subj: subjectOf(namespace, type, subject) });

async function caughtUp(state: JetStreamState, type: string, timeoutMs: number): Promise<boolean> {
  const { options, nats, connectedSince, durable, closing } = state;
  if (!nats || !connectedSince || durable === undefined) return false;
  const stream = streamName(options.namespace);
  try {
    const manager = await managerOf(nats);
    const last = await lastStored(manager, options.namespace, type, '*');
    if (!last) return true;
    for (const end = performance.now() + timeoutMs; ;) {
      const {
        ack_floor: floor,
        num_pending: pending,
        num_ack_pending: inFlight,
      } = await manager.consumers.info(stream, durable);
      if (floor.stream_seq >= last.seq || (pending === 0 && inFlight === 0)) return true;
      if (performance.now() >= end || closing.signal.aborted) return false;
      await pause(50, closing.signal);
    }
  } catch (error) {
    options.log.warn({ err: error }, 'bus did not report the pending messages');
    return false;
  }
}

async function hasStored({ options, nats, connectedSince }: JetStreamState, type: string, subject: string) {
  if (!nats || !connectedSince) throw new DependencyDown('bus');
  try {
    return (await lastStored(await managerOf(nats), options.namespace, type, subject)) !== null;
  } catch (error) {
    throw new DependencyDown('bus', { cause: error });
  }
}

async function window({ options, nats, connectedSince, durable }: JetStreamState) {
  if (!nats || !connectedSince || durable === undefined) return undefined;
  try {
    const manager = await managerOf(nats);
    const { num_ack_pending: used, num_pending: waiting } = await manager.consumers.info(
      streamName(options.namespace),
      durable,
    );
    return { used, limit: maxAckPending, waiting };
  } catch (error) {
    options.log.debug({ err: error }, 'bus did not report the unacknowledged messages');
    return undefined;
  }
}

async function stored({ options, nats, connectedSince }: JetStreamState) {
  if (!nats || !connectedSince) return undefined;
  try {
    const manager = await managerOf(nats);
    const { config, state } = await manager.streams.info(streamName(options.namespace));
    return { bytes: state.bytes, ...(config.max_bytes > 0 && { limit: config.max_bytes }) };
  } catch (error) {
    options.log.debug({ err: error }, 'bus did not report the stored messages');
    return undefined;
  }
}

async function disconnect(state: JetStreamState): Promise<void> {
  state.connectedSince = undefined;
  // Draining waits for the server's answer, which never arrives if the connection is lost meanwhile.
  const drained = state.nats?.drain().catch(() => undefined);
  await Promise.race([drained, delay(drainTimeoutMs, undefined, { ref: false })]);
  await state.nats?.close();
}
