import { setImmediate as settled } from 'node:timers/promises';
import type { BusMessage } from '../bus.js';
import { createInFlight, type Delivery } from './in-flight.js';

/** Work that ends when the test says so. */
function aDesk(concurrency = 2, ackWaitMs = 60_000) {
  const acked: string[] = [];
  const hands: { message: BusMessage; done: () => void }[] = [];
  const inFlight = createInFlight({
    concurrency,
    ackWaitMs,
    deliver: async (message) => new Promise((done) => hands.push({ message, done })),
  });
  const comes = (key: string, more: Partial<Delivery> & { by?: string } = {}) =>
    inFlight.take({
      key,
      body: key,
      redeliveries: 0,
      storedAt: new Date(),
      arrivedAt: Date.now(),
      ack: () => void acked.push(more.by ?? key),
      ...more,
    });
  const inHandNow = () => hands.map(({ message }) => message.body);
  const finish = (index: number, ack = true) => {
    const [hand] = hands.splice(index, 1);
    if (ack) hand?.message.ack();
    hand?.done();
  };
  return { ...inFlight, comes, inHandNow, hands, finish, stop: inFlight.finish, acked };
}

test('no more is in hand than there are hands, and the rest comes in its order', async () => {
  const desk = aDesk(2);
  for (const key of ['a', 'b', 'c', 'd']) desk.comes(key);
  await settled();
  expect(desk.inHandNow()).toEqual(['a', 'b']);
  desk.finish(0);
  await settled();
  expect(desk.inHandNow()).toEqual(['b', 'c']);
});

test('what is in hand, or waits for one, is not taken a second time', async () => {
  const desk = aDesk(1);
  for (const key of ['a', 'b', 'a', 'b']) desk.comes(key);
  await settled();
  expect(desk.inHandNow()).toEqual(['a']);
  desk.finish(0);
  await settled();
  expect(desk.inHandNow()).toEqual(['b']);
  desk.finish(0);
  desk.comes('c');
  await settled();
  expect(desk.inHandNow()).toEqual(['c']);
});

test('the newest delivery is the one that is acknowledged', async () => {
  const desk = aDesk();
  desk.comes('a', { by: 'old connection' });
  desk.comes('a', { by: 'new connection' });
  await settled();
  expect(desk.inHandNow()).toEqual(['a']);
  desk.finish(0);
  expect(desk.acked).toEqual(['new connection']);
});

test('what came again while it was in hand was no try', async () => {
  const desk = aDesk();
  desk.comes('a');
  for (const redeliveries of [1, 2, 3]) desk.comes('a', { redeliveries });
  await settled();
  expect(desk.hands[0]?.message.tries).toBe(1);
  desk.finish(0, false);
  await settled();
  desk.comes('a', { redeliveries: 4 });
  expect(desk.hands[0]?.message.tries).toBe(2);
});

test('what waited for longer than the ack wait is left to whoever has it now', async () => {
  const desk = aDesk(1);
  desk.comes('a');
  desk.comes('late', { arrivedAt: Date.now() - 60_000 });
  desk.comes('b');
  await settled();
  expect(desk.inHandNow()).toEqual(['a']);
  desk.finish(0);
  await settled();
  expect(desk.inHandNow()).toEqual(['b']);
});

test('who stops finishes what is in hand, and takes nothing more', async () => {
  const desk = aDesk(1);
  desk.comes('a');
  desk.comes('waits');
  await settled();
  expect(desk.inHandNow()).toEqual(['a']);
  const stopped = desk.stop();
  desk.comes('late');
  desk.finish(0);
  await stopped;
  expect([desk.inHandNow(), desk.acked]).toEqual([[], ['a']]);
});
