// The messages in flight in this process: at most `concurrency` are handled at once, and each only once.
//
// NATS Streaming delivers a message again when its ack wait is over, even while a handler still works on it; the client
// cannot extend the wait. A redelivery of an in-flight message is therefore not handled again. But it is the delivery to
// acknowledge: the earlier one may belong to a broken connection.

import type { BusMessage, Consumption } from '../bus.js';
import { channelOf } from './channel.js';

export type Delivery = Readonly<{
  /** the same for every delivery of one stored message, and different for every other message */
  key: string;
  /** the channel */
  type: string;
  body: string;
  isRedelivery: boolean;
  storedAt: Date;
  /** by `performance.now()` */
  arrivedAt: number;
  ack(): void;
}>;

type Options = Pick<Consumption, 'concurrency' | 'deliver'> &
  Readonly<{ ackWaitMs: number; namespace: string }>;

export type InFlight = Readonly<{
  take(delivery: Delivery): void;
  /** The number of messages that have waited for half the ack wait, of the type that has most. */
  stuck(): number;
  /** Takes no further message, and resolves when the in-flight messages are settled. */
  finish(): Promise<void>;
}>;

type State = {
  readonly options: Options;
  readonly byKey: Map<string, Entry>;
  readonly work: Set<Promise<void>>;
  /** messages that wait for a free slot, oldest first */
  readonly waiting: (() => void)[];
  freeSlots: number;
  finishing: boolean;
};

type Entry = { latest: Delivery; readonly since: number; hasSlot: boolean };

export function createInFlight(options: Options): InFlight {
  const state: State = {
    options,
    byKey: new Map(),
    work: new Set(),
    waiting: [],
    freeSlots: options.concurrency,
    finishing: false,
  };
  return {
    take: (delivery) => take(state, delivery),
    stuck: () => stuck(state),
    async finish() {
      state.finishing = true;
      while (state.work.size > 0) await Promise.all(state.work);
    },
  };
}

// The server fills the window of each process. Only messages that stay in it are a reason to worry.
function stuck({ byKey, options }: State): number {
  const counts = new Map<string, number>();
  for (const { latest, since } of byKey.values())
    if (performance.now() - since > options.ackWaitMs / 2)
      counts.set(latest.type, (counts.get(latest.type) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}

function take(state: State, delivery: Delivery): void {
  const entry = state.byKey.get(delivery.key);
  if (entry) {
    entry.latest = delivery;
    return;
  }
  if (state.finishing) return;
  const handled = handle(state, delivery).finally(() => state.work.delete(handled));
  state.work.add(handled);
}

async function handle(state: State, delivery: Delivery): Promise<void> {
  const { key } = delivery;
  const entry: Entry = { latest: delivery, since: delivery.arrivedAt, hasSlot: true };
  state.byKey.set(key, entry);
  if (state.freeSlots > 0) state.freeSlots -= 1;
  else await new Promise<void>((resolve) => state.waiting.push(resolve));
  try {
    // After the ack wait, the server has delivered the message to another process, or will deliver it again.
    const isStale = performance.now() - entry.latest.arrivedAt >= state.options.ackWaitMs;
    if (state.finishing || isStale) return;
    await state.options.deliver(toBusMessage(state, entry));
  } finally {
    state.byKey.delete(key);
    releaseSlot(state, entry);
  }
}

function toBusMessage(state: State, entry: Entry): BusMessage {
  const { namespace } = state.options;
  const { type: channel, body, storedAt, isRedelivery } = entry.latest;
  return {
    body,
    isRedelivery,
    storedAt,
    isOnSubjectOf: ({ type }) => channel === channelOf(namespace, type),
    ack: () => entry.latest.ack(),
    retry: () => undefined,
    stillWorking: () => undefined,
    handlerEnded: () => releaseSlot(state, entry),
  };
}

// A slot goes straight to the message that has waited longest.
function releaseSlot(state: State, entry: Entry): void {
  if (!entry.hasSlot) return;
  entry.hasSlot = false;
  const next = state.waiting.shift();
  if (next) next();
  else state.freeSlots += 1;
}
