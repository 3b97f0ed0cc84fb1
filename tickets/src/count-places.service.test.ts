// How places are counted: at the same moment, after a crash, and at a ticket with very many orders.

import { newId } from '@ticketing/common/id';
import { jobCause } from '@ticketing/common/observability';
import { startForTest, startProfile } from '@ticketing/common/testing';
import type { DomainEvent } from '@ticketing/common/events';
import type { Holding } from './domain/holding.js';
import { service } from './service.js';
import { clientOf, orderFor, orderOf, seller, type Tickets } from './testing/start.js';

const aLongTime = 600_000;
let tickets: Tickets;
/** a second process of the service */
let replica: Tickets;

beforeAll(async () => {
  const env = { MONGO_TIMEOUT_MS: '30000' };
  // The jobs of tickets read what the profiler counts.
  const withoutJobs = { ...service, jobs: () => [] };
  tickets = await startForTest(withoutJobs, env);
  replica = await startForTest(withoutJobs, { ...env, NAMESPACE: tickets.env['NAMESPACE'] });
});
afterAll(async () => {
  await replica.stop();
  await tickets.stop();
});

const { aTicket, show, put } = clientOf(() => tickets);
const offer = { title: 'Final', price: '19.99' };

/** Hands an event to a process, as its consumer does. */
async function deliver({ type, data }: DomainEvent, to = tickets): Promise<void> {
  const subscription = service.subscriptions?.(to.ctx).find(({ event }) => event.type === type);
  await subscription?.handle({ data, id: newId(), time: new Date(), cause: jobCause('test') } as never);
}

describe('two processes', () => {
  test('that handle the events of one order at the same moment end with its last state', async () => {
    const { id } = await aTicket();
    const order = orderFor(id);
    const { holdings } = tickets.ctx.tickets;
    const { tallyOne } = holdings;
    // The slow process has counted before the cancellation, and writes after it.
    let [goOn, hasCounted] = [() => {}, () => {}];
    const counted = new Promise<void>((resolve) => (hasCounted = resolve));
    holdings.tallyOne = async (ticketId) => {
      holdings.tallyOne = tallyOne;
      const tally = await tallyOne(ticketId);
      hasCounted();
      await new Promise<void>((resolve) => (goOn = resolve));
      return tally;
    };

    const slow = deliver(order.created);
    await counted;
    await deliver(order.cancelled, replica);
    goOn();
    await slow;

    expect(await show(id)).toMatchObject({ status: 'available', available: 1 });
  });

  test(
    'end with the places that orders hold, whatever the sequence of their events',
    async () => {
      for (let round = 0; round < 20; round += 1) {
        const [{ id }, { id: one }] = [await aTicket({ ...offer, quantity: 30 }), await aTicket()];
        const orders = Array.from({ length: 8 }, (_, n) => orderOf({ [id]: [3 * n, 3 * n + 1, 3 * n + 2] }));
        const [a, b, c, d, ...rest] = orders;
        const earlier = orderFor(one);
        const last = orderFor(one);
        const events = [
          ...orders.flatMap(({ created }) => [created, created]),
          ...[a?.cancelled, b?.completed, c?.completed, c?.refunded, d?.completed, d?.keeps({ [id]: [10] })],
          ...[earlier.created, earlier.cancelled, last.created, last.completed, last.created],
        ].filter((event) => event !== undefined);
        const shuffled = events
          .map((event) => ({ event, at: Math.random() }))
          .toSorted((x, y) => x.at - y.at)
          .map(({ event }) => event);

        await Promise.all(shuffled.map((event, at) => deliver(event, at % 2 === 0 ? tickets : replica)));

        const { held } = await tickets.ctx.tickets.get(id);
        expect(held).toMatchObject({ reserved: 3 * rest.length, sold: 4, least: 24 });
        expect(await show(one)).toMatchObject({ status: 'sold', orderId: last.id });
      }
    },
    aLongTime,
  );

  test('store the newer of two first events of an order', async () => {
    const { holdings } = tickets.ctx.tickets;
    for (let round = 0; round < 50; round += 1) {
      const order = aHolding(newId(), round);
      const [created, cancelled] = await Promise.all([
        holdings.save(order),
        replica.ctx.tickets.holdings.save({ ...order, version: 1, status: 'cancelled' }),
      ]);
      expect([cancelled, typeof created]).toEqual([true, 'boolean']);
      const [stored] = await holdings.model.find({ orderId: order.orderId }).lean();
      expect(stored).toMatchObject({ version: 1, status: 'cancelled' });
    }
  });
});

test('an event is counted when it comes again after a process died between its two writes', async () => {
  const { id } = await aTicket({ ...offer, quantity: 5 });
  const order = orderOf({ [id]: [0, 1] });
  const { expiresAt, ...state } = order.created.data as Omit<Holding, 'expiresAt'> & { expiresAt: string };
  const holding = { orderId: order.id, ticketId: id, places: [0, 1], version: 0, status: state.status };
  await tickets.ctx.tickets.holdings.save({ ...holding, expiresAt: new Date(expiresAt) });
  expect(await show(id)).toMatchObject({ available: 5 });
  await deliver(order.created);
  expect(await show(id)).toMatchObject({ available: 3, version: 1 });
  await deliver(order.created);
  expect(await show(id)).toMatchObject({ available: 3, version: 1 });
});

test('MongoDB removes ended holdings, and only those', async () => {
  const { model } = tickets.ctx.tickets.holdings;
  expect(await model.collection.indexes()).toContainEqual(
    expect.objectContaining({ key: { forgetAt: 1 }, expireAfterSeconds: 0 }),
  );
  const { id } = await aTicket();
  const order = orderFor(id);
  await deliver(order.created);
  const stored = () => model.findById(`${order.id}/${id}`).lean();
  expect((await stored())?.forgetAt).toBeUndefined();
  await deliver(order.cancelled);
  expect((await stored())?.forgetAt).toBeInstanceOf(Date);
});

