// Attack: floods of messages about things that do not exist, published by somebody inside the cluster. The broker delivers
// in order, so others wait while a flood is handled once, but not for its repeats. The order of the tries shows it, which does
// not depend on the speed of the machine. The control, a consumer that leaves unknown messages at the broker, is in
// common/src/bus/parked-messages.service.test.ts.

import { ExpirationComplete, OrderCreated } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { eventually, type TestService } from '@ticketing/common/testing';
import { measureOthers, openShop, type Shop } from './others.js';

// A parked message is tried again when a test makes it due.
const slow = { RETRY_DELAY_MS: '600000', RETRY_DELAY_MAX_MS: '600000', NOT_FOUND_RETRY_SECONDS: '3600' };

let shop: Shop;
beforeAll(async () => {
  shop = await openShop({ ...slow, PARKED_SWEEP_MS: '1000', REQUEST_TIMEOUT_MS: '30000' });
  await measureOthers(shop, 'before', 30);
});
afterAll(() => shop.stop());
afterEach(() => jest.restoreAllMocks());

type Event = Parameters<typeof shop.orders.publish>[0];

const publish = (ids: readonly string[], event: (id: string) => Event) =>
  Promise.all(ids.map((id) => shop.orders.publish(event(id))));

const newIds = (count: number): string[] => Array.from({ length: count }, () => newId());

const parkedIn = async ({ storage }: Pick<TestService<unknown>, 'storage'>) =>
  (await storage.parkedMessages.depth()).count;

/** How many tries were not the first one for one of these ids. */
function countRepeats(tried: readonly string[], ids: readonly string[]): number {
  const all = new Set(ids);
  const found = tried.filter((id) => all.has(id));
  return found.length - new Set(found).size;
}

test('1,150 expirations of unknown orders do not delay a purchase, and end as dead letters', async () => {
  const { orders } = shop.orders.ctx;
  const get = jest.spyOn(orders, 'get');
  const ids = newIds(1_150);
  await publish(ids, (orderId) => ExpirationComplete({ orderId }));
  await shop.buy();
  const tried = get.mock.calls.map(([id]) => id);
  expect(countRepeats(tried, ids)).toBe(0);

  // All are due, and too old.
  const parked = orders.model.db.collection('parkedMessages');
  await eventually(async () => expect(await parkedIn(shop.orders)).toBe(ids.length));
  await parked.updateMany({}, { $set: { nextTryAt: new Date(0), parkedAt: new Date(0) } });
  const during = await measureOthers(shop, 'during 1,150 dead letters about unknown orders');
  expect(during.succeeded).toBe(during.tried);
  const { deadLetters } = shop.orders.storage;
  await eventually(async () => expect(await deadLetters.count()).toBe(ids.length), 120_000);
  await eventually(async () => expect(await parkedIn(shop.orders)).toBe(0));
});

const orderOf = (ticketId: string) =>
  OrderCreated({
    id: newId(),
    version: 0,
    status: 'created',
    userId: newId(),
    expiresAt: new Date(Date.now() + 900_000).toISOString(),
    ticket: { id: ticketId, title: 'Final', price: '19.99', currency: 'usd', version: 0 },
  });

/** Orders a new ticket, and resolves when it is reserved. */
async function reserveTicket(): Promise<string> {
  const begin = performance.now();
  const { id, ticketId } = await shop.order();
  const reserved = { status: 'reserved', orderId: id };
  await eventually(async () => expect(await shop.showTicket(ticketId)).toMatchObject(reserved), 60_000);
  process.stdout.write(`reserved after ${Math.round(performance.now() - begin)} ms\n`);
  return ticketId;
}

test('1,100 orders of unknown tickets do not leave an ordered ticket free', async () => {
  const record = jest.spyOn(shop.tickets.ctx.tickets, 'record');
  const ids = newIds(1_100);
  await publish(ids, orderOf);
  const ticketId = await reserveTicket();
  const tried = record.mock.calls.map(([order]) => order.ticketId);
  expect(tried).toContain(ticketId);
  expect(countRepeats(tried.slice(0, tried.indexOf(ticketId)), ids)).toBe(0);

  const during = await measureOthers(shop, 'after 1,100 order:created of unknown tickets');
  expect(during.succeeded).toBe(during.tried);
});
