// What a bus promises, on both real servers. What it survives: bus-server.service.test.ts.

import { setTimeout as delay } from 'node:timers/promises';
import { DependencyDown } from '../errors.js';
import { ExpirationComplete } from '../events/expiration.js';
import { newId } from '../id.js';
import { eventually, startForTest } from '../testing/index.js';
import { anEvent, busEnv, busNames, events, idsOf, openBuses, publishBytes, type } from '../testing/buses.js';
import { aService } from '../testing/things.js';
import type { BusMessage } from './bus.js';
import { on } from './subscription.js';

const { open, connected, aMember, closeAll } = openBuses();
afterEach(closeAll);

const ackWaitMs = 1_000;
const impatient = { NATS_ACK_WAIT_MS: `${ackWaitMs}` };

describe.each(busNames)('%s', (name) => {
  describe('publishing', () => {
    test('is done when the broker has stored the message: who comes later gets it', async () => {
      const env = busEnv(name);
      const bus = await connected(env);
      const event = anEvent();
      await bus.publish(event);
      await bus.close();
      const late = await aMember(env, 'late');
      await eventually(() => expect(late.got).toEqual([event.id]));
    });

    test('fails as an outage while the broker is away', async () => {
      const bus = open(busEnv(name, { NATS_URL: 'nats://127.0.0.1:9' }));
      await expect(bus.publish(anEvent())).rejects.toThrow(DependencyDown);
      expect(bus.connectedSince()).toBeUndefined();
      expect(bus.serverId()).toBeUndefined();
    });

    test('takes half a megabyte', async () => {
      const env = busEnv(name);
      const member = await aMember(env, 'orders');
      const event = { ...anEvent(), data: { orderId: newId(), much: 'x'.repeat(500_000) } };
      await member.publish(event);
      await eventually(() => expect(member.got).toEqual([event.id]));
    });

    test('takes many at once, each on its own', async () => {
      const env = busEnv(name);
      const member = await aMember(env, 'orders');
      const sent = events(500);
      await Promise.all(sent.map((event) => member.publish(event)));
      await eventually(() => expect([...member.got].sort()).toEqual(idsOf(sent)));
    });
  });

  describe('a service', () => {
    test('gets messages in their order when nothing fails', async () => {
      const env = busEnv(name);
      const sent = events(50);
      const member = await aMember(env, 'orders', undefined, { concurrency: 1 });
      for (const event of sent) await member.publish(event);
      await eventually(() => expect(member.got).toEqual(sent.map(({ id }) => id)));
    });

    test('shares its messages among its processes, and another service gets them all too', async () => {
      const env = busEnv(name);
      const [one, two, other] = await Promise.all([
        aMember(env, 'orders'),
        aMember(env, 'orders'),
        aMember(env, 'payments'),
      ]);
      const sent = events(60);
      for (const event of sent) await one.publish(event);
      await eventually(() => expect([...one.got, ...two.got].sort()).toEqual(idsOf(sent)));
      await eventually(() => expect([...other.got].sort()).toEqual(idsOf(sent)));
      expect(one.got.length > 0 && two.got.length > 0).toBe(true);
    });

    test('has no more in hand at once than it asked for', async () => {
      const env = busEnv(name);
      let [inHand, most] = [0, 0];
      const use = async (message: BusMessage) => {
        inHand += 1;
        most = Math.max(most, inHand);
        await delay(5);
        inHand -= 1;
        message.ack();
      };
      const member = await aMember(env, 'orders', use, { concurrency: 3 });
      const sent = events(40);
      await Promise.all(sent.map((event) => member.publish(event)));
      await eventually(() => expect([...member.got].sort()).toEqual(idsOf(sent)));
      expect(most).toBe(3);
    });

    test('goes on after a restart where it was, and gets what came in between', async () => {
      const env = busEnv(name);
      const publisher = await connected(env);
      const [before, after] = [anEvent(), anEvent()];
      const first = await aMember(env, 'orders');
      await publisher.publish(before);
      await eventually(() => expect(first.got).toEqual([before.id]));
      await first.close();
      await publisher.publish(after);
      const second = await aMember(env, 'orders');
      await eventually(() => expect(second.got).toEqual([after.id]));
    });

    test('that is new gets everything from the first message', async () => {
      const env = busEnv(name);
      const old = await aMember(env, 'orders');
      const sent = events(30);
      for (const event of sent) await old.publish(event);
      await eventually(() => expect(old.got).toHaveLength(30));
      const fresh = await aMember(env, 'reports', undefined, { concurrency: 1 });
      await eventually(() => expect(fresh.got).toEqual(sent.map(({ id }) => id)));
    });

    test('gets only the types it asked for, and only of its namespace', async () => {
      const env = busEnv(name);
      const elsewhere = await connected(busEnv(name));
      const member = await aMember(env, 'orders');
      const nosy = await aMember(env, 'nosy', undefined, { types: ['ticket:created'] });
      const [mine, theirs, last] = [anEvent(), anEvent(), anEvent()];
      await elsewhere.publish(theirs);
      await member.publish(mine);
      await member.publish({ ...last, type: 'ticket:created' });
      await eventually(() => expect([member.got, nosy.got]).toEqual([[mine.id], [last.id]]));
    });

    test('gets bytes that are no JSON as they are', async () => {
      const env = busEnv(name);
      const bodies: string[] = [];
      const bus = await connected(env);
      const deliver = async (message: BusMessage) => {
        bodies.push(message.body);
        message.ack();
      };
      bus.consume({ service: 'orders', types: [type], concurrency: 1, deliver });
      await publishBytes(env, '{"not json: ü');
      await eventually(() => expect(bodies).toEqual(['{"not json: ü']));
    });
  });

  describe('a message that is not acknowledged', () => {
    test('comes again, counted, after the delay that was asked for or else after ackWait', async () => {
      const env = busEnv(name, impatient);
      const [tries, times]: [number[], number[]] = [[], []];
      const use = (message: BusMessage) => {
        tries.push(message.tries);
        times.push(performance.now());
        if (message.tries < 3) message.retry(100 * message.tries);
        else message.ack();
      };
      const member = await aMember(env, 'orders', use);
      await member.publish(anEvent());
      await eventually(() => expect(tries).toEqual([1, 2, 3]));
      const [first = 0, second = 0, third = 0] = times;
      const [gap, next] = name === 'jetstream' ? [95, 195] : [ackWaitMs - 50, ackWaitMs - 50];
      expect(second - first).toBeGreaterThanOrEqual(gap);
      expect(third - second).toBeGreaterThanOrEqual(next);
    });

    test('does not keep others waiting', async () => {
      const env = busEnv(name, impatient);
      const stuck = new Set(events(4).map(({ id }) => id));
      const member = await aMember(env, 'orders', (message) => {
        const { id } = JSON.parse(message.body) as { id: string };
        if (stuck.has(id)) message.retry(60_000);
        else message.ack();
      });
      for (const id of stuck) await member.publish({ ...anEvent(), id });
      const sent = events(20);
      for (const event of sent) await member.publish(event);
      await eventually(() => expect(member.got).toEqual(expect.arrayContaining(idsOf(sent))));
    });

    test('comes to another process when the one that took it has gone', async () => {
      const env = busEnv(name, impatient);
      const gone = await aMember(env, 'orders', () => undefined);
      const event = anEvent();
      await gone.publish(event);
      await eventually(() => expect(gone.got).toEqual([event.id]));
      await gone.close();
      const next = await aMember(env, 'orders');
      await eventually(() => expect(next.got).toEqual([event.id]));
    });

    test('is not handled twice at once while it is in hand for longer than ackWait', async () => {
      const env = busEnv(name, impatient);
      let [inHand, most, done] = [0, 0, 0];
      const use = async (message: BusMessage) => {
        inHand += 1;
        most = Math.max(most, inHand);
        for (let waited = 0; waited < 2.5 * ackWaitMs; waited += 250) {
          await delay(250);
          message.stillWorking();
        }
        inHand -= 1;
        done += 1;
        message.ack();
      };
      const member = await aMember(env, 'orders', use);
      await member.publish(anEvent());
      await eventually(() => expect(done).toBe(1));
      expect(most).toBe(1);
    });
  });

  describe('closing', () => {
    test('waits for what is in hand, which does not come again', async () => {
      const env = busEnv(name, impatient);
      let finish: () => void = () => undefined;
      const finished = new Promise<void>((resolve) => (finish = resolve));
      const member = await aMember(env, 'orders', async (message) => {
        await finished;
        message.ack();
      });
      const [event, last] = [anEvent(), anEvent()];
      await member.publish(event);
      await eventually(() => expect(member.got).toEqual([event.id]));
      let closed = false;
      const closing = member.close().then(() => (closed = true));
      await delay(100);
      expect(closed).toBe(false);
      finish();
      await closing;
      const next = await aMember(env, 'orders');
      await next.publish(last);
      await eventually(() => expect(next.got).toEqual([last.id]));
    });

    test('ends soon while the broker is away', async () => {
      const bus = open(busEnv(name, { NATS_URL: 'nats://127.0.0.1:9' }));
      bus.consume({ service: 'orders', types: [type], concurrency: 1, deliver: async () => undefined });
      const begin = performance.now();
      await bus.close();
      expect(performance.now() - begin).toBeLessThan(3_000);
    });
  });

  test('poison ends in the dead letters, whether it never fits or always fails, and the next message is handled', async () => {
    const [bad, good] = [newId(), newId()];
    const handled: string[] = [];
    const listener = aService({
      subscriptions: () => [
        on(ExpirationComplete, async ({ data: { orderId } }) => {
          if (orderId === bad) throw new TypeError('x is undefined');
          handled.push(orderId);
        }),
      ],
    });
    const service = await startForTest(listener, busEnv(name, { ...impatient, MAX_TRIES: '2' }));
    try {
      await publishBytes(service.env, 'not an envelope');
      await service.publish(ExpirationComplete({ orderId: bad }));
      await service.publish(ExpirationComplete({ orderId: good }));
      await eventually(() => expect(handled).toEqual([good]));
      await eventually(async () => {
        const letters: object[] = [];
        for await (const letter of service.ctx.deadLetters.list()) letters.push(letter);
        expect(letters).toMatchObject([
          { tries: 1, body: 'not an envelope' },
          { tries: 2, body: expect.stringContaining(bad), error: expect.stringContaining('x is undefined') },
        ]);
      });
    } finally {
      await service.stop();
    }
  });

  test('knows, if its server can tell, whether it has handled all that was stored', async () => {
    const env = busEnv(name, impatient);
    let hold = true;
    const member = await aMember(env, 'orders', (message) => (hold ? message.retry(50) : message.ack()));
    expect(await member.caughtUp(type, 0)).toBe(true);
    await member.publish(anEvent());
    expect(await member.caughtUp(type, 0)).toBe(name === 'nats-streaming');
    expect(await member.caughtUp('ticket:created', 0)).toBe(true);
    hold = false;
    expect(await member.caughtUp(type, 10_000)).toBe(true);
  });
});
