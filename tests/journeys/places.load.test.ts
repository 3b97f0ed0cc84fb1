// Many buyers ask for the places of one ticket, and for overlapping carts, at one instant and at several processes of orders.
// The checker of the chaos tests reads the orders and the answers. PLACES_LOAD=full takes the full sizes.

import { setTimeout as delay } from 'node:timers/promises';
import { TicketCreated } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { eventually, startForTest } from '@ticketing/common/testing';
import { seeded } from '../chaos/random.js';
import { checkHolders, checkUnsold, checkWhole, claimsOf, isHolding } from '../chaos/places.js';
import type { OrderDocument, TicketDocument } from '../chaos/snapshot.js';
import { sellOut } from '../chaos/scenarios/rush.js';
import {
  isSuccess,
  openRecordingClient,
  type Operation,
  type Places,
  type RecordingClient,
} from '../chaos/workload/recording-client.js';
import { service } from '../../orders/src/service.js';
import { ticketData } from '../../orders/src/testing/start.js';
import { startWithClock } from '../system/process-with-clock.js';

const isFull = process.env['PLACES_LOAD'] === 'full';
const sizes = isFull
  ? { places: 500, buyers: 5_000, largePlaces: 10_000, largeOrders: 4_500, carts: 1_000, churnMs: 600_000 }
  : { places: 100, buyers: 1_000, largePlaces: 1_000, largeOrders: 450, carts: 200, churnMs: 8_000 };
const maxProcesses = 4;
const timeoutMs = 900_000;
/** The services follow the clock of their database, which they read over a connection. */
const clockDifferenceMs = 1_000;
const maxTries = 60;
const random = seeded(16);

type House = Awaited<ReturnType<typeof openHouse>>;

/** Processes of orders that share a database and a bus. */
async function openHouse(count: number, env: Readonly<Record<string, string>> = {}) {
  const orders = await startForTest(service, { OVERDUE_SWEEP_MS: '100', ...env });
  const startMany = (many: number, more: Readonly<Record<string, undefined>> = {}) =>
    Promise.all(Array.from({ length: many }, () => startWithClock('orders', { ...orders.env, ...more }, 0)));
  const processes = await startMany(count);
  const clients: RecordingClient[] = [];
  const sellerId = newId();

  async function aHall(quantity: number): Promise<string> {
    const id = newId();
    const places = { quantity, available: quantity };
    await orders.publish(TicketCreated({ ...ticketData(id, 0, { userId: sellerId }), ...places }));
    await eventually(() => orders.ctx.tickets.get(id));
    return id;
  }

  /** A client of this many processes. */
  function clientOf(most: number, from = 0): RecordingClient {
    const serving = processes.slice(from, from + most);
    const urls = { tickets: [], orders: serving.map(({ url }) => url), payments: [] };
    const options = { connections: 250, timeoutMs: 60_000 };
    const client = openRecordingClient(urls, { JWT_KEY: orders.env['JWT_KEY'] ?? '' }, options);
    clients.push(client);
    return client;
  }

  /** A client of further processes, whose orders do not expire within a test. It continues the history of another one. */
  async function patientClient({ history }: RecordingClient): Promise<RecordingClient> {
    processes.push(...(await startMany(count, { RESERVATION_SECONDS: undefined })));
    const client = clientOf(count, count);
    client.history.push(...history);
    return client;
  }

  async function ordersOf(halls: readonly string[]): Promise<OrderDocument[]> {
    const all = await orders.ctx.orders.model.collection.find({}).toArray();
    return (all as unknown as OrderDocument[]).filter((order) =>
      claimsOf(order).some((claim) => halls.includes(claim.slice(0, 24))),
    );
  }

  async function stop(): Promise<void> {
    for (const client of clients) await client.close();
    await Promise.all([orders, ...processes].map((part) => part.stop()));
  }

  return { model: orders.ctx.orders.model, aHall, clientOf, patientClient, ordersOf, stop };
}

/** Orders for a new buyer. A 503 is repeated, as its Retry-After asks; the first try may still take effect. */
async function order(client: RecordingClient, wanted: string | Places[]): Promise<Operation> {
  const user = client.newUser();
  for (let tries = 1; ; tries += 1) {
    const answer = await client.order(user, wanted);
    if (answer.status !== 503 || tries === maxTries) return answer;
    await delay((answer.retryAfter ?? 1) * 1_000);
  }
}

/** All orders at one instant, each of a new buyer. */
const placeAtOnce = (client: RecordingClient, wanted: readonly (string | Places[])[]): Promise<Operation[]> =>
  Promise.all(wanted.map((places) => order(client, places)));

const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

