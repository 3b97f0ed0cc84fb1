// npm run bench -- places: tickets of many places.

import { setTimeout as delay } from 'node:timers/promises';
import { newId } from '@ticketing/common/id';
import { MongoClient, type Db } from 'mongodb';
import { client, expectStatus, idOf, percentile, rate, users, type Ask, type Target } from './client.js';
import { expiring } from './expiring.js';
import { offer, placing, purchases, type Figures } from './measures.js';

type Measure = (target: Target) => Promise<Figures>;

export const placesMeasures: readonly Measure[] = [
  hotTicket,
  counters,
  largeTicket,
  (target) => expiring(target, 10_000, true),
  publicComparison,
];

/**
 * Reservations of one ticket, each by a new buyer, while places are free and when it is sold out. A refusal waits for a
 * reading that it shares with others, so it takes many connections to measure how many refusals a second there can be.
 */
async function hotTicket(target: Target): Promise<Figures> {
  const quantity = 3_000;
  const [ticketId] = await offer(target, 1, { quantity });
  const measure = async (count: number, connections: number, status: number) => {
    const orders = client(target.orders, connections);
    const buyers = users(count, target.signer);
    const latencies: number[] = [];
    const perSecond = await rate(count, connections, async (index) => {
      const begin = performance.now();
      expectStatus(await orders.ask('POST', '/api/orders', buyers[index], { ticketId }), status);
      latencies.push(performance.now() - begin);
    });
    await orders.close();
    return { perSecond, p99: percentile(latencies, 0.99) };
  };
  const accepted = await measure(quantity, 64, 201);
  const refused = await measure(10_000, 1_000, 409);
  return {
    'hot ticket: accepted/s': accepted.perSecond,
    'hot ticket: accepted p99 ms': accepted.p99,
    'hot ticket: refused/s': refused.perSecond,
    'hot ticket: refused p99 ms': refused.p99,
  };
}

/** Milliseconds from the answer to the buyer until the counter of the ticket includes the order. */
async function counters(target: Target): Promise<Figures> {
  const quantity = 2_000;
  const [ticketId = ''] = await offer(target, 1, { quantity });
  const orders = client(target.orders, 16);
  const buyers = users(quantity, target.signer);
  const waiting: { reserved: number; since: number }[] = [];
  const latencies: number[] = [];
  let counted = 0;
  const settle = () => {
    // `reserved` rises along the list.
    while (waiting[0] && waiting[0].reserved <= counted)
      latencies.push(performance.now() - (waiting.shift()?.since ?? Number.NaN));
  };
  await inStore(target, 'tickets', async (db) => {
    const changes = db
      .collection<{ _id: string; held: { reserved: number } }>('tickets')
      .watch([{ $match: { 'documentKey._id': ticketId } }]);
    changes.on('change', (change) => {
      if (change.operationType !== 'update') return;
      counted = change.updateDescription.updatedFields?.held?.reserved ?? counted;
      settle();
    });
    await delay(500);
    let reserved = 0;
    await rate(quantity, 16, async (index) => {
      expectStatus(await orders.ask('POST', '/api/orders', buyers[index], { ticketId }), 201);
      reserved += 1;
      waiting.push({ reserved, since: performance.now() });
      settle();
    });
    while (waiting.length > 0) await delay(20);
    await changes.close();
  });
  await orders.close();
  return {
    'order to counter p50 ms': percentile(latencies, 0.5),
    'order to counter p99 ms': percentile(latencies, 0.99),
  };
}

/** The cost of a ticket of 100,000 places with 50,000 orders, beside a single one. */
async function largeTicket(target: Target): Promise<Figures> {
  const seller = users(1, target.signer);
  const tickets = client(target.tickets, 1);
  const create = async (more: object) =>
    idOf(
      expectStatus(
        await tickets.ask('POST', '/api/tickets', seller[0], { title: 'Seat', price: '19.99', ...more }),
        201,
      ),
    );
  const single = await create({});
  const large = await create({ quantity: 100_000 });
  await fillHall(target, large, 50_000);
  const figures: Record<string, number> = {};
  for (const [name, id] of [
    ['single', single],
    ['100,000 places', large],
  ] as const) {
    const requests = {
      GET: () => tickets.ask('GET', `/api/tickets/${id}`),
      list: () => tickets.ask('GET', '/api/tickets', seller[0]),
      edit: (index: number) =>
        tickets.ask('PUT', `/api/tickets/${id}`, seller[0], { title: `Seat ${index}`, price: '19.99' }),
    };
    for (const [request, send] of Object.entries(requests))
      Object.assign(figures, await latenciesOf(`${name}: ${request}`, send));
  }
  await tickets.close();
  return figures;
}

async function latenciesOf(name: string, send: (index: number) => ReturnType<Ask>): Promise<Figures> {
  const latencies: number[] = [];
  await rate(300, 1, async (index) => {
    const begin = performance.now();
    expectStatus(await send(index), 200);
    latencies.push(performance.now() - begin);
  });
  return { [`${name} p50 ms`]: percentile(latencies, 0.5), [`${name} p99 ms`]: percentile(latencies, 0.99) };
}

/** Records paid orders of one place each in the store of tickets, until they are counted. HTTP would take minutes. */
async function fillHall(target: Target, ticketId: string, count: number): Promise<void> {
  await inStore(target, 'tickets', async (db) => {
    const holdings = db.collection<{ _id: string }>('holdings');
    for (let first = 0; first < count; first += 10_000)
      await holdings.insertMany(
        Array.from({ length: 10_000 }, (_, at) => {
          const [orderId, place] = [newId(), first + at];
          const held = { places: [place], count: 1, least: place + 1 };
          const state = { ...held, status: 'complete', version: 1, expiresAt: new Date() };
          return { _id: `${orderId}/${ticketId}`, orderId, ticketId, ...state };
        }),
      );
    // An order through the front door lets the ticket count.
    const [orders, [buyer]] = [client(target.orders, 1), users(1, target.signer)];
    while ((await orders.ask('POST', '/api/orders', buyer, { ticketId })).status !== 201) await delay(50);
    await orders.close();
    const counted = { _id: ticketId, 'held.sold': count };
    while ((await db.collection<{ _id: string }>('tickets').countDocuments(counted)) === 0) await delay(50);
  });
}

/** The load of a published comparison: 1,000 tickets, 30 connections, paid at the local card network. */
async function publicComparison(target: Target): Promise<Figures> {
  const placed = await placing(target, 1_000, 30);
  const paid = await purchases(target, 1_000, 30);
  return {
    '1,000 tickets, 30 connections: reservations/s': placed['POST order/s'] ?? Number.NaN,
    '1,000 tickets, 30 connections: fully paid/s': paid['purchases/s'] ?? Number.NaN,
  };
}

async function inStore<T>(target: Target, service: string, use: (db: Db) => Promise<T>): Promise<T> {
  const mongo = await new MongoClient(target.mongo).connect();
  try {
    return await use(mongo.db(`ticketing-${service}`));
  } finally {
    await mongo.close();
  }
}
