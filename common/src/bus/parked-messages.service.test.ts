// Messages about something unknown, on real brokers and a real store. Every outcome of a message: consumer.test.ts.

import { ExpirationComplete } from '../events/expiration.js';
import { TicketUpdated } from '../events/tickets.js';
import { newId } from '../id.js';
import { busEnv, buses, driver, eventually, startForTest } from '../testing/index.js';
import { aBusEnv, aConnectedBus, anEvent, cleanUp, events, type } from '../testing/buses.js';
import { aService, aThing, countUp, made, type ThingsContext } from '../testing/things.js';
import { jobCause } from '../observability/trace.js';
import { maxParked } from './parked-messages.js';
import { on } from './subscription.js';

const started: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of started.splice(0).reverse()) await stop();
  await cleanUp();
});

// Only what wakes a message makes it due within a test.
const slow = { RETRY_DELAY_MS: '60000' };
const cause = jobCause('test');

/** A service whose expirations count up a thing, which may be unknown. */
async function aCounter(env: Record<string, string | undefined> = {}) {
  const others: string[] = [];
  const service = await startForTest(
    aService({
      subscriptions: (ctx: ThingsContext) => [
        on(ExpirationComplete, ({ data: { orderId } }) => ctx.things.change(orderId, countUp, cause)),
        on(TicketUpdated, async ({ data }) => void others.push(data.id)),
      ],
    }),
    env,
  );
  started.push(() => service.stop());
  const { things, parkedMessages, deadLetters, database } = service.ctx;
  return {
    ...service,
    others,
    things,
    parkedMessages,
    collection: database.connection.collection('parkedMessages'),
    deadLetters: () => deadLetters.count(),
    parked: async () => (await parkedMessages.depth()).count,
  };
}

type Counter = Awaited<ReturnType<typeof aCounter>>;

const create = (counter: Counter, id: string) => counter.things.create(() => made(aThing({ id })), cause);
const becomes = (counter: Counter, id: string, count: number) =>
  eventually(async () => expect((await counter.things.get(id)).count).toBe(count));
const isParked = (counter: Counter, count = 1) =>
  eventually(async () => expect(await counter.parked()).toBe(count), 60_000);
const anUpdate = () =>
  TicketUpdated({ id: newId(), version: 0, title: 'x', price: '1.00', currency: 'usd', userId: newId() });

describe('a message about something unknown', () => {
  test('is handled soon after the thing appears, long before its timer', async () => {
    const counter = await aCounter(slow);
    const id = newId();
    await counter.publish(ExpirationComplete({ orderId: id }));
    await isParked(counter);
    await create(counter, id);
    await becomes(counter, id, 1);
    await isParked(counter, 0);
  });

  test('is handled by its timer if nothing tells that the thing appeared', async () => {
    const counter = await aCounter({ RETRY_DELAY_MAX_MS: '200' });
    const id = newId();
    await counter.publish(ExpirationComplete({ orderId: id }));
    await isParked(counter);
    await counter.collection.updateMany({}, { $set: { waitsFor: 'unknown' } });
    await create(counter, id);
    await becomes(counter, id, 1);
  });

  test('survives a restart of the service', async () => {
    const first = await aCounter(slow);
    const id = newId();
    await first.publish(ExpirationComplete({ orderId: id }));
    await isParked(first);
    await first.stop();
    started.pop();
    const second = await aCounter({ ...slow, NAMESPACE: first.env['NAMESPACE'] });
    await create(second, id);
    await becomes(second, id, 1);
  });

  test('becomes a dead letter after the time limit, by the clock of the database', async () => {
    const counter = await aCounter({ NOT_FOUND_RETRY_SECONDS: '1' });
    const begin = performance.now();
    await counter.publish(ExpirationComplete({ orderId: newId() }));
    await eventually(async () => expect(await counter.deadLetters()).toBe(1));
    expect(performance.now() - begin).toBeGreaterThan(1_000);
    // The letter is stored before the message is removed.
    await eventually(async () => expect(await counter.parked()).toBe(0));
  });

  test('is parked once, however often it arrives', async () => {
    const counter = await aCounter(slow);
    const envelope = anEvent();
    const message = { body: JSON.stringify(envelope), type, tries: 1, storedAt: new Date(), delayMs: 60_000 };
    for (let times = 0; times < 3; times += 1) expect(await counter.parkedMessages.add(message)).toBe(true);
    const added = await counter.collection.findOne({});
    await counter.parkedMessages.add({ ...message, tries: 2 });
    expect([await counter.parked(), await counter.collection.findOne({})]).toEqual([1, added]);
    // Other bytes under the same id are another message.
    await counter.parkedMessages.add({ ...message, body: JSON.stringify({ ...envelope, data: {} }) });
    expect(await counter.parked()).toBe(2);
  });

  test('becomes a dead letter at once while ten thousand messages are parked', async () => {
    const counter = await aCounter(slow);
    const later = new Date(Date.now() + 3_600_000);
    const documents = Array.from({ length: maxParked }, () => ({
      _id: newId() as never,
      nextTryAt: later,
    }));
    await counter.collection.insertMany(documents);
    await counter.publish(ExpirationComplete({ orderId: newId() }));
    await eventually(async () => expect(await counter.deadLetters()).toBe(1));
    expect(await counter.parked()).toBe(maxParked);
  });

  test('is visible with its age while it is parked', async () => {
    const counter = await aCounter({ ...slow, GAUGES_EVERY_MS: '20' });
    await counter.publish(ExpirationComplete({ orderId: newId() }));
    await isParked(counter);
    await eventually(async () => {
      const { text } = await counter.request.get('/metrics').expect(200);
      expect(text).toContain('ticketing_parked_messages 1');
      expect(Number(/oldest_seconds (\d\.\d+)/.exec(text)?.[1])).toBeGreaterThan(0);
      expect(text).toMatch(/ticketing_messages_pending_acks 0/);
    });
  });
});