const aHolding = (ticketId: string, place: number, status: Holding['status'] = 'created') => ({
  ...{ orderId: newId(), ticketId, places: [place], version: status === 'created' ? 0 : 1, status },
  expiresAt: new Date(Date.now() + 900_000),
});

/** Stores many orders of one place each. */
async function manyOrders(ticketId: string, count: number, status: Holding['status']): Promise<Holding[]> {
  const orders = Array.from({ length: count }, (_, place) => aHolding(ticketId, place, status));
  const { collection } = tickets.ctx.tickets.holdings.model;
  const documents = orders.map((order, place) => ({
    _id: `${order.orderId}/${ticketId}`,
    ...order,
    ...{ count: 1, least: place + 1 },
  }));
  for (let start = 0; start < count; start += 10_000)
    await collection.insertMany(documents.slice(start, start + 10_000) as never[]);
  return orders;
}

test(
  'when 10,000 orders of one ticket expire at once, few counts follow',
  async () => {
    const { id } = await aTicket({ ...offer, quantity: 10_000 });
    const orders = await manyOrders(id, 10_000, 'created');
    await tickets.ctx.tickets.recount(id, jobCause('test'));
    expect(await show(id)).toMatchObject({ status: 'reserved', available: 0, version: 1 });

    // As many at once as the consumer handles.
    const next = orders[Symbol.iterator]();
    const lane = async () => {
      for (const order of next) {
        const { orderId, places } = order;
        await deliver(orderOf({ [id]: places }, orderId).cancelled);
      }
    };
    await Promise.all(Array.from({ length: 100 }, lane));

    const { version, available } = await show(id);
    expect(available).toBe(10_000);
    // 100 groups of 100 events, each counted once.
    expect(version).toBeLessThan(250);
  },
  aLongTime,
);

describe('with 50,000 orders, a ticket of 100,000 places costs as much as one of one place:', () => {
  let id: string;
  beforeAll(async () => {
    ({ id } = await aTicket({ ...offer, title: 'Standing', quantity: 100_000 }));
    await manyOrders(id, 50_000, 'complete');
    await tickets.ctx.tickets.recount(id, jobCause('test'));
  }, aLongTime);

  const paths: [what: string, work: () => Promise<unknown>][] = [
    ['showing it', () => show(id)],
    ['listing it', () => tickets.request.get('/api/tickets?limit=1').expect(200)],
    ['finding it', () => tickets.request.get('/api/tickets?q=standing').expect(200)],
    [
      'editing it',
      () => put(id, { ...offer, title: 'Standing', price: `${5 + Math.random()}`.slice(0, 4) }).expect(200),
    ],
    ['raising its quantity', () => put(id, { ...offer, title: 'Standing', quantity: 99_999 }).expect(200)],
  ];
  test.each(paths)('%s reads no holding and few tickets', async (_what, work) => {
    const commands = await commandsOf(work);
    expect(commands.filter(({ ns }) => ns === 'holdings')).toEqual([]);
    expect(commands.filter(({ ns }) => ns === 'tickets').length).toBeGreaterThan(0);
    for (const { documents } of commands) expect(documents).toBeLessThan(10);
  });

  test('its document stays small', async () => {
    const [{ size } = { size: 0 }] = await tickets.ctx.tickets.model.aggregate<{ size: number }>([
      { $match: { _id: id } },
      { $project: { size: { $bsonSize: '$$ROOT' } } },
    ]);
    expect(size).toBeLessThan(4_000);
  });

  test('an order is counted from the index alone', async () => {
    const commands = await commandsOf(() => deliver(orderOf({ [id]: [70_000] }).created));
    const count = commands.find(({ op }) => op === 'aggregate');
    expect(count).toMatchObject({ ns: 'holdings', documents: 0 });
    expect(count?.keys).toBeGreaterThan(50_000);
    expect(await show(id)).toMatchObject({ available: 49_999 - 1 });
  });
});

test('an order of a ticket of one place costs two writes and one read', async () => {
  const { id } = await aTicket();
  const order = orderFor(id);
  for (const event of [order.created, order.completed]) {
    const commands = await commandsOf(() => deliver(event));
    const done = commands.map(({ ns, op }) => `${op} ${ns}`).toSorted();
    expect(done).toEqual(['find holdings', 'update holdings', 'update tickets']);
    for (const { documents } of commands) expect(documents).toBeLessThan(2);
  }
  expect(await show(id)).toMatchObject({ status: 'sold', userId: seller.id });
});

/** The relay removes published events, and sweeps. */
const relayWork = /\$pull|"outbox\.(id|time)"/;

type Command = Readonly<{ ns: string; op: string; keys: number; documents: number }>;

/** The reads and writes of tickets and holdings during `work`, by the profiler of the database. */
async function commandsOf(work: () => Promise<unknown>): Promise<Command[]> {
  const { db } = tickets.ctx.tickets.model.db;
  if (!db) throw new Error('not connected');
  const ofBoth = { ns: { $in: ['tickets', 'holdings'].map((name) => `${db.databaseName}.${name}`) } };
  const end = await startProfile(db, ofBoth);
  await work();
  const found = await end();
  return found
    .filter(({ op, command }) => op !== 'getmore' && !relayWork.test(JSON.stringify(command)))
    .map(({ ns, op, command, keysExamined = 0, docsExamined = 0 }) => ({
      ns: String(ns).split('.').at(-1) ?? '',
      op:
        command?.aggregate === undefined ? (command?.find === undefined ? String(op) : 'find') : 'aggregate',
      keys: keysExamined,
      documents: docsExamined,
    }));
}
