// The bus on NATS Streaming: one channel per event type, one durable queue group per service.
//
// The server has no negative acknowledgement, no delay and no duplicate window. `retry` does nothing: the message comes
// again when its ack wait is over, whatever the delay. `stillWorking` does nothing either: in-flight.ts recognizes a
// redelivery of a message that this process still handles.

import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { DependencyDown } from '../../errors.js';
import type { Envelope } from '../../events/event.js';
import type { BusOptions, Consumption, Listening } from '../bus.js';
import type { Driver } from '../refusals.js';
import { channelOf } from './channel.js';
import { joinGroups, listen, stayConnected, windowOf, type StanState } from './connection-loop.js';
import { createInFlight } from './in-flight.js';

type Options = BusOptions & Readonly<{ clusterId: string }>;

/** Returns the bus at once; it connects in the background and keeps trying. */
export function openNatsStreaming(options: Options): Driver {
  const { ackWaitMs = 60_000 } = options;
  const state: StanState = {
    options: { ...options, ackWaitMs },
    clientId: clientIdFor(options),
    stopping: new AbortController(),
    closing: new AbortController(),
    consumers: [],
    listenings: [],
    leaveGroups: [],
    connection: undefined,
    connectedSince: undefined,
  };
  const running = stayConnected(state);
  return {
    connectedSince: () => state.connectedSince,
    serverId: () => serverIdOf(state),
    publish: (envelope) => publish(state, envelope),
    consume: (consumption) => consume(state, consumption),
    listen: (listening) => addListening(state, listening),
    caughtUp: () => Promise.resolve(state.connectedSince !== undefined),
    hasStored: () => Promise.resolve(false),
    window: () => Promise.resolve(window(state)),
    stored: () => Promise.resolve(undefined),
    erase: () => Promise.resolve(false),
    stopConsuming: () => stopConsuming(state),
    async close() {
      await stopConsuming(state);
      state.closing.abort();
      await state.connection?.close();
      await running;
    },
  };
}

function clientIdFor({ namespace, clientName }: Options): string {
  const parts = [hostname(), namespace, clientName, randomBytes(5).toString('hex')];
  return parts.join('_').replaceAll(/[^\w-]/g, '-');
}

function serverIdOf({ connectedSince, connection }: StanState): string | undefined {
  return connectedSince && connection?.info.cluster === undefined ? connection?.info.server_id : undefined;
}

async function publish(
  { options, connection, connectedSince }: StanState,
  envelope: Envelope,
): Promise<void> {
  if (!connection || !connectedSince) throw new DependencyDown('bus');
  try {
    await connection.publish(channelOf(options.namespace, envelope.type), JSON.stringify(envelope));
  } catch (error) {
    throw new DependencyDown('bus', { cause: error });
  }
}

function consume(state: StanState, consumption: Consumption): void {
  const { log, ackWaitMs, namespace } = state.options;
  const { concurrency, deliver } = consumption;
  const consumer = { consumption, inFlight: createInFlight({ concurrency, deliver, ackWaitMs, namespace }) };
  state.consumers.push(consumer);
  // A failure to join means that the connection is lost. The next connection joins every consumer.
  if (state.connection)
    joinGroups(state, state.connection, consumer).catch((error: unknown) =>
      log.warn({ err: error }, 'consumer has not joined its queue group yet'),
    );
}

function addListening(state: StanState, listening: Listening): void {
  state.listenings.push(listening);
  // As for consumers: the next connection listens again.
  if (state.connection)
    listen(state, state.connection, listening).catch((error: unknown) =>
      state.options.log.warn({ err: error }, 'not subscribed for live updates yet'),
    );
}

// The server has a window per event type and member. It is not asked: this process knows what it has received.
function window({ connectedSince, consumers }: StanState) {
  if (!connectedSince) return undefined;
  const used = Math.max(0, ...consumers.map(({ inFlight }) => inFlight.stuck()));
  const limit = Math.max(0, ...consumers.map(({ consumption }) => windowOf(consumption)));
  return { used, limit };
}

async function stopConsuming(state: StanState): Promise<void> {
  state.stopping.abort();
  await Promise.all(state.consumers.map(({ inFlight }) => inFlight.finish()));
  // Leaving comes last: a member that has left can no longer acknowledge.
  await Promise.all(state.leaveGroups.splice(0).map((leave) => leave()));
}
