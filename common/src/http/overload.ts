// Load shedding: refuses requests early instead of answering all of them late.
//
// Problem: past its peak, a service that accepts every request spends its time on answers that clients no longer wait
// for. Guarantee: at most `limit` requests are in flight, shared by network and user (admission.ts); further ones get 503
// before Express, at a small part of the cost of serving them. A request is in flight from the end of its body (body.ts)
// until its answer is handed to the socket. A client that sends or reads slowly therefore holds no slot.
// A long turn of the event loop refuses requests too, because synchronous work never counts as in flight.

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import { Refusal } from '../errors.js';
import type { Logger } from '../observability/logger.js';
import type { Metrics } from '../observability/metrics.js';
import { createAdmission, unlimited, type Admission } from './admission.js';
import { problems, send } from './answers.js';
import { addressOf, networkOf } from './network.js';
import { createRequestSlots, type Holder, type RequestSlots } from './request-slots.js';
import { userOf } from './session-cookie.js';

const windowMs = 100;
const logEveryMs = 10_000;
type Parts = Readonly<{
  config: Readonly<{ MAX_REQUESTS_IN_FLIGHT: number; SLOW_ANSWER_MS: number; TRUST_PROXY: number }>;
  log: Logger;
  metrics: Metrics;
  /** Requests whose body is still arriving. Each occupies the memory of at most one body. */
  maxSending?: number;
}>;

/** The slot of a request among those in flight. A function with a result returns false if the client gets no slot. */
export type RequestSlot = Readonly<{
  assign(user: string): boolean;
  /** Leaves the slot: the body has not arrived yet. */
  leave(): void;
  /** Takes a slot among the requests whose body is still arriving. */
  waitForBody(): boolean;
  /** Takes a slot in flight again: the body has arrived. */
  enter(): boolean;
}>;

const slotsOf = new WeakMap<IncomingMessage, RequestSlot>();

/** The slot of a request; a probe has none. */
export const requestSlotOf = (request: IncomingMessage): RequestSlot | undefined => slotsOf.get(request);

/** Refuses requests of a user that has its share of the requests in flight. Runs after the session was read. */
export const limitShareOfUser: RequestHandler = (request, response, next) => {
  const user = userOf(response);
  if (user && requestSlotOf(request)?.assign(user.id) === false)
    throw new Refusal('too-many-requests', { retryAfterSeconds: 1 });
  next();
};

const probes = new Set(['/healthz', '/readyz', '/metrics']);

/** Wraps the listener `serve`. Probes always pass. `stop` ends the timer. */
export function shedOverload(serve: RequestListener, { config, log, metrics, maxSending = 500 }: Parts) {
  const { MAX_REQUESTS_IN_FLIGHT: most, SLOW_ANSWER_MS: slowMs, TRUST_PROXY: hops } = config;
  const admission = most === 0 ? unlimited : createAdmission({ most, slowMs });
  // The memory of unfinished bodies is limited even if the requests in flight are not.
  const sending = createRequestSlots(() => maxSending);
  const turn = trackTurns();
  let refused = 0;
  const count = (accepted: boolean) => {
    if (!accepted) {
      refused += 1;
      metrics.requestsShed.inc();
    }
    return accepted;
  };

  const stop = everyWindow(admission, { log, metrics }, () => refused);
  const listener: RequestListener = (request, response) => {
    if (probes.has(request.url ?? '')) return serve(request, response);
    const network = networkOf(addressOf(request, hops));
    const slot = createRequestSlot({ admission, sending, turn, count }, network);
    if (!slot.enter()) return send(response, overloaded(refused));
    slotsOf.set(request, slot);
    onceAnswered(response, slot.end);
    return serve(request, response);
  };
  return { listener, stop };
}

type Gate = Readonly<{
  admission: Admission;
  sending: RequestSlots;
  turn: ReturnType<typeof trackTurns>;
  count: (accepted: boolean) => boolean;
}>;

function createRequestSlot(
  { admission, sending, turn, count }: Gate,
  network: string,
): RequestSlot & Readonly<{ end(): void }> {
  let holder: Holder = { network };
  let state: 'none' | 'in-flight' | 'sending' = 'none';
  let began = 0;

  return {
    assign(user) {
      if (!count(admission.assign(user))) return false;
      holder = { network, user };
      return true;
    },
    leave() {
      if (state === 'in-flight') admission.withdraw(holder);
      state = 'none';
    },
    waitForBody() {
      if (!count(sending.take(holder))) return false;
      state = 'sending';
      return true;
    },
    enter() {
      if (state === 'sending') sending.giveBack(holder);
      state = 'none';
      began = performance.now();
      if (!count(admission.admit(turn.ageAt(began), holder))) return false;
      state = 'in-flight';
      return true;
    },
    end() {
      if (state === 'in-flight') admission.done(performance.now() - began, holder);
      if (state === 'sending') sending.giveBack(holder);
      state = 'none';
    },
  };
}

/** Runs `done` when the answer is complete, even if the client does not read it, or when the client has gone. */
function onceAnswered(response: ServerResponse, done: () => void): void {
  const { end } = response;
  response.end = function endAnswer(this: ServerResponse, ...args: unknown[]) {
    done();
    return Reflect.apply(end, this, args) as ServerResponse;
  } as ServerResponse['end'];
  response.once('close', done);
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
