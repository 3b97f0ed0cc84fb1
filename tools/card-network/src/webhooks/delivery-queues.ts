// Delivers events at least once, with one queue for each endpoint. A refused event is retried by itself.
// An unreachable endpoint pauses its whole queue.
import type { Log } from '../log.js';
import type { Delivery } from '../ledger/ledger.js';
import { EventPoster, type Destination, type Outcome } from './event-poster.js';

const MAX_IN_FLIGHT = 8;
const FIRST_DELAY_MS = 1000;
const MAX_DELAY_MS = 60_000;

type Options = Readonly<{
  /** Returns undefined for a deleted endpoint. */
  destinationOf: (delivery: Delivery) => Destination | undefined;
  onDelivered: (delivery: Delivery) => void;
  log: Log;
}>;

export function retryDelay(failures: number): number {
  return Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(failures - 1, 10));
}

type QueuedDelivery = { readonly delivery: Delivery; refusals: number };
type Queue = { ready: Set<QueuedDelivery>; inFlight: number; failures: number; paused: boolean };

export class DeliveryQueues {
  readonly #queues = new Map<string, Queue>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #poster = new EventPoster(MAX_IN_FLIGHT);
  #closed = false;

  constructor(private readonly options: Options) {}

  add(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) {
      const queue = this.#queueOf(delivery.endpointId);
      queue.ready.add({ delivery, refusals: 0 });
      this.#sendReady(queue);
    }
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#poster.close();
  }

  #queueOf(endpointId: string): Queue {
    let queue = this.#queues.get(endpointId);
    if (queue === undefined) {
      queue = { ready: new Set(), inFlight: 0, failures: 0, paused: false };
      this.#queues.set(endpointId, queue);
    }
    return queue;
  }

  #sendReady(queue: Queue): void {
    for (const queued of queue.ready) {
      if (this.#closed || queue.paused || queue.inFlight >= MAX_IN_FLIGHT) return;
      queue.ready.delete(queued);
      const destination = this.options.destinationOf(queued.delivery);
      if (destination === undefined) continue;
      queue.inFlight += 1;
      this.#poster.post(destination, queued.delivery.body, (outcome) => {
        queue.inFlight -= 1;
        if (this.#closed) return;
        this.#settle(queue, queued, outcome);
        this.#sendReady(queue);
      });
    }
  }

  #settle(queue: Queue, queued: QueuedDelivery, { kind, reason }: Outcome): void {
    switch (kind) {
      case 'accepted':
        queue.failures = 0;
        return this.options.onDelivered(queued.delivery);
      case 'refused':
        queue.failures = 0;
        return this.#retryOne(queue, queued, reason);
      case 'unreachable':
        queue.ready.add(queued);
        if (!queue.paused) this.#pause(queue, queued.delivery, reason);
    }
  }

  #retryOne(queue: Queue, queued: QueuedDelivery, reason: string): void {
    queued.refusals += 1;
    const retryInMs = retryDelay(queued.refusals);
    this.options.log('webhook refused', {
      ...logFields(queued.delivery, reason),
      refusals: queued.refusals,
      retryInMs,
    });
    this.#after(retryInMs, () => {
      queue.ready.add(queued);
      this.#sendReady(queue);
    });
  }

  #pause(queue: Queue, delivery: Delivery, reason: string): void {
    queue.failures += 1;
    queue.paused = true;
    const retryInMs = retryDelay(queue.failures);
    this.options.log('webhook endpoint unreachable', {
      ...logFields(delivery, reason),
      waiting: queue.ready.size,
      retryInMs,
    });
    this.#after(retryInMs, () => {
      queue.paused = false;
      this.#sendReady(queue);
    });
  }

  #after(ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, ms);
    this.#timers.add(timer);
  }
}

function logFields({ eventId, endpointId }: Delivery, reason: string) {
  return { event: eventId, endpoint: endpointId, reason };
}
