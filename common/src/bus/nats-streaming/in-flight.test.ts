import { setImmediate as settled } from 'node:timers/promises';
import type { BusMessage } from '../bus.js';
import { createInFlight, type Delivery } from './in-flight.js';

/** In-flight messages whose handlers end when the test says so. */
function setUp(concurrency = 2, ackWaitMs = 60_000) {
  const acked: string[] = [];
  const running: { message: BusMessage; done: () => void }[] = [];
  const inFlight = createInFlight({
    concurrency,
    ackWaitMs,
    namespace: 'ticketing',
    deliver: async (message) => new Promise((done) => running.push({ message, done })),
  });
  const arrive = (key: string, more: Partial<Delivery> & { by?: string } = {}) =>
    inFlight.take({
      key,
      type: 'ticketing.expiration:complete',
      body: key,
      isRedelivery: false,
      storedAt: new Date(),
      arrivedAt: performance.now(),
      ack: () => void acked.push(more.by ?? key),
      ...more,
    });
  const bodies = () => running.map(({ message }) => message.body);
  const finish = (index: number, ack = true) => {
    const [handler] = running.splice(index, 1);
    if (ack) handler?.message.ack();
    handler?.done();
  };
  return { ...inFlight, arrive, bodies, running, finish, stop: inFlight.finish, acked };
}

test('a message tells whether it came on the channel of an event', async () => {
  const flight = setUp();
  flight.arrive('a');
  await settled();
  const isOn = flight.running[0]?.message.isOnSubjectOf;
  expect(isOn?.({ type: 'expiration:complete', subject: 'x' })).toBe(true);
  expect(isOn?.({ type: 'payment:created', subject: 'x' })).toBe(false);
});

test('at most `concurrency` messages are in flight, and the rest follow in order', async () => {
  const flight = setUp(2);
  for (const key of ['a', 'b', 'c', 'd']) flight.arrive(key);
  await settled();
  expect(flight.bodies()).toEqual(['a', 'b']);
  flight.finish(0);
  await settled();
  expect(flight.bodies()).toEqual(['b', 'c']);
});

test('a message whose handler has ended leaves its place to the next one, once', async () => {
  const flight = setUp(1);
  for (const key of ['a', 'b', 'c']) flight.arrive(key);
  await settled();
  flight.running[0]?.message.handlerEnded();
  await settled();
  expect(flight.bodies()).toEqual(['a', 'b']);
  flight.finish(0);
  await settled();
  expect(flight.bodies()).toEqual(['b']);
});

test('a redelivery of a message that is in flight or waits is not handled again', async () => {
  const flight = setUp(1);
  for (const key of ['a', 'b', 'a', 'b']) flight.arrive(key);
  await settled();
  expect(flight.bodies()).toEqual(['a']);
  flight.finish(0);
  await settled();
  expect(flight.bodies()).toEqual(['b']);
  flight.finish(0);
  flight.arrive('c');
  await settled();
  expect(flight.bodies()).toEqual(['c']);
});

test('the newest delivery of a message is acknowledged', async () => {
  const flight = setUp();
  flight.arrive('a', { by: 'old connection' });
  flight.arrive('a', { by: 'new connection' });
  await settled();
  expect(flight.bodies()).toEqual(['a']);
  flight.finish(0);
  expect(flight.acked).toEqual(['new connection']);
});

test('a message that waited longer than the ack wait is skipped: the server has delivered it again', async () => {
  const flight = setUp(1);
  flight.arrive('a');
  flight.arrive('late', { arrivedAt: performance.now() - 60_000 });
  flight.arrive('b');
  await settled();
  expect(flight.bodies()).toEqual(['a']);
  flight.finish(0);
  await settled();
  expect(flight.bodies()).toEqual(['b']);
});

test('finish waits for the in-flight messages, and no further message is handled', async () => {
  const flight = setUp(1);
  flight.arrive('a');
  flight.arrive('waits');
  await settled();
  expect(flight.bodies()).toEqual(['a']);
  const stopped = flight.stop();
  flight.arrive('late');
  flight.finish(0);
  await stopped;
  expect([flight.bodies(), flight.acked]).toEqual([[], ['a']]);
});

test('messages are stuck after half the ack wait, counted for the type that has most', async () => {
  const flight = setUp(2, 60_000);
  const stuckSince = performance.now() - 31_000;
  for (const key of ['a', 'b']) flight.arrive(key, { type: 'one', arrivedAt: stuckSince });
  flight.arrive('c', { type: 'other', arrivedAt: stuckSince });
  flight.arrive('d', { type: 'one' });
  expect(flight.stuck()).toBe(2);
  // A redelivery is still the same wait.
  flight.arrive('a', { type: 'one' });
  expect(flight.stuck()).toBe(2);
});
