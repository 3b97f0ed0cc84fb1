// Attack: floods of messages about things that do not exist, published by somebody inside the cluster. The control, a
// consumer that leaves such messages at the broker: common/src/bus/parked-messages.service.test.ts.

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

const unknownOrder = () =>
  OrderCreated({
    id: newId(),
    version: 0,
    status: 'created',
    userId: newId(),
    expiresAt: new Date(Date.now() + 900_000).toISOString(),
    ticket: { id: newId(), title: 'Lost', price: '1.00', currency: 'usd', version: 0 },
  });

const parkedIn = async ({ storage }: Pick<TestService<unknown>, 'storage'>) =>
  (await storage.parkedMessages.depth()).count;

test('1,150 expirations of unknown orders do not delay a purchase, and end as dead letters', async () => {
  const before = await measureOthers(shop, 'before 1,150 expiration:complete of unknown orders');
  const flood = Array.from({ length: 1_150 }, () => ExpirationComplete({ orderId: newId() }));
  await Promise.all(flood.map((event) => shop.orders.publish(event)));
  const during = await measureOthers(shop, 'during');
  expect(during.succeeded).toBe(during.tried);
  expect(during.p99).toBeLessThan(Math.max(3 * before.p99, 1_000));

  const { deadLetters } = shop.orders.storage;
  await eventually(async () => expect(await deadLetters.count()).toBe(1_150), 40_000);
  await eventually(async () => expect(await parkedIn(shop.orders)).toBe(0));
  await measureOthers(shop, 'after');
});

test('1,100 orders of unknown tickets do not leave an ordered ticket free', async () => {
  const before = await measureOthers(shop, 'before 1,100 order:created of unknown tickets');
  await Promise.all(Array.from({ length: 1_100 }, () => shop.tickets.publish(unknownOrder())));
  const begin = performance.now();
  const { id, ticketId } = await shop.order();
  await eventually(async () =>
    expect(await shop.showTicket(ticketId)).toMatchObject({ status: 'reserved', orderId: id }),
  );
  expect(performance.now() - begin).toBeLessThan(5_000);
  const during = await measureOthers(shop, 'during');
  expect(during.succeeded).toBe(during.tried);
  expect(during.p99).toBeLessThan(Math.max(3 * before.p99, 1_000));
  await measureOthers(shop, 'after');
});
