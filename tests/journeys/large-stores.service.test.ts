// The reads of requests and jobs of tickets, orders and payments in large stores; large-accounts has those of auth.

import { jobCause } from '@ticketing/common/observability';
import { newId } from '@ticketing/common/id';
import { eventually } from '@ticketing/common/testing';
import { expireOverdueOrders } from '../../orders/src/jobs/expire-overdue-orders.js';
import { measureOrders } from '../../orders/src/metrics.js';
import { settlePayments } from '../../payments/src/jobs/settle-payments.js';
import { measurePayments } from '../../payments/src/metrics.js';
import { findPayments, stuckPayments } from '../../payments/src/operator.js';
import { openShop, type Shop } from '../attacks/others.js';
import {
  aCopy,
  aHall,
  aHolding,
  anOrder,
  aPayment,
  aTicket,
  buyer,
  hallId,
  many,
  seller,
} from './many-documents.js';
import { fillWith, profilerOf, tooMuch, type ExaminedBy } from './profiler.js';

/** A page, or the open orders that a gauge counts. A query that grew with the store would examine thousands. */
const few = 200;
const aLongTime = 600_000;

let shop: Shop;
let examinedBy: ExaminedBy;

beforeAll(async () => {
  shop = await openShop({ MONGO_TIMEOUT_MS: '30000' });
  const { tickets, orders, payments } = shop;
  examinedBy = profilerOf(
    [tickets.ctx.tickets, orders.ctx.orders, payments.ctx.payments].map(({ model }) => model.db),
    ['tickets', 'holdings', 'orders', 'payments'],
  );
  await fillWith(tickets.ctx.tickets.model.collection, many, aTicket);
  await tickets.ctx.tickets.model.collection.insertOne(aHall() as never);
  await fillWith(tickets.ctx.tickets.holdings.model.collection, many, aHolding);
  await fillWith(orders.ctx.orders.model.collection, many, anOrder);
  await fillWith(orders.ctx.tickets.model.collection, many, aCopy);
  await fillWith(payments.ctx.payments.model.collection, many, aPayment);
}, aLongTime);
afterAll(() => shop.stop());

const editHall = async () => {
  const put = shop.tickets.request.put(`/api/tickets/${hallId}`).set('Cookie', seller.cookie);
  await put.send({ title: `Final ${newId()}`, price: '19.99' }).expect(200);
};

const get = (service: keyof Shop & ('tickets' | 'orders' | 'payments'), path: string, who = buyer) =>
  shop[service].request.get(path).set('Cookie', who.cookie).expect(200);
const newest = async () => (await get('tickets', '/api/tickets?limit=1')).body[0] as { id: string };
const cause = jobCause('test');
const run = { cause, signal: new AbortController().signal };

// Each path, the collection that it must have read, and how many keys it may examine.
const paths: [what: string, reads: RegExp, most: number, work: () => Promise<unknown>][] = [
  ['shows a ticket', /tickets/, few, async () => get('tickets', `/api/tickets/${(await newest()).id}`)],
  ['shows one of 100,000 places', /tickets/, few, () => get('tickets', `/api/tickets/${hallId}`)],
  ['edits one of 100,000 places', /tickets/, few, editHall],
  ['lists tickets', /tickets/, few, () => get('tickets', '/api/tickets')],
  ['finds a word of every ticket', /tickets/, few, () => get('tickets', '/api/tickets?q=final&sort=price')],
  ['finds two words', /tickets/, 1_001, () => get('tickets', '/api/tickets?q=final%2042')],
  ['lists a seller', /tickets/, few, () => get('tickets', `/api/tickets?seller=${seller.id}`, seller)],
  ['sells, places, shows, pays and completes an order', /payments/, few, () => shop.buy()],
  ['refuses a taken ticket', /orders/, few, placeTaken],
  ['lists the orders of a buyer with 5,000', /orders/, few, () => get('orders', '/api/orders')],
  ['lists the cancelled ones', /orders/, few, () => get('orders', '/api/orders?status=cancelled')],
  ['lists the sales of a seller', /orders/, few, () => get('orders', '/api/orders/sales', seller)],
  ['expires overdue orders', /orders/, few, expireOne],
  ['settles payments', /payments/, few, () => settlePayments(shop.payments.ctx)(run)],
  ['finds the payment of an intent', /payments/, few, () => shop.payments.ctx.payments.ofIntent('pi_7')],
  ['finds the payment of a refund', /payments/, few, () => readAll(findPayments(shop.payments.ctx, 're_7'))],
  ['lists stuck payments', /payments/, few, () => readAll(stuckPayments(shop.payments.ctx))],
  ['shows a history', /orders/, few, async () => shop.orders.ctx.orders.historyOf((await shop.order()).id)],
  ['sweeps the outboxes', /orders/, few, sweepOutboxes],
  ['measures the gauges', /payments/, few, measureAll],
];

async function placeTaken() {
  const { ticketId } = await shop.order();
  const place = shop.orders.request.post('/api/orders').set('Cookie', buyer.cookie);
  await place.send({ ticketId }).expect(409);
}

async function expireOne() {
  const { id, buyer: late } = await shop.order();
  const overdue = { $set: { expiresAt: new Date(Date.now() - 600_000) } };
  await shop.orders.ctx.orders.model.collection.updateOne({ _id: id as never }, overdue);
  await eventually(async () => {
    await expireOverdueOrders(shop.orders.ctx)({ cause });
    expect((await get('orders', `/api/orders/${id}`, late)).body.status).toBe('cancelled');
  });
}

async function sweepOutboxes() {
  for (const { storage } of [shop.tickets, shop.orders, shop.payments])
    for (const outbox of storage.outboxes) {
      await outbox.pending(new Date(), 500);
      await outbox.depth();
    }
}

async function readAll(found: AsyncIterable<unknown>) {
  for await (const _one of found);
}

async function measureAll() {
  await measureOrders(shop.orders.ctx);
  await measurePayments(shop.payments.ctx);
}

test.each(paths)(
  'with 50,000 of everything, a service that %s examines only what it needs',
  async (_what, reads, most, work) => {
    const examined = await examinedBy(work);
    expect(examined.filter(({ ns }) => reads.test(ns))).not.toEqual([]);
    expect(examined.filter(tooMuch(most))).toEqual([]);
  },
);

test('a query without an index examines everything (the control of the tests above)', async () => {
  const { model } = shop.orders.ctx.orders;
  const examined = await examinedBy(() => model.collection.findOne({ stripeId: 'pi_unknown' }));
  expect(examined.filter(tooMuch(few))).toMatchObject([{ plan: 'COLLSCAN', documents: expect.any(Number) }]);
});
