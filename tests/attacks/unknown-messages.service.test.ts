// Attack: floods of messages about things that do not exist, published by somebody inside the cluster. The broker delivers
// in order, so others wait while a flood is handled. As the measure of that wait, in the same test on the same machine: a
// flood of as many messages about a known thing. A consumer that leaves unknown ones at the broker:
// common/src/bus/parked-messages.service.test.ts.

import { ExpirationComplete, OrderCreated } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { eventually, type TestService } from '@ticketing/common/testing';
import { measureOthers, openShop, type Shop } from './others.js';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop({ RETRY_DELAY_MS: '250', PARKED_SWEEP_MS: '1000', NOT_FOUND_RETRY_SECONDS: '20' });
  await measureOthers(shop, 'warm-up', 30);
});
afterAll(() => shop.stop());

type Event = ReturnType<typeof ExpirationComplete> | ReturnType<typeof OrderCreated>;

const publish = (count: number, event: () => Event) =>
  Promise.all(Array.from({ length: count }, () => shop.orders.publish(event())));

const parkedIn = async ({ storage }: Pick<TestService<unknown>, 'storage'>) =>
  (await storage.parkedMessages.depth()).count;

test('1,150 expirations of unknown orders do not delay a purchase, and end as dead letters', async () => {
  const known = await shop.order();
  await publish(1_150, () => ExpirationComplete({ orderId: known.id }));
  const control = await measureOthers(shop, 'during 1,150 expiration:complete of a known order');

  await publish(1_150, () => ExpirationComplete({ orderId: newId() }));
  const during = await measureOthers(shop, 'during 1,150 expiration:complete of unknown orders');
  expect(during.succeeded).toBe(during.tried);
  expect(during.p99).toBeLessThan(Math.max(3 * control.p99, 1_000));

  const { deadLetters } = shop.orders.storage;
  await eventually(async () => expect(await deadLetters.count()).toBe(1_150), 60_000);
  await eventually(async () => expect(await parkedIn(shop.orders)).toBe(0));
  await measureOthers(shop, 'after');
});

/** Milliseconds from the order until the ticket is reserved. */
async function untilReserved(): Promise<number> {
  const begin = performance.now();
  const { id, ticketId } = await shop.order();
  const reserved = { status: 'reserved', orderId: id };
  await eventually(async () => expect(await shop.showTicket(ticketId)).toMatchObject(reserved), 60_000);
  const tookMs = performance.now() - begin;
  process.stdout.write(`reserved after ${Math.round(tookMs)} ms\n`);
  return tookMs;
}

test('1,100 orders of unknown tickets do not leave an ordered ticket free', async () => {
  const { id } = await shop.order();
  await eventually(() => expect(shop.orders.eventsOf('order:created', id)).toHaveLength(1));
  const data = OrderCreated.schema.parse(shop.orders.eventsOf('order:created', id)[0]);
  const ticket = () => ({ ...data.ticket, id: newId() });

  await publish(1_100, () => OrderCreated(data));
  const controlMs = await untilReserved();
  const control = await measureOthers(shop, 'after 1,100 order:created of a known order');

  await publish(1_100, () => OrderCreated({ ...data, id: newId(), ticket: ticket() }));
  expect(await untilReserved()).toBeLessThan(Math.max(3 * controlMs, 5_000));
  const during = await measureOthers(shop, 'after 1,100 order:created of unknown tickets');
  expect(during.succeeded).toBe(during.tried);
  expect(during.p99).toBeLessThan(Math.max(3 * control.p99, 1_000));
});
