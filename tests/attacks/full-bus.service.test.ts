// Attack: the stream is full while buyers pay in time. The limit is set on the stream itself; limits of the server and the
// account: common/src/bus/refusals.service.test.ts.

import { DiscardPolicy, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { busEnv, eventually } from '@ticketing/common/testing';
import { measureOthers, openShop, type Shop } from './others.js';

const buyers = 10;
const windowSeconds = 45;
const slowMs = 60_000;
// The tests run at the same time: each has a shop and a stream of its own, and waits until its windows close.
const started: Shop[] = [];
afterAll(async () => {
  for (const shop of started.splice(0)) await shop.stop();
});

async function aShop(): Promise<Shop> {
  const shop = await openShop({
    ...busEnv('jetstream'),
    RESERVATION_SECONDS: `${windowSeconds}`,
    PAYMENT_MARGIN_MS: '1000',
    BUS_SETTLING_MS: '20000',
    // A slow machine is no reason to answer 202 or 503.
    PAYMENT_ANSWER_MS: '30000',
    REQUEST_TIMEOUT_MS: '60000',
  });
  started.push(shop);
  return shop;
}

/** Sets the byte limit of the stream: `full` is its present size, -1 is no limit. */
async function limitStream({ NAMESPACE }: Shop, limit: 'full' | -1): Promise<void> {
  const nats = await connect({ servers: busEnv('jetstream')['NATS_URL'] ?? '' });
  const { streams } = await jetstreamManager(nats);
  const name = NAMESPACE.toUpperCase();
  const { state } = await streams.info(name);
  const max_bytes = limit === 'full' ? state.bytes : limit;
  await streams.update(name, { max_bytes, discard: DiscardPolicy.New });
  await nats.drain();
}

type Orders = Awaited<ReturnType<Shop['order']>>[];

/** Ten buyers order, the stream fills, they pay, and their windows close. */
async function payIntoFullBus(shop: Shop): Promise<Orders> {
  const orders = await Promise.all(Array.from({ length: buyers }, shop.order));
  for (const { id } of orders) await eventually(() => shop.payments.ctx.payments.get(id));
  const ends = await Promise.all(
    orders.map(async ({ id }) => (await shop.orders.ctx.orders.get(id)).expiresAt.getTime()),
  );
  await limitStream(shop, 'full');
  await Promise.all(orders.map(shop.pay));
  await eventually(async () => {
    for (const service of [shop.payments, shop.orders]) {
      const { body } = await service.request.get('/readyz').expect(200);
      expect(body.checks.bus).toMatch(/^refuses messages: maximum bytes exceeded/);
    }
  }, slowMs);
  await eventually(() => shop.orders.request.get('/metrics').expect(/dependency_up{dependency="bus"} 0/));
  // The sweep runs several times after the end of the windows.
  await new Promise((resolve) => setTimeout(resolve, Math.max(...ends) + 20_000 - Date.now()));
  return orders;
}

const statuses = (shop: Shop, orders: Orders) => Promise.all(orders.map(shop.statusOf));
const paymentOf = async (shop: Shop, { id }: Orders[number]) =>
  (await shop.payments.ctx.payments.get(id)).status;
const all = (status: string) => Array.from({ length: buyers }, () => status);

describe('a bus that is full while ten buyers pay', () => {
  test.concurrent('costs none of them the ticket: when there is space, every order completes', async () => {
    const shop = await aShop();
    const orders = await payIntoFullBus(shop);
    expect(await statuses(shop, orders)).toEqual(all('created'));

    await limitStream(shop, -1);
    const begin = performance.now();
    await eventually(async () => expect(await statuses(shop, orders)).toEqual(all('complete')), slowMs);
    const tookMs = Math.round(performance.now() - begin);
    process.stdout.write(
      `during: ${buyers} of ${buyers} paid orders complete ${tookMs} ms after there is space\n`,
    );
    expect(await Promise.all(orders.map((order) => paymentOf(shop, order)))).toEqual(all('succeeded'));
    await eventually(async () => {
      for (const service of [shop.payments, shop.orders, shop.tickets, shop.expiration]) {
        const { body } = await service.request.get('/readyz').expect(200);
        expect(body.checks.bus).toBe('ok');
      }
    }, slowMs);
    const after = await measureOthers(shop, 'after the full bus', 20);
    expect(after.succeeded).toBe(after.tried);
  });

  test.concurrent('frees the tickets of buyers who did not pay, when there is space', async () => {
    const shop = await aShop();
    const order = await shop.order();
    await limitStream(shop, 'full');
    await new Promise((resolve) => setTimeout(resolve, (windowSeconds + 5) * 1_000));
    expect(await shop.statusOf(order)).toBe('created');
    await limitStream(shop, -1);
    await eventually(async () => expect(await shop.statusOf(order)).toBe('cancelled'), slowMs);
  });

  test.concurrent('refunds them if orders does not notice the refusals (the control of the first test)', async () => {
    const shop = await aShop();
    shop.orders.ctx.bus.storesForMs = () => 3_600_000;
    const orders = await payIntoFullBus(shop);
    await eventually(async () => expect(await statuses(shop, orders)).toEqual(all('cancelled')), slowMs);
    await limitStream(shop, -1);
    await eventually(
      async () =>
        expect(await Promise.all(orders.map((order) => paymentOf(shop, order)))).toEqual(all('refunded')),
      slowMs,
    );
  });
});