/** The problems that the checker finds. */
async function problemsIn(house: House, client: RecordingClient, halls: readonly string[], quantity: number) {
  const tickets = halls.map((id) => ({ _id: id, quantity }));
  const orders = await house.ordersOf(halls);
  const snapshot = { orders, tickets: tickets as TicketDocument[], payments: [], events: new Map() };
  const problems: string[] = [];
  const report = (problem: string) => problems.push(problem);
  checkHolders(snapshot, client.history, report, clockDifferenceMs);
  // No database fails over here: from its confirmation on, every process knows of a cancellation.
  const cancelled = client.history.filter((one) => one.kind === 'cancel' && isSuccess(one));
  const cancelledAt = new Map(cancelled.map(({ target, endedAt }) => [target, endedAt]));
  checkUnsold(snapshot, client.history, report, { cancelledAt, storedAfterMs: 3_000, clockDifferenceMs });
  checkWhole(snapshot, client.history, report);
  const buyers = orders.map(({ userId }) => userId);
  if (new Set(buyers).size < buyers.length) problems.push('a buyer who asked once has two orders');
  for (const { kind, status, code } of client.history)
    if (kind === 'order' && ![200, 201, 409, 503].includes(status))
      problems.push(`an answer: ${status} ${code}`);
  return problems;
}

/** Buyers of one place take what is left. Then each place has a holder, and the checker finds no problem. */
async function expectSoldOut(
  house: House,
  client: RecordingClient,
  halls: readonly string[],
  quantity: number,
) {
  for (const hall of halls) await sellOut(hall, (ticketId) => order(client, ticketId));
  // Read first: to check a long history takes longer than these orders may hold their places.
  const held = (await house.ordersOf(halls)).filter(isHolding).flatMap(claimsOf);
  expect(await problemsIn(house, client, halls, quantity)).toEqual([]);
  expect([held.length, new Set(held).size]).toEqual(times(2, () => halls.length * quantity));
}

describe('processes of orders that sell the same places', () => {
  let house: House;
  beforeAll(async () => (house = await openHouse(maxProcesses)), timeoutMs);
  afterAll(() => house.stop());

  describe.each([2, maxProcesses])('%i of them', (count) => {
    test(
      'sell each place of a ticket once, and leave none, when all buyers come at one instant',
      async () => {
        const { places, buyers } = sizes;
        const [hall, client] = [await house.aHall(places), house.clientOf(count)];
        const begin = performance.now();
        const answers = await placeAtOnce(
          client,
          times(buyers, () => hall),
        );
        const perSecond = (buyers * 1_000) / (performance.now() - begin);
        process.stdout.write(`${count} processes: ${Math.round(perSecond)} orders or refusals per second\n`);

        expect(answers.filter(isSuccess)).toHaveLength(places);
        await expectSoldOut(house, client, [hall], places);
      },
      timeoutMs,
    );

    test(
      'sell a large ticket by orders of one to four places, to the last place',
      async () => {
        const { largePlaces, largeOrders } = sizes;
        const [hall, client] = [await house.aHall(largePlaces), house.clientOf(count)];
        await placeAtOnce(
          client,
          times(largeOrders, () => [{ ticketId: hall, quantity: 1 + random.below(4) }]),
        );
        await expectSoldOut(house, client, [hall], largePlaces);
      },
      timeoutMs,
    );

    test(
      'place overlapping carts whole or refuse them whole, whatever the sequence of their tickets',
      async () => {
        const halls = await Promise.all(times(6, () => house.aHall(30)));
        const client = house.clientOf(count);
        const anItem = () => ({ ticketId: random.pick(halls), quantity: 1 + random.below(2) });
        await placeAtOnce(
          client,
          times(sizes.carts, () => times(2 + random.below(3), anItem)),
        );
        await expectSoldOut(house, client, halls, 30);
      },
      timeoutMs,
    );
  });

  test(
    'sell places twice without the unique index (the control of the tests above)',
    async () => {
      await house.model.collection.dropIndex('one-holder-per-place');
      const [hall, client] = [await house.aHall(50), house.clientOf(2)];
      await placeAtOnce(
        client,
        times(200, () => hall),
      );
      const problems = await problemsIn(house, client, [hall], 50);
      expect(problems).toContainEqual(expect.stringMatching(/^\d+ orders hold/));
    },
    timeoutMs,
  );
});

describe('places that buyers cancel or let expire', () => {
  let house: House;
  beforeAll(
    async () => (house = await openHouse(2, { RESERVATION_SECONDS: '6', OVERDUE_AFTER_MS: '0' })),
    timeoutMs,
  );
  afterAll(() => house.stop());

  test(
    'are sold again, each to one buyer, and none is lost',
    async () => {
      const quantity = 40;
      const halls = [await house.aHall(quantity), await house.aHall(quantity)];
      const client = house.clientOf(2);
      const end = Date.now() + sizes.churnMs;
      const buyer = async () => {
        while (Date.now() < end) {
          const user = client.newUser();
          const items = times(1 + random.below(2), () => ({
            ticketId: random.pick(halls),
            quantity: 1 + random.below(4),
          }));
          const { id } = await client.order(user, items);
          if (id && random.chance(0.7)) await delay(random.below(200)).then(() => client.cancel(user, id));
        }
      };
      await Promise.all(times(16, buyer));
      const held = async () => (await house.ordersOf(halls)).filter(isHolding);
      await eventually(async () => expect(await held()).toEqual([]), 60_000);

      const patient = await house.patientClient(client);
      await placeAtOnce(
        patient,
        halls.flatMap((hall) => times(quantity + 5, () => hall)),
      );
      await expectSoldOut(house, patient, halls, quantity);
    },
    timeoutMs,
  );
});
