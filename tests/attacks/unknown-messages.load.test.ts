// Attack: floods of messages about things that do not exist, published by somebody inside the cluster. The broker delivers
// in order, so others wait while a flood is handled. The measure of that wait is another flood, in the same test on the same
// machine: as many messages that the service handles, each with one write. The control, a consumer that leaves unknown
// messages at the broker, is in common/src/bus/parked-messages.service.test.ts.

import { ExpirationComplete, OrderCreated, TicketCreated } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { eventually, type TestService } from '@ticketing/common/testing';
import { measureOthers, openShop, type Shop } from './others.js';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop({ RETRY_DELAY_MS: '250', PARKED_SWEEP_MS: '1000', NOT_FOUND_RETRY_SECONDS: '20' });
  await measureOthers(shop, 'warm-up', 30);
});
afterAll(() => shop.stop());

type Event = Parameters<typeof shop.orders.publish>[0];

const publish = (count: number, event: (index: number) => Event) =>
  Promise.all(Array.from({ length: count }, (_, index) => shop.orders.publish(event(index))));

const parkedIn = async ({ storage }: Pick<TestService<unknown>, 'storage'>) =>
  (await storage.parkedMessages.depth()).count;

test('1,150 expirations of unknown orders do not delay a purchase, and end as dead letters', async () => {
  const ticket = { version: 0, title: 'New', price: '1.00', currency: 'usd', userId: newId() } as const;
  await publish(1_150, () => TicketCreated({ id: newId(), ...ticket }));
  const control = await measureOthers(shop, 'during 1,150 ticket:created');

  await publish(1_150, () => ExpirationComplete({ orderId: newId() }));
  const during = await measureOthers(shop, 'during 1,150 expiration:complete of unknown orders');
  expect(during.succeeded).toBe(during.tried);
  expect(during.p99).toBeLessThan(Math.max(3 * control.p99, 1_000));

  const { deadLetters } = shop.orders.storage;
  await eventually(async () => expect(await deadLetters.count()).toBe(1_150), 120_000);
  await eventually(async () => expect(await parkedIn(shop.orders)).toBe(0));
  await measureOthers(shop, 'after');
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
  const known = await Promise.all(Array.from({ length: 50 }, () => shop.order()));

  await publish(1_100, (index) => orderOf(known[index % known.length]?.ticketId ?? ''));
  const controlMs = await untilReserved();
  const control = await measureOthers(shop, 'after 1,100 order:created of known tickets');

  await publish(1_100, () => orderOf(newId()));
  expect(await untilReserved()).toBeLessThan(Math.max(2 * controlMs, 1_000));
  const during = await measureOthers(shop, 'after 1,100 order:created of unknown tickets');
  expect(during.succeeded).toBe(during.tried);
  expect(during.p99).toBeLessThan(Math.max(3 * control.p99, 1_000));
});
