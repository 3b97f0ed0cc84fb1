// Pulls messages for one service, through reconnects and lost consumers, until consuming stops.

import {
  AckPolicy,
  DeliverPolicy,
  jetstream,
  type ConsumerMessages,
  type JetStreamManager,
  type JsMsg,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Logger } from '../../observability/logger.js';
import { backoff, pause } from '../backoff.js';
import type { BusMessage, Consumption } from '../bus.js';
import type { JetStreamState } from './connection.js';
import { ensureStream, managerOf, streamName, subjectOf, unlessMissing } from './stream.js';

/** Messages of a service that the server delivers before it waits for acknowledgements. */
export const maxAckPending = 1_000;

const inFlightPerHandler = 10;
const handOutMs = 20;

/** The parts of one consumer loop; its in-flight messages outlive a single pull. */
type Loop = Readonly<{
  state: JetStreamState;
  consumption: Consumption;
  durable: string;
  inFlight: Set<Promise<void>>;
  /** of the messages in flight, those whose handlers run */
  handlers: Set<Promise<void>>;
}>;

/** Resolves after consuming was stopped and the in-flight messages are settled. */
export async function consumeForever(
  state: JetStreamState,
  connected: Promise<NatsConnection>,
  consumption: Consumption,
  durable: string,
): Promise<void> {
  const { options } = state;
  const { signal } = state.stopping;
  const loop: Loop = { state, consumption, durable, inFlight: new Set(), handlers: new Set() };
  const stopped = rejectWhenAborted(signal);
  for (let tries = 1; !signal.aborted; tries += 1) {
    try {
      const nats = await Promise.race([connected, stopped]);
      const manager = await managerOf(nats);
      await ensureStream(manager, options);
      await ensureConsumer(manager, loop);
      if (await pull(nats, loop)) tries = 1;
      throw new Error('the pull has ended');
    } catch (error) {
      if (signal.aborted) break;
      const delayMs = backoff(tries, 100, 5_000);
      options.log.warn({ err: error, delayMs }, 'consumer stopped, starting again');
      await pause(delayMs, signal);
    }
  }
  await Promise.all(loop.inFlight);
}

function rejectWhenAborted(signal: AbortSignal): Promise<never> {
  const rejected = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('stopped')));
  });
  rejected.catch(() => undefined);
  return rejected;
}

async function ensureConsumer(
  manager: JetStreamManager,
  { state, consumption, durable }: Loop,
): Promise<void> {
  const { namespace, ackWaitMs } = state.options;
  const stream = streamName(namespace);
  const settings = {
    filter_subjects: consumption.types.map((type) => subjectOf(namespace, type, '*')),
    ack_wait: ackWaitMs * 1e6,
    max_deliver: -1,
    max_ack_pending: maxAckPending,
  };
  if (await unlessMissing(manager.consumers.info(stream, durable))) {
    await manager.consumers.update(stream, durable, settings);
    return;
  }
  await manager.consumers.add(stream, {
    durable_name: durable,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ...settings,
  });
}

/**
 * Delivers messages until the pull ends: the server ended it, another server answers, or consuming stopped.
 * In-flight messages continue. Returns whether any message arrived.
 */
async function pull(nats: NatsConnection, loop: Loop): Promise<boolean> {
  const { state, consumption, durable } = loop;
  const { options, pulls, stopping } = state;
  const server = nats.info?.server_id;
  const isSameServer = () => nats.info?.server_id === server;
  let received = false;
  const consumer = await jetstream(nats).consumers.get(streamName(options.namespace), durable);
  const messages = await consumer.consume({
    max_messages: consumption.concurrency,
    idle_heartbeat: 5_000,
  });
  pulls.add(messages);
  if (stopping.signal.aborted || !isSameServer()) messages.stop();
  void watchPull(messages, options.log);
  const gathered = gather(consumption, stopping.signal);
  for await (const message of messages) {
    received = true;
    await gathered();
    if (stopping.signal.aborted) {
      message.nak();
      continue;
    }
    const { namespace } = options;
    await start(loop, (handlerEnded) => toBusMessage(message, { namespace, isSameServer, handlerEnded }));
  }
  pulls.delete(messages);
  return received;
}

/** Delivers a message, and resolves when there is room for the next one. */
async function start(
  { consumption, inFlight, handlers }: Loop,
  toMessage: (handlerEnded: () => void) => BusMessage,
): Promise<void> {
  const { concurrency, deliver } = consumption;
  let handlerEnded = () => {};
  const handler = new Promise<void>((resolve) => (handlerEnded = resolve)).finally(() =>
    handlers.delete(handler),
  );
  handlers.add(handler);
  const work = deliver(toMessage(handlerEnded)).finally(() => {
    handlerEnded();
    inFlight.delete(work);
  });
  inFlight.add(work);
  if (handlers.size >= concurrency) await Promise.race(handlers);
  if (inFlight.size >= concurrency * inFlightPerHandler) await Promise.race(inFlight);
}

// The first message of a group waits. Those that have arrived by then follow at once.
function gather({ gatherMs }: Consumption, stopping: AbortSignal): () => Promise<void> {
  let handOutUntil = 0;
  return async () => {
    if (gatherMs === undefined || performance.now() < handOutUntil) return;
    await pause(gatherMs, stopping);
    handOutUntil = performance.now() + handOutMs;
  };
}

const fatalStatuses = ['consumer_deleted', 'consumer_not_found', 'stream_not_found', 'heartbeats_missed'];

// A deleted consumer, or a server that lost its data, ends the pull; the loop then starts again.
async function watchPull(messages: ConsumerMessages, log: Logger): Promise<void> {
  for await (const status of messages.status()) {
    if (!fatalStatuses.includes(status.type)) continue;
    log.warn({ status: status.type }, 'consumer lost');
    messages.stop();
  }
}

type About = Readonly<{ namespace: string; isSameServer: () => boolean; handlerEnded: () => void }>;

// A restarted server may have lost its data and count from 1 again. An acknowledgement of an old message would then hit
// the new message with the same number, so it is not sent. The server delivers an unacknowledged message again.
function toBusMessage(message: JsMsg, { namespace, isSameServer, handlerEnded }: About): BusMessage {
  const toSameServer = (respond: () => void) => void (isSameServer() && respond());
  return {
    body: message.string(),
    isRedelivery: message.redelivered,
    storedAt: new Date(Number(message.timestampNanos / 1_000_000n)),
    isOnSubjectOf: ({ type, subject }) => message.subject === subjectOf(namespace, type, subject),
    ack: () => toSameServer(() => message.ack()),
    retry: (delayMs) => toSameServer(() => message.nak(delayMs)),
    stillWorking: () => toSameServer(() => message.working()),
    handlerEnded,
  };
}
