// Refuses work before there is too much of it.
//
// Problem: a service that takes everything answers everything late. Past its peak each request waits longer than its client
// does, and the work is done for nobody. Guarantee: at most `limit` requests are in hand; the others are answered 503 at
// once, before Express, for a small part of what serving costs. The limit follows what is measured: it shrinks while most
// answers are slow, whatever makes them slow (this process, its database), and grows again while they are not. And what one
// turn of the event loop finds waiting after it has worked for long is refused as well: work that is answered on the spot
// is never in hand, and shows in nothing else.
// Not promised: fairness between clients. That is what the limits per address and per user are for.

import type { RequestListener } from 'node:http';
import type { Logger } from '../observability/logger.js';
import type { Metrics } from '../observability/metrics.js';
import { problems, send } from './answers.js';

/** So many are always let in: whatever is slow, trying costs little. */
const floor = 64;
const windowMs = 100;
/** A turn of the event loop that has worked for longer refuses what it still finds. */
const longestTurnMs = 250;
const saidEveryMs = 10_000;

export type Admission = ReturnType<typeof createAdmission>;

type Limits = Readonly<{
  /** in hand at once, at most */
  most: number;
  /** An answer that takes longer is slow. */
  slowMs: number;
}>;

/** Decides who is let in. Times are milliseconds. */
export function createAdmission({ most, slowMs }: Limits) {
  const least = Math.min(floor, most);
  let limit = most;
  let inFlight = 0;
  let highest = 0;
  let answered = 0;
  let slow = 0;

  return {
    limit: () => limit,
    inFlight: () => inFlight,

    /** Takes one more in hand, unless that is too many or this turn of the loop, begun `turnMs` ago, is too long. */
    admit(turnMs: number): boolean {
      if (inFlight >= limit || turnMs > longestTurnMs) return false;
      inFlight += 1;
      highest = Math.max(highest, inFlight);
      return true;
    },

    done(tookMs: number): void {
      inFlight -= 1;
      answered += 1;
      if (tookMs > slowMs) slow += 1;
    },

    /** At the end of each window. When nothing at all was answered, what is in hand is slow. */
    adapt(): void {
      const late = answered === 0 ? inFlight > least : slow * 2 > answered;
      // From what was really in hand, so that a limit that was far away is near at once.
      limit = late
        ? Math.max(least, Math.floor(Math.min(limit, highest) * 0.8))
        : Math.min(most, Math.ceil(limit * 1.1));
      highest = inFlight;
      answered = 0;
      slow = 0;
    },
  };
}

type Parts = Readonly<{
  config: Readonly<{ MAX_REQUESTS_IN_FLIGHT: number; SLOW_ANSWER_MS: number }>;
  log: Logger;
  metrics: Metrics;
}>;

const probes = new Set(['/healthz', '/readyz', '/metrics']);

/** Stands before `serve`; `stop` ends its clock. Probes always pass. */
export function shedOverload(serve: RequestListener, { config, log, metrics }: Parts) {
  const { MAX_REQUESTS_IN_FLIGHT: most, SLOW_ANSWER_MS: slowMs } = config;
  if (most === 0) return { listener: serve, stop: () => undefined };
  const admission = createAdmission({ most, slowMs });
  let refused = 0;
  let said = Number.NEGATIVE_INFINITY;
  let turnBegan: number | undefined;

  const clock = setInterval(() => {
    const { limit, inFlight } = admission;
    if (refused > 0 && performance.now() - said > saidEveryMs) {
      log.warn({ refused, limit: limit(), inFlight: inFlight() }, 'overload: requests are refused');
      said = performance.now();
      refused = 0;
    }
    admission.adapt();
    metrics.requestLimit.set(limit());
  }, windowMs);
  clock.unref();

  const listener: RequestListener = (request, response) => {
    if (probes.has(request.url ?? '')) return serve(request, response);
    const began = performance.now();
    if (turnBegan === undefined) {
      turnBegan = began;
      setImmediate(() => (turnBegan = undefined));
    }
    if (!admission.admit(began - turnBegan)) {
      refused += 1;
      metrics.requestsShed.inc();
      return send(response, overloaded(refused));
    }
    response.once('close', () => admission.done(performance.now() - began));
    return serve(request, response);
  };
  return { listener, stop: () => clearInterval(clock) };
}

// Not all of them come back in the same second.
const overloaded = (count: number) => ({
  status: 503,
  headers: {
    'Retry-After': String(1 + (count % 3)),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  },
  body: problems({ code: 'unavailable', message: 'Too much to do at the moment. Try again.' }),
});
