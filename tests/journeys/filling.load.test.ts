// While stores are filled, the requests of users succeed. Afterwards they examine no more than they need. The times are printed
// only: they depend on the machine.

import { createClient } from '@ticketing/client';
import { aUser, eventually } from '@ticketing/common/testing';
import { openShop, type Shop } from '../attacks/others.js';
import { percentile } from '../bench/client.js';
import { done, refused } from '../system/person.js';
import {
  aCopy,
  aDeadLetter,
  aFailure,
  aHolding,
  anIdempotencyKey,
  anOrder,
  aPayment,
  aTicket,
  many,
} from './many-documents.js';
import { fillWith, profilerOf, tooMuch } from './profiler.js';

const aLongTime = 900_000;
const rounds = 80;
/** A page. A query that grew with the store would examine thousands. */
const few = 200;

let shop: Shop;
beforeAll(async () => {
  shop = await openShop({ MONGO_TIMEOUT_MS: '30000', REQUEST_TIMEOUT_MS: '30000' });
});
afterAll(() => shop.stop());

const acts = ['read', 'lock', 'scan'] as const;
type Times = Readonly<Record<(typeof acts)[number], number[]>>;

async function timed<T>(times: number[], work: () => Promise<T>): Promise<T> {
  const begin = performance.now();
  const result = await work();
  times.push(performance.now() - begin);
  return result;
}

const at = ({ url }: { url: string }) =>
  createClient({ url, retries: 0, headers: { cookie: aUser().cookie } });

/** Two others want a new ticket: one takes it, and the other is refused. @throws Error at any other answer */
async function useShop(times: Times): Promise<void> {
  const [seller, buyer, rival] = [at(shop.tickets), at(shop.orders), at(shop.orders)];
  const { id: ticketId } = await done(seller.createTicket({ title: 'Cup', price: '19.99' }), 201);
  await eventually(() => shop.orders.ctx.tickets.get(ticketId));
  const { id: orderId } = await timed(times.lock, () => done(buyer.placeOrder({ ticketId }), 201));
  await timed(times.lock, () => refused(rival.placeOrder({ ticketId }), 409, 'ticket-reserved'));
  await timed(times.read, () => done(seller.showTicket({ ticketId }), 200));
  await timed(times.read, () => done(seller.listTickets({ q: 'final' }), 200));
  await timed(times.read, () => done(buyer.showOrder({ orderId }), 200));
  const { model } = shop.orders.ctx.orders;
  await timed(times.scan, () => model.collection.findOne({ noIndex: 'unknown' }));
}

async function useShopUntil(isOver: (round: number) => boolean): Promise<Times> {
  const times: Times = { read: [], lock: [], scan: [] };
  for (let round = 0; !isOver(round); round += 1) await useShop(times);
  return times;
}

function printTimes(phase: string, times: Times): void {
  for (const act of acts) {
    const [p50, p99] = [percentile(times[act], 0.5), percentile(times[act], 0.99)];
    process.stdout.write(
      `${phase}: ${times[act].length} × ${act}, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms\n`,
    );
  }
}

async function fillAll(): Promise<void> {
  const { tickets, orders, payments } = shop;
  const [ticketStore, orderStore] = [tickets.ctx.tickets, orders.ctx.orders];
  const { db } = orderStore.model;
  await fillWith(ticketStore.model.collection, many, aTicket, 500);
  await fillWith(ticketStore.holdings.model.collection, many, aHolding, 500);
  await fillWith(orderStore.model.collection, many, anOrder, 500);
  await fillWith(orders.ctx.tickets.model.collection, many, aCopy, 500);
  await fillWith(payments.ctx.payments.model.collection, many, aPayment, 500);
  await fillWith(payments.ctx.payments.model.db.collection('declines'), many, aFailure, 500);
  await fillWith(db.collection('idempotencyKeys'), many, anIdempotencyKey, 500);
  await fillWith(db.collection('deadLetters'), many, aDeadLetter, 500);
}

const collections = [
  'tickets',
  'holdings',
  'orders',
  'payments',
  'declines',
  'idempotencyKeys',
  'deadLetters',
];

/** What the databases examine while the shop is used. */
async function examinedInRounds(count: number) {
  const { tickets, orders, payments } = shop;
  const stores = [tickets.ctx.tickets, orders.ctx.orders, payments.ctx.payments];
  const examinedBy = profilerOf(
    stores.map(({ model }) => model.db),
    collections,
  );
  return examinedBy(() => useShopUntil((round) => round === count));
}

test(
  'others read and take tickets while 400,000 documents come into the stores, and examine no more with them',
  async () => {
    await useShopUntil((round) => round === rounds); // warms up
    printTimes('before', await useShopUntil((round) => round === rounds));
    let isFull = false;
    const filling = fillAll().finally(() => (isFull = true));
    // Every answer is checked. The times depend on the cores: this process fills, serves and asks.
    printTimes('during', await useShopUntil(() => isFull));
    await filling;
    printTimes('after', await useShopUntil((round) => round === rounds));

    const examined = (await examinedInRounds(5)).filter(tooMuch(few));
    // The control: only the query that reads the whole collection is found.
    expect(examined.map(({ plan, documents }) => [plan, documents >= many])).toEqual(
      Array.from({ length: 5 }, () => ['COLLSCAN', true]),
    );
  },
  aLongTime,
);
