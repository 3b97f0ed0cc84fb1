// Delivers events at least once. A destination that answers with a refusal is asked again about that
// event alone; one that cannot be reached is left alone altogether for a while, as its events wait.
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Delivery, Endpoint } from '../ledger/ledger.js';
import { signature } from './signature.js';

const AT_ONCE = 8;
const ANSWER_WITHIN_MS = 10_000;
const FIRST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 60_000;

export type Destination = Pick<Endpoint, 'url' | 'secret'>;
export type Outcome = 'taken' | 'refused' | 'unreachable';
export type Log = (event: string, facts: Readonly<Record<string, unknown>>) => void;

type Options = Readonly<{
  /** Undefined for an endpoint that was deleted meanwhile. */
  destinationOf: (delivery: Delivery) => Destination | undefined;
  onTaken: (delivery: Delivery) => void;
  log: Log;
}>;

export function retryDelay(failures: number): number {
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(failures - 1, 10));
}

type Waiting = { readonly delivery: Delivery; refusals: number };
type Lane = { ready: Set<Waiting>; underWay: number; failures: number; paused: boolean };

export class Webhooks {
  readonly #lanes = new Map<string, Lane>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #agents = {
    http: new HttpAgent({ keepAlive: true, maxSockets: AT_ONCE }),
    https: new HttpsAgent({ keepAlive: true, maxSockets: AT_ONCE }),
  };
  #closed = false;

  constructor(private readonly options: Options) {}

  add(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) {
      const lane = this.#laneOf(delivery.endpointId);
      lane.ready.add({ delivery, refusals: 0 });
      this.#pump(lane);
    }
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  #laneOf(endpointId: string): Lane {
    let lane = this.#lanes.get(endpointId);
    if (lane === undefined) {
      lane = { ready: new Set(), underWay: 0, failures: 0, paused: false };
      this.#lanes.set(endpointId, lane);
    }
    return lane;
  }

  #pump(lane: Lane): void {
    for (const waiting of lane.ready) {
      if (this.#closed || lane.paused || lane.underWay >= AT_ONCE) return;
      lane.ready.delete(waiting);
      const destination = this.options.destinationOf(waiting.delivery);
      if (destination === undefined) continue;
      lane.underWay += 1;
      this.#send(destination, waiting.delivery.body, (outcome, why) => {
        lane.underWay -= 1;
        if (this.#closed) return;
        this.#settle(lane, waiting, outcome, why);
        this.#pump(lane);
      });
    }
  }

  #settle(lane: Lane, waiting: Waiting, outcome: Outcome, why: string): void {
    const { delivery } = waiting;
    if (outcome === 'taken') {
      lane.failures = 0;
      this.options.onTaken(delivery);
      return;
    }
    const facts = { event: delivery.eventId, endpoint: delivery.endpointId, why };
    if (outcome === 'refused') {
      lane.failures = 0;
      waiting.refusals += 1;
      const retryInMs = retryDelay(waiting.refusals);
      this.options.log('webhook refused', { ...facts, refusals: waiting.refusals, retryInMs });
      this.#later(retryInMs, () => {
        lane.ready.add(waiting);
        this.#pump(lane);
      });
      return;
    }
    lane.ready.add(waiting);
    if (lane.paused) return;
    lane.failures += 1;
    lane.paused = true;
    const retryInMs = retryDelay(lane.failures);
    this.options.log('webhook endpoint unreachable', { ...facts, waiting: lane.ready.size, retryInMs });
    this.#later(retryInMs, () => {
      lane.paused = false;
      this.#pump(lane);
    });
  }

  #later(ms: number, then: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      then();
    }, ms);
    this.#timers.add(timer);
  }

  #send({ url, secret }: Destination, body: string, done: (outcome: Outcome, why: string) => void): void {
    const secure = url.startsWith('https:');
    const request = (secure ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      agent: secure ? this.#agents.https : this.#agents.http,
      timeout: ANSWER_WITHIN_MS,
      headers: {
        'Content-Type': 'application/json; charset=utf-8',
        'Content-Length': Buffer.byteLength(body),
        'Stripe-Signature': signature(body, secret, Math.floor(Date.now() / 1000)),
        'User-Agent': 'Stripe/1.0 (local card network)',
      },
    });
    let answered = false;
    request.on('response', (response) => {
      const status = response.statusCode ?? 0;
      response.resume();
      answered = true;
      done(status >= 200 && status < 300 ? 'taken' : 'refused', `HTTP ${status}`);
    });
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('error', (error) => {
      if (answered) return;
      answered = true;
      done('unreachable', error.message);
    });
    request.end(body);
  }
}