test('of two processes, each parked message is taken by one', async () => {
  // The services' own job must not claim them first.
  const idle = { ...slow, PARKED_SWEEP_MS: '600000' };
  const [one, other] = [await aCounter(idle), await aCounter(idle)];
  const messages = events(50).map((event) => JSON.stringify(event));
  const add = (body: string) =>
    one.parkedMessages.add({ body, type, tries: 1, storedAt: new Date(), delayMs: 600_000 });
  await Promise.all(messages.map(add));
  const replica = { ...one.parkedMessages };
  await one.collection.updateMany({}, { $set: { nextTryAt: new Date(0) } });
  const claims = await Promise.all([one, replica, one, replica].map((store) => claimFrom(store)));
  expect(claims.flat().sort()).toEqual(messages.sort());
  expect(await other.parked()).toBe(0);
});

test('a message that fails again becomes due when its subject appears, also before the next claim', async () => {
  const { parkedMessages: store, collection } = await aCounter({ ...slow, PARKED_SWEEP_MS: '600000' });
  const waitsFor = newId();
  await store.add({ body: 'x', type, tries: 1, storedAt: new Date(), delayMs: 600_000, waitsFor });
  await collection.updateOne({}, { $set: { nextTryAt: new Date(1) } });
  const [claimed] = await store.claim(1);
  expect(claimed?.tries).toBe(1);
  await store.postpone({ id: claimed?.id ?? '', tries: 2 }, 600_000);
  store.appeared(waitsFor);
  await eventually(async () => expect(await collection.findOne()).toMatchObject({ nextTryAt: new Date(0) }));
});

async function claimFrom(store: Pick<Counter, 'parkedMessages'> | Counter['parkedMessages']) {
  const { claim } = 'parkedMessages' in store ? store.parkedMessages : store;
  return (await claim(100)).map(({ body }) => body);
}

test.each(['deadLetters', 'parkedMessages'] as const)(
  'three hundred %s at once are stored with one command',
  async (name) => {
    const most = 300;
    const arrived: string[] = [];
    let fail = () => {};
    const together = new Promise<void>((resolve) => (fail = resolve));
    const subscriptions = () => [
      on(TicketUpdated, async ({ data }) => {
        if (arrived.push(data.id) === most) fail();
        await together;
        throw new Error('a defect');
      }),
    ];
    const service = await startForTest(
      aService({ subscriptions }),
      { ...slow, MAX_TRIES: name === 'deadLetters' ? '1' : '5', CONSUMER_CONCURRENCY: `${most}` },
      { driver: { ...(driver as object), monitorCommands: true } },
    );
    started.push(() => service.stop());
    const { database, deadLetters, parkedMessages } = service.ctx;
    const count = async () =>
      name === 'deadLetters' ? deadLetters.count() : (await parkedMessages.depth()).count;
    let commands = 0;
    database.connection.getClient().on('commandStarted', ({ command }) => {
      if (command['insert'] === name) commands += 1;
    });
    await Promise.all(Array.from({ length: most }, () => service.publish(anUpdate())));
    await eventually(async () => expect(await count()).toBe(most), 60_000);
    expect(commands).toBe(1);
  },
);

const flood = 1_150;

describe.each(buses)('1,150 messages about unknown things on %s', (name) => {
  test('do not delay the next message', async () => {
    const counter = await aCounter({ ...busEnv(name), ...slow, NOT_FOUND_RETRY_SECONDS: '3600' });
    const handleNext = async () => {
      const update = anUpdate();
      await counter.publish(update);
      const id = newId();
      await create(counter, id);
      await counter.publish(ExpirationComplete({ orderId: id }));
      await becomes(counter, id, 1);
      await eventually(() => expect(counter.others).toContain(update.subject));
    };
    for (const envelope of events(flood)) void counter.publishRaw(envelope);
    await isParked(counter, flood);
    await handleNext();
    expect(await counter.parked()).toBe(flood);
  });

  test('stop the next message if they wait at the broker (the control of the test above)', async () => {
    const bus = await aConnectedBus(aBusEnv(name, { NATS_ACK_WAIT_MS: '60000' }));
    const known = anEvent();
    const handled: string[] = [];
    let tries = 0;
    bus.consume({
      service: 'orders',
      types: [type],
      concurrency: 16,
      deliver: async (message) => {
        tries += 1;
        const { id } = JSON.parse(message.body) as { id: string };
        if (id !== known.id) return message.retry(60_000);
        handled.push(id);
        message.ack();
      },
    });
    await Promise.all(events(flood).map((event) => bus.publish(event)));
    const limit = name === 'jetstream' ? 1_000 : 160;
    await eventually(() => expect(tries).toBeGreaterThanOrEqual(limit));
    await bus.publish(known);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect([tries, handled]).toEqual([limit, []]);
    if (name === 'jetstream')
      expect(await bus.window()).toEqual({ used: limit, limit, waiting: flood + 1 - limit });
  });
});
