// Many buyers ask for the places of one ticket, and for overlapping carts, at one instant and at several processes of orders.
// The checker of the chaos tests reads the orders and the answers. PLACES_LOAD=full takes the full sizes.

import { TicketCreated } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { eventually } from '@ticketing/common/testing';
import { seeded } from '../chaos/random.js';
import { checkHolders, checkUnsold, checkWhole, claimsOf, isHolding } from '../chaos/places.js';
import type { OrderDocument, Snapshot } from '../chaos/snapshot.js';
import { sellOut } from '../chaos/scenarios/rush.js';
import {
  isSuccess,
  openRecordingClient,
  type Operation,
  type Places,
  type RecordingClient,
} from '../chaos/workload/recording-client.js';
import { startOrders, ticketData, type Orders } from '../../orders/src/testing/start.js';
import { startWithClock, type ProcessWithClock } from '../system/process-with-clock.js';

const isFull = process.env['PLACES_LOAD'] === 'full';
const sizes = isFull
  ? { places: 500, buyers: 5_000, largePlaces: 10_000, largeOrders: 4_500, carts: 1_000 }
  : { places: 100, buyers: 1_000, largePlaces: 1_000, largeOrders: 450, carts: 200 };
const mostProcesses = 4;
const timeoutMs = 600_000;
const random = seeded(16);

let orders: Orders;
let processes: ProcessWithClock[];
const clients: RecordingClient[] = [];

beforeAll(async () => {
  orders = await startOrders(() => 0);
  const start = () => startWithClock('orders', orders.env, 0);
  processes = await Promise.all(Array.from({ length: mostProcesses }, start));
}, timeoutMs);
afterAll(async () => {
  for (const client of clients) await client.close();
  await Promise.all([orders, ...processes].map((part) => part.stop()));
});

const seller = newId();

async function aHall(quantity: number): Promise<string> {
  const id = newId();
  const places = { quantity, available: quantity };
  await orders.publish(TicketCreated({ ...ticketData(id, 0, { userId: seller }), ...places }));
  await eventually(() => orders.ctx.tickets.get(id));
  return id;
}

/** A client of this many processes of orders. */
function clientOf(count: number): RecordingClient {
  const urls = { tickets: [], orders: processes.slice(0, count).map(({ url }) => url), payments: [] };
  const client = openRecordingClient(urls, { JWT_KEY: orders.env['JWT_KEY'] ?? '' }, { connections: 250 });
  clients.push(client);
  return client;
}

/** All orders at one instant, each of a new buyer. */
const placeAtOnce = (client: RecordingClient, wanted: readonly (string | Places[])[]): Promise<Operation[]> =>
  Promise.all(wanted.map((places) => client.order(client.newUser(), places)));

/** The problems that the checker finds, and how many places of each hall are held. */
async function examine({ history }: RecordingClient, halls: readonly string[], quantity: number) {
  const found = orders.ctx.orders.model.collection.find({});
  const all = (await found.toArray()) as unknown as OrderDocument[];
  const own = all.filter((order) => claimsOf(order).some((claim) => halls.includes(claim.slice(0, 24))));
  const tickets = halls.map((id) => ({ _id: id, quantity }));
  const snapshot = { orders: own, tickets, events: new Map() } as unknown as Snapshot;
  const problems: string[] = [];
  for (const check of [checkHolders, checkUnsold, checkWhole])
    check(snapshot, history, (problem) => problems.push(problem));
  const held = own.filter(isHolding).flatMap(claimsOf);
  const unanswered = history.filter((one) => !isSuccess(one) && one.status !== 409);
  return { problems, held, unanswered };
}

const countPlaced = (operations: readonly Operation[]) => operations.filter(isSuccess).length;

describe.each([2, mostProcesses])('with %i processes of orders', (count) => {
  test(
    'each place of a ticket is sold once, and none is left, when all buyers come at one instant',
    async () => {
      const { places, buyers } = sizes;
      const [hall, client] = [await aHall(places), clientOf(count)];
      const begin = performance.now();
      const answers = await placeAtOnce(
        client,
        Array.from({ length: buyers }, () => hall),
      );
      const perSecond = (buyers * 1_000) / (performance.now() - begin);
      process.stdout.write(`${count} processes: ${Math.round(perSecond)} orders or refusals per second\n`);

      expect(countPlaced(answers)).toBe(places);
      const { problems, held, unanswered } = await examine(client, [hall], places);
      expect({ problems, unanswered }).toEqual({ problems: [], unanswered: [] });
      expect(new Set(held).size).toBe(places);
    },
    timeoutMs,
  );

  test(
    'orders of one to four places sell a large ticket, and the last places go to buyers of one',
    async () => {
      const { largePlaces, largeOrders } = sizes;
      const [hall, client] = [await aHall(largePlaces), clientOf(count)];
      const wanted = Array.from({ length: largeOrders }, () => [
        { ticketId: hall, quantity: 1 + random.below(4) },
      ]);
      await placeAtOnce(client, wanted);
      await sellOut(hall, (ticketId) => client.order(client.newUser(), ticketId));

      const { problems, held, unanswered } = await examine(client, [hall], largePlaces);
      expect({ problems, unanswered }).toEqual({ problems: [], unanswered: [] });
      expect(new Set(held).size).toBe(largePlaces);
    },
    timeoutMs,
  );

  test(
    'carts that overlap in every order are placed whole or refused whole',
    async () => {
      const quantity = 30;
      const halls = await Promise.all(Array.from({ length: 6 }, () => aHall(quantity)));
      const client = clientOf(count);
      const aCart = (): Places[] =>
        Array.from({ length: 2 + random.below(3) }, () => ({
          ticketId: random.pick(halls),
          quantity: 1 + random.below(2),
        }));
      await placeAtOnce(client, Array.from({ length: sizes.carts }, aCart));
      for (const hall of halls) await sellOut(hall, (ticketId) => client.order(client.newUser(), ticketId));

      const { problems, held, unanswered } = await examine(client, halls, quantity);
      expect({ problems, unanswered }).toEqual({ problems: [], unanswered: [] });
      expect(new Set(held).size).toBe(halls.length * quantity);
    },
    timeoutMs,
  );
});

test(
  'places are sold twice without the unique index (the control of the tests above)',
  async () => {
    const { model } = orders.ctx.orders;
    await model.collection.dropIndex('one-holder-per-place');
    try {
      const [hall, client] = [await aHall(50), clientOf(2)];
      await placeAtOnce(
        client,
        Array.from({ length: 200 }, () => hall),
      );
      const { problems } = await examine(client, [hall], 50);
      expect(problems).toContainEqual(expect.stringMatching(/^\d+ orders hold/));
    } finally {
      await model.deleteMany({});
      await model.createIndexes();
    }
  },
  timeoutMs,
);
