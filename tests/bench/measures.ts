// What is measured. Each returns figures by name; the table in docs/performance.md is made of them.

import autocannon from 'autocannon';
import { setTimeout as delay } from 'node:timers/promises';
import { newId } from '@ticketing/common/id';
import { freePort, startChild } from '@ticketing/common/testing/servers';
import { MongoClient, type Collection } from 'mongodb';
import { client, expectStatus, idOf, percentile, rate, users, type Ask, type Target } from './client.js';

export type Figures = Readonly<Record<string, number>>;

type Stores = Pick<Target, 'mongo'>;

const ticketsPerBuyer = 5;

/** Lists tickets for sale and waits until orders knows them all. */
export async function offer(target: Target, count: number): Promise<string[]> {
  const tickets = client(target.tickets, 16);
  const sellers = users(20, target.jwtKey);
  const ids: string[] = [];
  await rate(count, 16, async (index) => {
    const body = { title: `Seat ${index}`, price: '19.99' };
    ids.push(idOf(expectStatus(await tickets.ask('POST', '/api/tickets', sellers[index % 20], body), 201)));
  });
  await tickets.close();
  await quiet(target);
  return ids;
}

/** Waits until the events of what was done have been taken up: a ticket offered now can be ordered. */
async function quiet(target: Target): Promise<void> {
  const [tickets, orders] = [client(target.tickets, 1), client(target.orders, 1)];
  const [user = ''] = users(1, target.jwtKey);
  for (let round = 0; round < 3; round += 1) {
    const last = idOf(
      expectStatus(await tickets.ask('POST', '/api/tickets', user, { title: 'last', price: '1' }), 201),
    );
    let order = await orders.ask('POST', '/api/orders', user, { ticketId: last });
    while (order.status === 404) order = await orders.ask('POST', '/api/orders', user, { ticketId: last });
    await orders.ask('DELETE', `/api/orders/${idOf(expectStatus(order, 201))}`, user);
  }
  await Promise.all([tickets.close(), orders.close()]);
}

function buyersFor(target: Target, count: number) {
  const buyers = users(Math.ceil(count / ticketsPerBuyer), target.jwtKey);
  return (index: number) => buyers[index % buyers.length] ?? '';
}

/** Order, pay, seen complete. */
export async function purchases(target: Target, count = 1_500): Promise<Figures> {
  const ids = await offer(target, count);
  const buyer = buyersFor(target, count);
  const [orders, payments] = [client(target.orders, 64), client(target.payments, 64)];
  const perSecond = await rate(count, 64, async (index) => {
    const user = buyer(index);
    const order = idOf(
      expectStatus(await orders.ask('POST', '/api/orders', user, { ticketId: ids[index] }), 201),
    );
    expectStatus(
      await payments.ask('POST', '/api/payments', user, { orderId: order, token: 'pm_card_visa' }),
      201,
    );
    await seen(orders.ask, `/api/orders/${order}`, user, 'complete');
  });
  await Promise.all([orders.close(), payments.close()]);
  return { 'purchases/s': perSecond };
}

async function seen(ask: Ask, path: string, user: string | undefined, status: string): Promise<number> {
  for (;;) {
    const { body } = await ask('GET', path, user);
    if ((body as { status?: string } | undefined)?.status === status) return performance.now();
    await delay(50);
  }
}

/** POST order alone. */
export async function placing(target: Target, count = 3_000): Promise<Figures> {
  const ids = await offer(target, count);
  const buyer = buyersFor(target, count);
  const orders = client(target.orders, 16);
  const perSecond = await rate(count, 16, async (index) => {
    expectStatus(await orders.ask('POST', '/api/orders', buyer(index), { ticketId: ids[index] }), 201);
  });
  await orders.close();
  return { 'POST order/s': perSecond };
}

/**
 * From the answer to the buyer until the ticket is reserved in the store of tickets, which is watched: asking for it again
 * and again would be most of the load.
 */
