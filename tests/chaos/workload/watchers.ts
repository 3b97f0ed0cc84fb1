// Clients that watch orders and tickets by the published client, which connects again after every fault.

import { setMaxListeners } from 'node:events';
import { createClient, type WatchOptions } from '@ticketing/client';
import { issueToken, sessionKeys } from '@ticketing/common/http';
import type { ChaosSystem } from '../system/chaos-system.js';
import type { ToldState, Watched } from '../told-all.js';
import { isSuccess, type Operation, type RecordingClient } from './recording-client.js';

type Told = Readonly<{ id: string; version: number; status: string }>;

const lookEveryMs = 250;
/** of one stream of tickets */
const maxTickets = 50;

export type Watchers = ReturnType<typeof startWatchers>;

/** Records what clients are told. */
export function openRecords() {
  const ending = new AbortController();
  // No warning: every connection of every client adds a listener.
  setMaxListeners(0, ending.signal);
  const watched: Watched[] = [];
  const refusals: string[] = [];

  async function read(stream: AsyncGenerator<Told, void>, states: ReadonlyMap<string, ToldState[]>) {
    for await (const { id, version, status } of stream)
      states.get(id)?.push({ version, status, at: Date.now() });
  }

  return {
    watched,
    /** why a client has given up */
    refusals,
    /** Records the states of these documents, as a new client is told them. */
    follow(ids: readonly string[], watch: (options: WatchOptions) => AsyncGenerator<Told, void>): void {
      const states = new Map(ids.map((id): [string, ToldState[]] => [id, []]));
      for (const [id, told] of states) watched.push({ id, states: told });
      read(watch({ signal: ending.signal }), states).catch((error: unknown) => refusals.push(String(error)));
    },
    stop: () => ending.abort(),
  };
}

/** Every quarter of a second a client begins to watch the newest order, and another one all new tickets. */
export function startWatchers(system: ChaosSystem, { history }: RecordingClient) {
  const keys = sessionKeys({ JWT_KEY: system.jwtKey });
  const records = openRecords();
  const known = new Set<string>();
  let seen = 0;
  let clients = 0;

  const clientOf = (service: 'orders' | 'tickets', user?: string) => {
    const urls = system.urls(service);
    clients += 1;
    const url = urls[clients % urls.length] ?? '';
    const email = `${user}@example.com`;
    return createClient({ url, ...(user !== undefined && { token: issueToken({ id: user, email }, keys) }) });
  };

  function watchOrder({ id = '', user }: Operation): void {
    const api = clientOf('orders', user);
    records.follow([id], (options) =>
      clients % 4 < 2 ? api.watchOrder(id, options) : api.watchOrders(options),
    );
  }

  function watchTickets(ids: readonly string[]): void {
    if (ids.length === 0) return;
    const api = clientOf('tickets');
    records.follow(ids, (options) => api.watchTickets(ids, options));
  }

  function look(): void {
    const news = history.slice(seen).filter(isSuccess);
    seen = history.length;
    const order = news.filter((operation) => operation.kind === 'order' && isNew(operation)).at(-1);
    if (order) watchOrder(order);
    const offers = news.filter((operation) => operation.kind === 'offer' && isNew(operation));
    watchTickets(offers.slice(0, maxTickets).map(({ id = '' }) => id));
  }

  /** A repeated request is answered with the same document. */
  const isNew = ({ id }: Operation): boolean => {
    if (id === undefined || known.has(id)) return false;
    known.add(id);
    return true;
  };

  const timer = setInterval(look, lookEveryMs);
  return {
    ...records,
    stop(): void {
      clearInterval(timer);
      records.stop();
    },
  };
}
