// Load shedding: refuses requests early instead of answering all of them late.
//
// Problem: past its peak, a service that accepts every request spends its time on answers that clients no longer wait
// for. Guarantee: at most `limit` requests are in flight; further ones get 503 before Express, at a small part of the
// cost of serving them. The limit adapts: it shrinks while most answers are slow and grows while they are not. During
// a long turn of the event loop it also refuses the requests that it still finds: synchronous work never counts as in flight.
// Not promised: fairness between clients, which is the task of the rate limits.

import type { RequestListener } from 'node:http';
import type { Logger } from '../observability/logger.js';
import type { Metrics } from '../observability/metrics.js';
import { problems, send } from './answers.js';

/** The limit never shrinks below this: a few slow requests cost little. */
const lowestLimit = 64;
const windowMs = 100;
/** A turn of the event loop that takes longer refuses the requests that it still finds. */
const longestTurnMs = 250;
const logEveryMs = 10_000;

export type Admission = ReturnType<typeof createAdmission>;

type Limits = Readonly<{
  /** Most requests in flight. */
  most: number;
  /** An answer that takes longer is slow. */
  slowMs: number;
}>;

/** Decides which requests to admit. Times are in milliseconds. */
export function createAdmission({ most, slowMs }: Limits) {
  const least = Math.min(lowestLimit, most);
  let limit = most;
  let inFlight = 0;
  let peak = 0;
  let answered = 0;
  let slow = 0;

  return {
    limit: () => limit,
    inFlight: () => inFlight,

    /** Admits a request unless too many are in flight or this turn of the event loop, `turnMs` old, is too long. */
    admit(turnMs: number): boolean {
      if (inFlight >= limit || turnMs > longestTurnMs) return false;
      inFlight += 1;
      peak = Math.max(peak, inFlight);
      return true;
    },

    done(tookMs: number): void {
      inFlight -= 1;
      answered += 1;
      if (tookMs > slowMs) slow += 1;
    },

    /** Runs at the end of each window. If nothing was answered, everything in flight is slow. */
    adapt(): void {
      const isSlow = answered === 0 ? inFlight > least : slow * 2 > answered;
      // Shrinks from the peak, so that a high limit takes effect at once.
      limit = isSlow
        ? Math.max(least, Math.floor(Math.min(limit, peak) * 0.8))
        : Math.min(most, Math.ceil(limit * 1.1));
      peak = inFlight;
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

/** Wraps the listener `serve`. Probes always pass. `stop` ends the timer. */
export function shedOverload(serve: RequestListener, { config, log, metrics }: Parts) {
  const { MAX_REQUESTS_IN_FLIGHT: most, SLOW_ANSWER_MS: slowMs } = config;
  if (most === 0) return { listener: serve, stop: () => undefined };
  const admission = createAdmission({ most, slowMs });
  const turn = trackTurns();
  let refused = 0;

  const stop = everyWindow(admission, { log, metrics }, () => refused);
  const listener: RequestListener = (request, response) => {
    if (probes.has(request.url ?? '')) return serve(request, response);
    const began = performance.now();
    if (!admission.admit(turn.ageAt(began))) {
      refused += 1;
      metrics.requestsShed.inc();
      return send(response, overloaded(refused));
    }
    response.once('close', () => admission.done(performance.now() - began));
    return serve(request, response);
  };
  return { listener, stop };
}

/** The age of the present turn of the event loop, in milliseconds, since its first request. */
function trackTurns() {
  let began: number | undefined;
  return {
    ageAt(now: number): number {
      if (began === undefined) {
        began = now;
        setImmediate(() => (began = undefined));
      }
      return now - began;
    },
  };
}

function everyWindow(
  { limit, inFlight, adapt }: Admission,
  { log, metrics }: Pick<Parts, 'log' | 'metrics'>,
  refusedSoFar: () => number,
): () => void {
  let loggedAt = Number.NEGATIVE_INFINITY;
  let logged = 0;
  const timer = setInterval(() => {
    const refused = refusedSoFar() - logged;
    if (refused > 0 && performance.now() - loggedAt > logEveryMs) {
      log.warn({ refused, limit: limit(), inFlight: inFlight() }, 'overload: requests are refused');
      loggedAt = performance.now();
      logged += refused;
    }
    adapt();
    metrics.requestLimit.set(limit());
  }, windowMs);
  timer.unref();
  return () => clearInterval(timer);
}

// Different delays, so that refused clients do not return in the same second.
const overloaded = (count: number) => ({
  status: 503,
  headers: {
    'Retry-After': String(1 + (count % 3)),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  },
  body: problems({ code: 'unavailable', message: 'The server is overloaded. Try again.' }),
});
