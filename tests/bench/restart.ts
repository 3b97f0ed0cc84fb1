// npm run bench -- streams --restart [number]: all processes of orders and tickets are replaced, one after the other, while
// clients watch and documents change. Half of the clients watch an order of their own, the others one of a few tickets.
// Requests go to the processes that are ready, as the Services of a cluster send them.

import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from '@ticketing/client';
import { issueToken, sessionKeys } from '@ticketing/common/http';
import { root } from '@ticketing/common/testing/servers';
import { offerMany } from '../chaos/scenarios/rush.js';
import { readStores } from '../chaos/snapshot.js';
import { startChaosSystem, type ChaosSystem } from '../chaos/system/chaos-system.js';
import { createRotation, roll, shutdownDelayMs, type Releases } from '../chaos/system/rolling-update.js';
import { findUntold, type Watched } from '../chaos/told-all.js';
import { openClientOf } from '../chaos/workload/recording-client.js';
import { openRecords } from '../chaos/workload/watchers.js';
import { percentile, rate } from './client.js';

type Print = (line: string) => void;
type Rotation = ReturnType<typeof createRotation>;
/** A state that a client of this document must come to know; `at`: when the request was answered. */
type Change = Readonly<{ id: string; version: number; at: number }>;

const hotTickets = 10;
const changeEveryMs = 100;
const calmMs = 5_000;
const toldWithinMs = 15_000;
const replaced = ['orders', 'orders-2', 'tickets', 'tickets-2'] as const;
const releases: Releases = { isInPrevious: () => true, buildOf: () => root, updated: new Set() };

/** Prints one row. */
export async function restart(print: Print, count: number): Promise<void> {
  const system = await startChaosSystem({
    env: {
      ...{ RESERVATION_SECONDS: '3600', SHUTDOWN_DELAY_MS: `${shutdownDelayMs}` },
      MAX_STREAMS_PER_ADDRESS: '100000',
    },
    extra: ['tickets-2'],
    say: print,
  });
  try {
    const values = await measure(system, count);
    print(
      '| streams | processes replaced | changes | requests failed | states told | clients without the latest state | known after ms p50 | p99 | most |',
    );
    print('|---|---|---|---|---|---|---|---|---|');
    print(`| ${[count, replaced.length, ...values].join(' | ')} |`);
  } finally {
    await system.stop();
  }
}

async function measure(system: ChaosSystem, count: number): Promise<number[]> {
  const rotation = createRotation((service) => system.urls(service));
  const api = apiOf(system, rotation);
  const records = openRecords();
  const { seller, hot, orders } = await prepare(system, count / 2);
  for (const [index, { id, user }] of orders.entries()) {
    records.follow([id], (options) => api('orders', user).watchOrder(id, options));
    const ticket = hot[index % hot.length] ?? '';
    records.follow([ticket], (options) => api('tickets').watchTickets([ticket], options));
  }
  while (records.watched.some(({ states }) => states.length === 0)) await delay(100);

  const changing = startChanges(async (number) => {
    const { id, user } = orders[number % orders.length] ?? { id: '', user: '' };
    const ticketId = hot[number % hot.length] ?? '';
    const offer = { ticketId, title: `Seat ${number}`, price: '19.99' };
    const [edited, cancelled] = await Promise.all([
      api('tickets', seller).updateTicket(offer),
      number < orders.length ? api('orders', user).cancelOrder({ orderId: id }) : undefined,
    ]);
    return [
      edited.ok && { id: ticketId, version: edited.data.version },
      ...(cancelled ? [cancelled.ok && { id, version: 1 }] : []),
    ];
  });
  await delay(calmMs);
  for (const name of replaced) await roll({ system, releases, rotation }, [name], 'this release');
  await delay(calmMs);
  const { changes, failed } = await changing.stop();

  const { orders: storedOrders, tickets } = await readStores(system);
  const find = () => findUntold(records.watched, [...storedOrders, ...tickets], { deaths: [], toldWithinMs });
  for (const end = Date.now() + toldWithinMs; find().length > 0 && Date.now() < end;) await delay(100);
  records.stop();
  const lags = lagsOf(records.watched, changes);
  const told = records.watched.reduce((sum, { states }) => sum + states.length, 0);
  return [
    ...[changes.length, failed, told, find().length + records.refusals.length],
    ...[percentile(lags, 0.5), percentile(lags, 0.99), Math.max(...lags)],
  ];
}

/** A client of the processes of a service that are ready. */
function apiOf(system: ChaosSystem, rotation: Rotation) {
  const keys = sessionKeys({ JWT_KEY: system.jwtKey });
  return (service: 'orders' | 'tickets', user?: string) =>
    createClient({
      url: 'http://ticketing.invalid',
      fetch: async (request) => {
        const { pathname, search } = new URL(request.url);
        return fetch(new Request(`${rotation.next(service)}${pathname}${search}`, request));
      },
      ...(user !== undefined && { token: issueToken({ id: user, email: `${user}@example.com` }, keys) }),
    });
}

/** Tickets that are edited, and orders that are cancelled. */
async function prepare(system: ChaosSystem, count: number) {
  const client = openClientOf(system);
  const seller = client.newUser();
  const hot = await offerMany(system, client, hotTickets, seller);
  const ids = await offerMany(system, client, count, seller);
  const orders: { id: string; user: string }[] = [];
  await rate(count, 16, async (index) => {
    const user = client.newUser();
    const { id, status } = await client.order(user, ids[index] ?? '');
    if (id === undefined) throw new Error(`an order was answered ${status}`);
    orders.push({ id, user });
  });
  await client.close();
  return { seller, hot, orders };
}

type Changed = Omit<Change, 'at'> | false;

/** Changes documents until `stop`. `change` returns false for each request that failed. */
function startChanges(change: (number: number) => Promise<Changed[]>) {
  const changes: Change[] = [];
  let failed = 0;
  let isOver = false;
  const run = async () => {
    for (let number = 0; !isOver; number += 1) {
      const results = await change(number);
      for (const changed of results)
        if (changed) changes.push({ ...changed, at: Date.now() });
        else failed += 1;
      await delay(changeEveryMs);
    }
  };
  const running = run();
  return {
    async stop() {
      isOver = true;
      await running;
      return { changes, failed };
    },
  };
}

/** For each client and change: the milliseconds until the client knew this state or a later one. */
function lagsOf(watched: readonly Watched[], changes: readonly Change[]): number[] {
  return watched.flatMap(({ id, states }) =>
    changes
      .filter((change) => change.id === id)
      .map(({ version, at }) => {
        const known = states.find((state) => state.version >= version);
        return known ? Math.max(0, known.at - at) : Infinity;
      }),
  );
}
