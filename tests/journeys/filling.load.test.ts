// While stores are filled, the requests of users succeed. Afterwards they are as fast as with empty stores. Both are timed in
// the same run, so the speed of the machine does not decide.

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
import { fillWith } from './profiler.js';

const aLongTime = 300_000;
const rounds = 80;
/** How much longer requests may take than before. Times below `noiseMs` count as `noiseMs`. */
const allowed = { factor: 2, noiseMs: { p50: 5, p99: 50 } };

let shop: Shop;
beforeAll(async () => {
  shop = await openShop({ MONGO_TIMEOUT_MS: '30000' });
});
afterAll(() => shop.stop());

const acts = ['read', 'lock', 'scan'] as const;
type Times = Readonly<Record<(typeof acts)[number], number[]>>;
type Figures = Readonly<{ p50: number; p99: number }>;

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

function describeTimes(phase: string, times: Times): Readonly<Record<keyof Times, Figures>> {
  const figures = acts.map((act) => {
    const [p50, p99] = [percentile(times[act], 0.5), percentile(times[act], 0.99)];
    process.stdout.write(
      `${phase}: ${times[act].length} × ${act}, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms\n`,
    );
    return [act, { p50, p99 }] as const;
  });
  return Object.fromEntries(figures) as Record<keyof Times, Figures>;
}

/** The percentiles that are longer than allowed. */
function slower(now: Figures, before: Figures): string[] {
  const { factor, noiseMs } = allowed;
  return (['p50', 'p99'] as const)
    .filter((name) => now[name] > factor * Math.max(before[name], noiseMs[name]))
    .map((name) => `${name} ${now[name].toFixed(1)} ms, before ${before[name].toFixed(1)} ms`);
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

test(
  'others read and take tickets while 400,000 documents come into the stores, and as fast with them',
  async () => {
    await useShopUntil((round) => round === rounds); // warms up
    const before = describeTimes('before', await useShopUntil((round) => round === rounds));
    let isFull = false;
    const filling = fillAll().finally(() => (isFull = true));
    // Every answer is checked. The times depend on the cores: this process fills, serves and asks.
    describeTimes('during', await useShopUntil(() => isFull));
    await filling;
    const after = describeTimes('after', await useShopUntil((round) => round === rounds));

    for (const act of ['read', 'lock'] as const)
      expect([act, slower(after[act], before[act])]).toEqual([act, []]);
    // The control: the same comparison finds a query that reads the whole collection.
    expect(slower(after.scan, before.scan)).not.toEqual([]);
  },
  aLongTime,
);
