import { setImmediate as nextTurn } from 'node:timers/promises';
import { accept, refuse, type Decision } from '@ticketing/common/decision';
import type { Order } from './domain/order.js';
import type { BuyerNetwork } from './domain/placement.js';
import { openNetworkHolds } from './network-holds.js';

const most = 30;

/** Processes that share a store, in which each place stays held until `stored` is set. */
function openProcesses(count: number, limit = most) {
  const store = { places: 0, counts: 0 };
  let nowMs = 0;
  const countStored = async (_network: string, upTo: number) => {
    store.counts += 1;
    return Math.min(store.places, upTo);
  };
  const processes = Array.from({ length: count }, () => openNetworkHolds(limit, countStored, () => nowMs));

  async function decide(network: BuyerNetwork | undefined, status: Order['status'], places: number) {
    await nextTurn();
    if (network?.isFull) return refuse('full');
    if (status === 'created') store.places += places;
    return accept({ status } as Order);
  }
  /** Is an order of this address placed? */
  const place = async (at: number, address = '127.0.0.1', status: Order['status'] = 'created', places = 1) =>
    (await processes[at]?.counted(address, places, (network) => decide(network, status, places)))?.outcome ===
    'accepted';
  const placeMany = async (at: number, tries: number, address?: string) =>
    (await Promise.all(Array.from({ length: tries }, () => place(at, address)))).filter(Boolean).length;

  return { store, place, placeMany, wait: (ms: number) => (nowMs += ms) };
}

test('one process lets exactly as many orders of a network through as are allowed, however many come at once', async () => {
  const { placeMany } = openProcesses(1);
  expect(await placeMany(0, 100)).toBe(most);
  expect(await placeMany(0, 100)).toBe(0);
});

test('another network is not affected, and the addresses of an IPv6 /64 are one network', async () => {
  const { placeMany, place } = openProcesses(1);
  await placeMany(0, most, '2001:db8::1');
  expect(await place(0, '2001:db8::2')).toBe(false);
});

describe.each([1, 2, 3, 10])('%i processes exceed the limit by less than a thirtieth of it each', (count) => {
  const limit = 300;
  const expectLimited = (orders: number) => {
    expect(orders).toBeGreaterThanOrEqual(limit);
    expect(orders).toBeLessThanOrEqual(limit + (count - 1) * (limit / 30));
  };

  test('when one order follows another', async () => {
    const { store, place } = openProcesses(count, limit);
    // In turn, as a load balancer sends them.
    for (let tries = 0; tries < 2 * limit; tries += 1) await place(tries % count);
    expectLimited(store.places);
  });

  test('when all come at one instant', async () => {
    const { store, placeMany } = openProcesses(count, limit);
    await Promise.all(Array.from({ length: count }, (_, at) => placeMany(at, 2 * limit)));
    expectLimited(store.places);
  });
});

test('a network may order again within a second after its orders were paid or ended', async () => {
  const { store, place, placeMany, wait } = openProcesses(2);
  await placeMany(0, most);
  store.places -= 1;
  wait(1_000);
  expect([await place(0), await place(0), await place(1)]).toEqual([true, false, true]);
});

test('a full network costs one count in a second, and most orders of other networks none', async () => {
  const { store, placeMany, wait } = openProcesses(1, 300);
  await placeMany(0, 300);
  wait(5_000);
  const before = store.counts;
  for (let wave = 0; wave < 3; wave += 1) await placeMany(0, 500);
  expect(store.counts - before).toBe(1);
  for (let guest = 0; guest < 100; guest += 1) await placeMany(0, 9, `127.0.1.${guest}`);
  expect(store.counts - before).toBe(1);
});

test('an order that is placed while the store is counted is not forgotten', async () => {
  let count: (orders: number) => void = () => undefined;
  // Two orders are let through between two counts.
  const holds = openNetworkHolds(60, () => new Promise((resolve) => (count = resolve)));
  const placed = accept({ status: 'created' } as Order);
  const at = (place: Parameters<typeof holds.counted>[2]) => holds.counted('127.0.0.1', 1, place);
  const order = () => at(async (network) => (network?.isFull ? refuse('full') : placed));

  let finish: () => void = () => undefined;
  const slow = at(() => new Promise((resolve) => (finish = () => resolve(placed))));
  await order();
  const third = order();
  finish();
  await slow;
  count(59);
  expect(await third).toMatchObject({ code: 'full' });
});

test('refused orders and free tickets take no place', async () => {
  const { store, place, placeMany } = openProcesses(1);
  for (let order = 0; order < 2 * most; order += 1)
    expect(await place(0, '127.0.0.1', 'complete')).toBe(true);
  expect(await placeMany(0, 2 * most)).toBe(most);
  expect(store.places).toBe(most);
});

test('no network is limited where the limit is 0', async () => {
  const { store, placeMany } = openProcesses(1, 0);
  expect(await placeMany(0, 500)).toBe(500);
  expect(store.counts).toBe(0);
});

test('an order counts with all its places, and none is let through that would exceed the limit', async () => {
  const { store, place } = openProcesses(1);
  const ofPlaces = (places: number) => place(0, '127.0.0.1', 'created', places);
  expect([await ofPlaces(20), await ofPlaces(11), await ofPlaces(10), await ofPlaces(1)]).toEqual([
    true,
    false,
    true,
    false,
  ]);
  expect(store.places).toBe(most);
});

test('orders of many places that come at once exceed the limit of several processes by one order each', async () => {
  const { store, place } = openProcesses(3, 300);
  await Promise.all(Array.from({ length: 120 }, (_, index) => place(index % 3, '127.0.0.1', 'created', 20)));
  expect(store.places).toBeGreaterThan(280);
  expect(store.places).toBeLessThanOrEqual(300 + 2 * 20);
});

test('orders of a few places that come at once exceed the limit of several processes by a thirtieth each', async () => {
  const { store, place } = openProcesses(3, 300);
  await Promise.all(Array.from({ length: 300 }, (_, index) => place(index % 3, '127.0.0.1', 'created', 6)));
  expect(store.places).toBeGreaterThanOrEqual(295);
  expect(store.places).toBeLessThanOrEqual(300 + 2 * 10);
});

test('nobody waits for ever when the store cannot be counted', async () => {
  let counts = 0;
  const holds = openNetworkHolds(most, async () => {
    counts += 1;
    if (counts > 1) throw new Error('the store is away');
    return 0;
  });
  const order = () =>
    holds.counted('127.0.0.1', 1, async (): Promise<Decision<Order>> => {
      await nextTurn();
      return accept({ status: 'created' } as Order);
    });
  const results = await Promise.allSettled(Array.from({ length: 20 }, order));
  expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['fulfilled', 'rejected']));
});
