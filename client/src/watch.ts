// Live updates: streams of the API as async iterators, which connect again whenever the connection ends.

import { eventsIn } from './events.js';
import { pause } from './pause.js';
import type { DataOf, Problem } from './types.js';

type Order = DataOf<'showOrder'>;
type Ticket = DataOf<'showTicket'>;

export type WatchOptions = Readonly<{
  /** ends the iteration, without an error */
  signal?: AbortSignal;
  /** additional headers of each request */
  headers?: Readonly<Record<string, string>>;
}>;

export type Watches = Readonly<{
  /**
   * The order, and then each later state of it, also across lost connections and restarts of the API. It goes on until
   * `signal` aborts or the loop is left. States in between may be skipped; the latest one never is.
   *
   * @throws WatchRefused `not-signed-in` (also when the session ends), `not-your-order`, `not-found`, …
   */
  watchOrder(orderId: string, options?: WatchOptions): AsyncGenerator<Order, void>;
  /** The newest 100 orders of the user, and then each order that is new or changes. Otherwise like `watchOrder`. */
  watchOrders(options?: WatchOptions): AsyncGenerator<Order, void>;
  /**
   * Up to 50 tickets, and then each of them that changes. An unknown ticket follows when it exists. Otherwise like
   * `watchOrder`; needs no session.
   */
  watchTickets(ticketIds: readonly string[], options?: WatchOptions): AsyncGenerator<Ticket, void>;
}>;

/** The API refuses the stream, and trying again cannot help. */
export class WatchRefused extends Error {
  override readonly name = 'WatchRefused';
  readonly code: string;
  constructor(
    /** of the response: 401, 403, 404, … */
    readonly status: number,
    readonly errors: readonly Problem[],
  ) {
    const [first] = errors;
    super(first?.message ?? `The response has status ${status} and no error code.`);
    this.code = first?.code ?? 'unavailable';
  }
}

/** Sends a GET of a stream with the headers of the session. */
export type Connect = (
  path: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<Response>;

// The API sends a heartbeat every 15 s. A connection that is silent for longer is dead, for example after standby.
const longestSilenceMs = 40_000;
const shortestPauseMs = 100;
const firstPauseMs = 500;
const longestPauseMs = 30_000;
const transient = [408, 429];

export function createWatches(connect: Connect): Watches {
  return {
    watchOrder: (orderId, options) =>
      documents<Order>(connect, `/api/orders/${encodeURIComponent(orderId)}/events`, options),
    watchOrders: (options) => documents<Order>(connect, '/api/orders/events', options),
    watchTickets: (ticketIds, options) =>
      documents<Ticket>(
        connect,
        `/api/tickets/events?ids=${ticketIds.map(encodeURIComponent).join()}`,
        options,
      ),
  };
}

/** Each document that is newer than the one before. A stream that begins again sends what the client has already. */
async function* documents<T extends Readonly<{ id: string; version: number }>>(
  connect: Connect,
  path: string,
  options: WatchOptions = {},
): AsyncGenerator<T, void> {
  const versions = new Map<string, number>();
  for await (const message of messages(connect, path, options))
    for (const document of [message as T | readonly T[]].flat() as T[]) {
      if (document.version <= (versions.get(document.id) ?? -1)) continue;
      versions.set(document.id, document.version);
      yield document;
    }
}

async function* messages(
  connect: Connect,
  path: string,
  { signal, headers }: WatchOptions,
): AsyncGenerator<unknown, void> {
  let lastEventId: string | undefined;
  let pauseMs = firstPauseMs;
  while (!signal?.aborted) {
    const ending = new AbortController();
    const ended = signal ? AbortSignal.any([signal, ending.signal]) : ending.signal;
    let nextPauseMs: number | undefined;
    try {
      const last = lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId };
      const response = await within(longestSilenceMs, ending, connect(path, { ...headers, ...last }, ended));
      nextPauseMs = await pauseAfter(response);
      for await (const { data, id, retry } of eventsIn(chunksOf(response, ending))) {
        pauseMs = firstPauseMs;
        nextPauseMs = retry ?? nextPauseMs;
        lastEventId = id;
        if (data !== undefined) yield JSON.parse(data);
      }
    } catch (error) {
      if (error instanceof WatchRefused) throw error;
      // The connection was lost, or there was none.
    } finally {
      ending.abort();
    }
    // Up to half of the pause is subtracted at random, so that the clients of a stopped process do not return together.
    const waitMs = nextPauseMs ?? pauseMs * (0.5 + Math.random() / 2);
    if (nextPauseMs === undefined) pauseMs = Math.min(2 * pauseMs, longestPauseMs);
    await pause(Math.max(waitMs, shortestPauseMs) / 1_000, signal).catch(() => undefined);
  }
}

/**
 * The `Retry-After` of a response that is no stream, in milliseconds.
 * @throws WatchRefused
 */
async function pauseAfter(response: Response): Promise<number | undefined> {
  const { ok, status, headers } = response;
  if (ok) return undefined;
  if (status < 500 && !transient.includes(status)) throw new WatchRefused(status, await problemsIn(response));
  const after = /^\d+$/.exec(headers.get('Retry-After') ?? '');
  return after ? Number(after[0]) * 1_000 : undefined;
}

async function problemsIn(response: Response): Promise<readonly Problem[]> {
  try {
    return ((await response.json()) as { errors?: readonly Problem[] }).errors ?? [];
  } catch {
    return [];
  }
}

async function* chunksOf({ ok, body }: Response, ending: AbortController): AsyncGenerator<Uint8Array> {
  if (!ok || !body) return;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await within(longestSilenceMs, ending, reader.read());
    if (done) return;
    yield value;
  }
}

/** Ends the connection if the work takes longer. */
async function within<T>(milliseconds: number, ending: AbortController, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      ending.abort();
      reject(new Error('the connection is silent'));
    }, milliseconds);
  });
  try {
    return await Promise.race([work, silence]);
  } finally {
    clearTimeout(timer);
  }
}