export async function locking(target: Target, count = 2_000): Promise<Figures> {
  const ids = await offer(target, count);
  const buyer = buyersFor(target, count);
  const orders = client(target.orders, 16);
  const took = await inTickets(target, async (tickets) => {
    const reserved = new Map(ids.map((id) => [id, aSignal()]));
    const changes = tickets.watch([{ $match: { 'updateDescription.updatedFields.status': 'reserved' } }]);
    changes.on('change', (change) => {
      if (change.operationType === 'update')
        reserved.get(String(change.documentKey._id))?.give(performance.now());
    });
    await delay(500);
    const all: number[] = [];
    await rate(count, 16, async (index) => {
      const ticketId = ids[index] ?? '';
      expectStatus(await orders.ask('POST', '/api/orders', buyer(index), { ticketId }), 201);
      const answered = performance.now();
      all.push(Math.max(0, ((await reserved.get(ticketId)?.given) ?? Number.NaN) - answered));
    });
    await changes.close();
    return all;
  });
  await orders.close();
  return { 'locked p50 ms': percentile(took, 0.5), 'locked p99 ms': percentile(took, 0.99) };
}

function aSignal() {
  let give: (at: number) => void = () => undefined;
  const given = new Promise<number>((resolve) => (give = resolve));
  return { given, give };
}

/** Reads of one path, 16 connections. */
export async function reading(url: string): Promise<number> {
  const result = await autocannon({ url, connections: 16, duration: 5 });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${url}: ${result.non2xx} not 2xx, ${result.errors} errors`);
  return result.requests.total / result.duration;
}

/** What this machine can do at this moment: an answer of two letters by node:http alone. */
export async function yardstick(): Promise<Figures> {
  const port = await freePort();
  const program = `require('node:http').createServer((_, answer) => answer.end('ok')).listen(${port}, () => console.log('up'))`;
  let up: () => void = () => undefined;
  const isUp = new Promise<void>((resolve) => (up = resolve));
  const child = startChild({
    name: 'yardstick',
    program: process.execPath,
    args: ['-e', program],
    onLine: up,
  });
  await isUp;
  const perSecond = await reading(`http://127.0.0.1:${port}/`);
  await child.stop();
  return { 'yardstick: bare node:http/s': perSecond };
}

/** The address of a ticket that is for sale. */
export async function aTicketOf(target: Target): Promise<string> {
  const [id] = await offer(target, 1);
  return `${target.tickets}/api/tickets/${id}`;
}

export async function showing(target: Target): Promise<Figures> {
  const url = await aTicketOf(target);
  return {
    'GET ticket/s': await reading(url),
    'GET ticket/s through the gateway': await reading(url.replace(target.tickets, target.gateway)),
  };
}

export async function listing(target: Target): Promise<Figures> {
  const missing = 1_000 - (await countAvailable(target));
  if (missing > 0) await offer(target, missing);
  return { 'list/s': await reading(`${target.tickets}/api/tickets`) };
}

/** So many tickets for sale in the store. Through HTTP they would take minutes. */
export async function manyTickets(target: Stores, count: number): Promise<void> {
  const missing = count - (await countAvailable(target));
  const ticket = {
    title: 'Seat',
    priceInMinorUnits: 1_999,
    currency: 'usd',
    userId: newId(),
    status: 'available',
  };
  const bookkeeping = { holds: {}, version: 0, outbox: [], history: [], changedAt: new Date() };
  await inTickets(target, async (tickets) => {
    for (let done = 0; done < missing; done += 10_000) {
      const batch = Array.from({ length: Math.min(10_000, missing - done) }, () => ({
        _id: newId(),
        ...ticket,
        ...bookkeeping,
      }));
      await tickets.insertMany(batch as never);
    }
  });
}

const countAvailable = async (target: Stores) =>
  inTickets(target, async (tickets) => tickets.countDocuments({ status: 'available' }));

async function inTickets<T>(target: Stores, use: (tickets: Collection) => Promise<T>): Promise<T> {
  const mongo = await new MongoClient(target.mongo).connect();
  try {
    return await use(mongo.db('ticketing-tickets').collection('tickets'));
  } finally {
    await mongo.close();
  }
}
