// The guarantees of a bus for a single message, on both servers.

import { pino } from 'pino';
import { ExpirationComplete } from '../events/expiration.js';
import { createMetrics } from '../observability/metrics.js';
import { buses, eventually } from '../testing/index.js';
import {
  aBusEnv,
  aConnectedBus,
  aMember,
  anEvent,
  cleanUp,
  events,
  idOf,
  publishBytes,
  type,
} from '../testing/buses.js';
import type { BusMessage } from './bus.js';
import { createConsumer } from './consumer.js';
import type { DeadLetter } from './dead-letters.js';
import { on } from './subscription.js';

afterEach(cleanUp);

describe.each(buses)('a message on %s', (bus) => {
  test('that is handed back is delivered again, marked as a redelivery', async () => {
    const deliveries: [isRedelivery: boolean, at: number][] = [];
    const member = await aMember(aBusEnv(bus), {}, (message) => {
      deliveries.push([message.isRedelivery, performance.now()]);
      if (deliveries.length < 3) message.retry(300);
      else message.ack();
    });
    const begin = performance.now();
    await member.publish(anEvent());
    await eventually(() => expect(deliveries).toHaveLength(3));
    expect(deliveries.map(([isRedelivery]) => isRedelivery)).toEqual([false, true, true]);
    // JetStream honours the delay; NATS Streaming has only the ack wait, which it counts from its sending.
    for (const [index, [, at]] of deliveries.entries())
      expect(at - begin).toBeGreaterThan(index * (bus === 'jetstream' ? 280 : 900));
  });

  test('tells whether it came on the subject of an event', async () => {
    const env = aBusEnv(bus);
    const answers: boolean[] = [];
    const event = anEvent();
    const member = await aMember(env, {}, (message) => {
      answers.push(message.isOnSubjectOf(event));
      answers.push(message.isOnSubjectOf({ ...event, type: 'payment:created' }));
      message.ack();
    });
    await member.publish(event);
    await eventually(() => expect(answers).toEqual([true, false]));
  });

  test('is delivered while thirty others wait for their next try', async () => {
    const env = aBusEnv(bus, { NATS_ACK_WAIT_MS: '30000' });
    const bad = new Set<string>();
    const member = await aMember(env, { concurrency: 4 }, (message) =>
      bad.has(idOf(message)) ? message.retry(30_000) : message.ack(),
    );
    for (const event of events(30)) {
      bad.add(event.id);
      await member.publish(event);
    }
    const good = anEvent();
    await member.publish(good);
    await eventually(() => expect(member.received).toContain(good.id));
  });

  test('is delivered while one before it is being stored, after its handler has ended', async () => {
    const member = await aMember(aBusEnv(bus), { concurrency: 1 }, (message) => {
      message.handlerEnded();
      return new Promise(
        (resolve) => void eventually(() => expect(member.received).toHaveLength(3)).then(resolve),
      );
    });
    for (const event of events(3)) await member.publish(event);
    await eventually(() => expect(member.received).toHaveLength(3));
  });

  test('handled for longer than the ack wait is not handled twice at once', async () => {
    // JetStream delivers again what a process leaves without a sign for that long, even if it works on it.
    const [ackWaitMs, workMs] = bus === 'jetstream' ? [5_000, 8_000] : [1_000, 3_500];
    const env = aBusEnv(bus, { NATS_ACK_WAIT_MS: `${ackWaitMs}` });
    let [now, most, count] = [0, 0, 0];
    const handle = async (message: BusMessage) => {
      most = Math.max(most, (now += 1));
      const isFirst = (count += 1) === 1;
      const begin = Date.now();
      await eventually(() => {
        message.stillWorking();
        expect(Date.now() - begin).toBeGreaterThan(isFirst ? workMs : 0);
      });
      now -= 1;
      if (isFirst) message.retry(0);
      else message.ack();
    };
    const member = await aMember(env, {}, handle);
    const event = anEvent();
    await member.publish(event);
    await eventually(() => expect(count).toBe(2));
    expect(most).toBe(1);
  });

  test.each(['nonsense', '', '[1]', '{"id":', '\u0000\u0001', '"票🎫"'])(
    'may have any content: %j',
    async (bytes) => {
      const env = aBusEnv(bus);
      const messages: BusMessage[] = [];
      const member = await aMember(env, {}, (message) => {
        messages.push(message);
        message.ack();
      });
      const before = Date.now();
      await publishBytes(env, bytes);
      const good = anEvent();
      await member.publish(good);
      await eventually(() => expect(member.received).toContain(good.id));
      expect(messages[0]).toMatchObject({ body: bytes, isRedelivery: false });
      const storedAt = messages[0]?.storedAt.getTime();
      expect(storedAt).toBeGreaterThanOrEqual(before);
      expect(storedAt).toBeLessThanOrEqual(Date.now());
    },
  );

  test('that cannot be parsed becomes a dead letter, and the next message is handled', async () => {
    const env = aBusEnv(bus);
    const [letters, handled]: [DeadLetter[], string[]] = [[], []];
    const consumer = createConsumer({
      subscriptions: [on(ExpirationComplete, async ({ data }) => void handled.push(data.orderId))],
      deadLetters: { add: async (letter: DeadLetter) => void letters.push(letter) } as never,
      log: pino({ level: 'silent' }),
      metrics: createMetrics(),
      now: () => new Date(),
      limits: { RETRY_DELAY_MS: 10, RETRY_DELAY_MAX_MS: 10, MAX_TRIES: 5, NOT_FOUND_RETRY_SECONDS: 1 },
      parkedMessages: {} as never,
    });
    const member = await aConnectedBus(env);
    await publishBytes(env, '{"data":{}}');
    const good = anEvent();
    await member.publish(good);
    member.consume({ service: 'orders', types: [type], concurrency: 1, deliver: consumer.deliver });
    await eventually(() => expect(handled).toEqual([good.subject]));
    expect(letters).toMatchObject([{ body: '{"data":{}}', tries: 1 }]);
  });
});
