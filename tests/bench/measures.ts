// The measurements. Each returns named figures for the table in docs/performance.md.

import autocannon from 'autocannon';
import { setTimeout as delay } from 'node:timers/promises';
import { newId } from '@ticketing/common/id';
import { freePort, startChild } from '@ticketing/common/testing/servers';
import { MongoClient, type Collection } from 'mongodb';
import { client, expectStatus, idOf, percentile, rate, users, type Ask, type Target } from './client.js';

export type Figures = Readonly<Record<string, number>>;

type Stores = Pick<Target, 'mongo'>;

type Client = ReturnType<typeof client>;

const ticketsPerBuyer = 5;

/** Offers tickets and waits until orders has a copy of each. Returns their ids. */
export async function offer(
  target: Target,
  count: number,
  more: { quantity?: number } = {},
): Promise<string[]> {
  const tickets = client(target.processesOf('tickets'), 16);
  const sellers = target.known?.sellers ?? users(20, target.signer);
  const ids: string[] = [];
  await rate(count, 16, async (index) => {
    const body = { title: `Seat ${index}`, price: '19.99', ...more };
    ids.push(idOf(expectStatus(await tickets.ask('POST', '/api/tickets', sellers[index % 20], body), 201)));
  });
  await tickets.close();
  await caughtUp(target);
  return ids;
}

/** Waits until the consumers have caught up: a new ticket can be ordered. */
async function caughtUp(target: Target): Promise<void> {
  const [tickets, orders] = [client(target.tickets, 1), client(target.orders, 1)];
  const [seller = '', buyer = ''] = users(2, target.signer);
  for (let round = 0; round < 3; round += 1) {
    const last = idOf(
      expectStatus(await tickets.ask('POST', '/api/tickets', seller, { title: 'last', price: '1' }), 201),
    );
    let order = await orders.ask('POST', '/api/orders', buyer, { ticketId: last });
    for (
      const end = Date.now() + 60_000;
      [404, 503].includes(order.status) && Date.now() < end;
      await delay(50)
    )
      order = await orders.ask('POST', '/api/orders', buyer, { ticketId: last });
    await orders.ask('DELETE', `/api/orders/${idOf(expectStatus(order, 201))}`, buyer);
  }
  await Promise.all([tickets.close(), orders.close()]);
}

function buyersFor(target: Target, count: number) {
  const buyers = target.known?.buyers ?? users(Math.ceil(count / ticketsPerBuyer), target.signer);
  return (index: number) => buyers[index % buyers.length] ?? '';
}

/** Complete purchases of new tickets. */
export async function purchases(target: Target, count = 1_500, connections = 64): Promise<Figures> {
  return purchasesOf(target, await offer(target, count), connections);
}

/** Complete purchases of these tickets, at most `connections` at a time. */
export async function purchasesOf(
  target: Target,
  ids: readonly string[],
  connections: number,
): Promise<Figures> {
  return { 'purchases/s': await buy(target, ids, buyersFor(target, ids.length), connections) };
}

/** Buys each of the tickets: order, pay, poll until complete. Returns the purchases per second. */
export async function buy(
  target: Target,
  ids: readonly string[],
  buyer: (index: number) => string,
  connections: number,
): Promise<number> {
  const [orders, payments] = (['orders', 'payments'] as const).map((service) =>
    client(target.processesOf(service), connections),
  ) as [Client, Client];
  const perSecond = await rate(ids.length, connections, async (index) => {
    const user = buyer(index);
    const order = idOf(
      expectStatus(await orders.ask('POST', '/api/orders', user, { ticketId: ids[index] }), 201),
    );
    expectStatus(
      await payments.ask('POST', '/api/payments', user, { orderId: order, token: 'pm_card_visa' }),
      201,
    );
    await becomes(orders.ask, `/api/orders/${order}`, user, 'complete');
  });
  await Promise.all([orders.close(), payments.close()]);
  return perSecond;
}

async function becomes(ask: Ask, path: string, user: string | undefined, status: string): Promise<void> {
  for (;;) {
    const { body } = await ask('GET', path, user);
    if ((body as { status?: string } | undefined)?.status === status) return;
    await delay(50);
  }
}

/** POST /api/orders alone. */
export async function placing(target: Target, count = 3_000, connections = 16): Promise<Figures> {
  const ids = await offer(target, count);
  const buyer = buyersFor(target, count);
  const orders = client(target.processesOf('orders'), connections);
  const perSecond = await rate(count, connections, async (index) => {
    expectStatus(await orders.ask('POST', '/api/orders', buyer(index), { ticketId: ids[index] }), 201);
  });
  await orders.close();
  return { 'POST order/s': perSecond };
}

/**
 * Milliseconds from the answer to the buyer until the ticket is reserved in the store of tickets. A change stream
 * watches the store, because polling would be most of the load.
 */
export async function locking(target: Target, count = 2_000): Promise<Figures> {
  const ids = await offer(target, count);
  const buyer = buyersFor(target, count);
  const orders = client(target.orders, 16);
  const latencies = await inTickets(target, async (tickets) => {
    const reserved = new Map(ids.map((id) => [id, oneTimeSignal()]));
    const changes = tickets.watch([{ $match: { 'updateDescription.updatedFields.status': 'reserved' } }]);
    changes.on('change', (change) => {
      if (change.operationType === 'update')
        reserved.get(String(change.documentKey._id))?.fire(performance.now());
    });
    await delay(500);
    const measured: number[] = [];
    await rate(count, 16, async (index) => {
      const ticketId = ids[index] ?? '';
      expectStatus(await orders.ask('POST', '/api/orders', buyer(index), { ticketId }), 201);
      const answered = performance.now();
      measured.push(Math.max(0, ((await reserved.get(ticketId)?.fired) ?? Number.NaN) - answered));
    });
    await changes.close();
    return measured;
  });
  await orders.close();
  return { 'locked p50 ms': percentile(latencies, 0.5), 'locked p99 ms': percentile(latencies, 0.99) };
}

function oneTimeSignal() {
  let fire: (at: number) => void = () => undefined;
  const fired = new Promise<number>((resolve) => (fire = resolve));
  return { fired, fire };
}

/** GET requests per second, over 16 connections. */
export async function reading(url: string): Promise<number> {
  const result = await autocannon({ url, connections: 16, duration: 5 });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${url}: ${result.non2xx} not 2xx, ${result.errors} errors`);
  return result.requests.total / result.duration;
}

/** The present speed of this machine: a two-byte answer by node:http alone. */
export async function yardstick(): Promise<Figures> {
  const port = await freePort();
  const program = `require('node:http').createServer((_, answer) => answer.end('ok')).listen(${port}, () => console.log('up'))`;
  let ready: () => void = () => undefined;
  const isReady = new Promise<void>((resolve) => (ready = resolve));
  const child = startChild({
    name: 'yardstick',
    program: process.execPath,
    args: ['-e', program],
    onLine: ready,
  });
  await isReady;
  const perSecond = await reading(`http://127.0.0.1:${port}/`);
  await child.stop();
  return { 'yardstick: bare node:http/s': perSecond };
}

/** URL of an available ticket. */
export async function newTicketUrl(target: Target): Promise<string> {
  const [id] = await offer(target, 1);
  return `${target.tickets}/api/tickets/${id}`;
}

export async function showing(target: Target): Promise<Figures> {
  const url = await newTicketUrl(target);
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

/** Inserts available tickets into the store, until there are `count`. HTTP would take minutes. */
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
