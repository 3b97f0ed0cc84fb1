// Which messages this process has in hand: at most so many at once, and none of them twice.
//
// NATS Streaming delivers a message again when it is not acknowledged in time, and cannot be told that it is still being
// worked on. So a message that comes again while it is in hand is not handled again. It is remembered, for two reasons: the
// newest delivery is the one to acknowledge (the older may belong to a connection that is gone), and it was no try.

import type { BusMessage, Consumption } from '../bus.js';

export type Delivery = Readonly<{
  /** the same for every delivery of one stored message, and for no other message */
  key: string;
  body: string;
  redeliveries: number;
  storedAt: Date;
  arrivedAt: number;
  ack(): void;
}>;

type Options = Pick<Consumption, 'concurrency' | 'deliver'> & Readonly<{ ackWaitMs: number }>;

export type InFlight = Readonly<{
  take(delivery: Delivery): void;
  /** Takes nothing more, and resolves when what is in hand is done. */
  finish(): Promise<void>;
}>;

export function createInFlight({ concurrency, deliver, ackWaitMs }: Options): InFlight {
  const inFlight = new Map<string, { latest: Delivery }>();
  const work = new Set<Promise<void>>();
  const waiting: (() => void)[] = [];
  /** by key: deliveries that were no tries */
  const idle = new Map<string, number>();
  let free = concurrency;
  let finishing = false;

  function take(delivery: Delivery): void {
    const known = inFlight.get(delivery.key);
    if (known) {
      known.latest = delivery;
      wasIdle(delivery.key);
      return;
    }
    if (finishing) return;
    const handled = handle(delivery).finally(() => work.delete(handled));
    work.add(handled);
  }

  async function handle(delivery: Delivery): Promise<void> {
    const { key, body, storedAt } = delivery;
    const entry = { latest: delivery };
    inFlight.set(key, entry);
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      // After a wait as long as that it is somebody else's, or will come again.
      if (finishing || Date.now() - entry.latest.arrivedAt >= ackWaitMs) return wasIdle(key);
      const message: BusMessage = {
        body,
        tries: Math.max(1, entry.latest.redeliveries + 1 - (idle.get(key) ?? 0)),
        storedAt,
        ack: () => {
          idle.delete(key);
          entry.latest.ack();
        },
        retry: () => undefined,
        stillWorking: () => undefined,
      };
      await deliver(message);
    } finally {
      inFlight.delete(key);
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  }

  const wasIdle = (key: string) => void idle.set(key, (idle.get(key) ?? 0) + 1);

  async function finish(): Promise<void> {
    finishing = true;
    while (work.size > 0) await Promise.all(work);
  }

  return { take, finish };
}
