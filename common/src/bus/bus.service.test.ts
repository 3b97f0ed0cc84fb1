// What a bus promises, on both servers. Servers that die: bus-outages.service.test.ts.

import { pino } from 'pino';
import { DependencyDown } from '../errors.js';
import { ExpirationComplete } from '../events/expiration.js';
import { createMetrics } from '../observability/metrics.js';
import { buses, eventually } from '../testing/index.js';
import {
  aBus,
  aBusEnv,
  aMember,
  aProcess,
  anEvent,
  cleanUp,
  connected,
  events,
  idOf,
  idsOf,
  publishBytes,
  type,
} from '../testing/buses.js';
import type { BusMessage } from './bus.js';
import { createConsumer } from './consumer.js';
import type { DeadLetter } from './dead-letters.js';
import { on } from './subscription.js';

afterEach(cleanUp);

const quickly = { NATS_ACK_WAIT_MS: '1000' };

describe.each(buses)('publishing on %s', (bus) => {
  test('is done when the broker has stored the message', async () => {
    const env = aBusEnv(bus);
    const publisher = await connected(env);
    const sent = [anEvent(), anEvent()];
    for (const event of sent) await publisher.publish(event);
    await publisher.close();
    const late = await aMember(env);
    await eventually(() => expect(late.got).toEqual(sent.map(({ id }) => id)));
  });

  test('takes hundreds at once', async () => {
    const member = await aMember(aBusEnv(bus), { concurrency: 50 });
    const sent = events(500);
    await Promise.all(sent.map((event) => member.publish(event)));
    await eventually(() => expect([...member.got].sort()).toEqual(idsOf(sent)));
  });

  test('takes a big message, whole and in any alphabet', async () => {
    const bodies: string[] = [];
    const member = await aMember(aBusEnv(bus), {}, (message) => {
      bodies.push(message.body);
      message.ack();
    });
    const event = { ...anEvent(), data: { text: 'Straße, 票, 🎫 '.repeat(30_000) } };
    await member.publish(event);
    await eventually(() => expect(bodies.map((body) => JSON.parse(body))).toEqual([event]));
  });

  test('fails for a message that is too big, and for no other', async () => {
    const member = await aMember(aBusEnv(bus));
    const since = member.connectedSince();
    const small = anEvent();
    await Promise.all([
      expect(member.publish({ ...anEvent(), data: { text: 'x'.repeat(2_000_000) } })).rejects.toThrow(
        DependencyDown,
      ),
      member.publish(small),
    ]);
    await eventually(() => expect(member.got).toEqual([small.id]));
    expect(member.connectedSince()).toBe(since);
  });

  test('fails as an outage while the broker is away', async () => {
    const away = aBus(aBusEnv(bus, { NATS_URL: 'nats://127.0.0.1:9' }));
    await expect(away.publish(anEvent())).rejects.toThrow(DependencyDown);
    expect([away.connectedSince(), away.serverId()]).toEqual([undefined, undefined]);
  });
});

describe.each(buses)('a service on %s', (bus) => {
  test('shares its messages among its processes, and another service gets them all too', async () => {
    const env = aBusEnv(bus);
    const [one, two, other] = await Promise.all([
      aMember(env),
      aMember(env),
      aMember(env, { service: 'payments' }),
    ]);
    const sent = events(60);
    for (const event of sent) await one.publish(event);
    await eventually(() => expect([...one.got, ...two.got].sort()).toEqual(idsOf(sent)));
    await eventually(() => expect([...other.got].sort()).toEqual(idsOf(sent)));
    expect(one.got.length > 0 && two.got.length > 0).toBe(true);
  });

  test('gets them in the order they were stored, as long as nothing fails', async () => {
    const env = aBusEnv(bus);
    const member = await aMember(env, { concurrency: 1 });
    const sent = events(50);
    for (const event of sent) await member.publish(event);
    await eventually(() => expect(member.got).toEqual(sent.map(({ id }) => id)));
  });

  test('gets what it asks for and nothing else, and nothing of another namespace', async () => {
    const env = aBusEnv(bus);
    const [member, stranger] = [await aMember(env), await aMember(aBusEnv(bus))];
    await member.publish({ ...anEvent(), type: 'order:created' });
    const wanted = anEvent();
    await member.publish(wanted);
    const foreign = anEvent();
    await stranger.publish(foreign);
    await eventually(() => expect([member.got, stranger.got]).toEqual([[wanted.id], [foreign.id]]));
  });

  test('never has more in hand than it asked for, over all types', async () => {
    const env = aBusEnv(bus);
    let [now, most, done] = [0, 0, 0];
    const types = [type, 'order:created', 'order:cancelled'];
    const member = await aMember(env, { concurrency: 3, types }, async (message) => {
      most = Math.max(most, (now += 1));
      await new Promise((resolve) => setImmediate(resolve));
      message.ack();
      now -= 1;
      done += 1;
    });
    await Promise.all(
      types.flatMap((each) => events(20).map((event) => member.publish({ ...event, type: each }))),
    );
    await eventually(() => expect(done).toBe(60));
    expect(most).toBe(3);
  });

  test('goes on after a restart where it was, and gets what came in between', async () => {
    const env = aBusEnv(bus);
    const publisher = await connected(env);
    const [before, after] = [anEvent(), anEvent()];
    const first = await aMember(env);
    await publisher.publish(before);
    await eventually(() => expect(first.got).toEqual([before.id]));
    await first.close();
    await publisher.publish(after);
    const second = await aMember(env);
    await eventually(() => expect(second.got).toEqual([after.id]));
  });

  test('that is new gets everything that was ever stored', async () => {
    const env = aBusEnv(bus);
    const old = await aMember(env);
    const sent = events(30);
    for (const event of sent) await old.publish(event);
    await eventually(() => expect(old.got).toHaveLength(30));
    const fresh = await aMember(env, { service: 'payments', concurrency: 1 });
    await eventually(() => expect(fresh.got).toEqual(sent.map(({ id }) => id)));
  });

  test('that stops finishes what is in hand, and that does not come again', async () => {
    const env = aBusEnv(bus, quickly);
    const hands: (() => void)[] = [];
    const first = await aMember(env, { concurrency: 2 }, async (message) => {
      await new Promise<void>((resolve) => hands.push(resolve));
      message.ack();
    });
    const sent = events(2);
    for (const event of sent) await first.publish(event);
    await eventually(() => expect(hands).toHaveLength(2));
    let stopped = false;
    const stopping = first.stopConsuming().then(() => (stopped = true));
    const later = anEvent();
    await first.publish(later);
    expect(stopped).toBe(false);
    for (const finish of hands) finish();
    await stopping;
    await first.close();
    const second = await aMember(env);
    await eventually(() => expect(second.got).toContain(later.id));
    const last = anEvent();
    await second.publish(last);
    await eventually(() => expect(second.got).toEqual([later.id, last.id]));
    expect([...first.got].sort()).toEqual(idsOf(sent));
  });

  test('gets again what a killed process had in hand, as a further try', async () => {
    const env = aBusEnv(bus, quickly);
    const victim = aProcess({ ...env, TYPE: type });
    await eventually(() => expect(victim.said).toContain('connected'), 20_000);
    const publisher = await connected(env);
    const event = anEvent();
    await publisher.publish(event);
    await eventually(() => expect(victim.said).toContain(event.id));
    victim.child.process.kill('SIGKILL');
    await victim.child.ended;
    const tries: number[] = [];
    const heir = await aMember(env, {}, (message) => {
      tries.push(message.tries);
      message.ack();
    });
    await eventually(() => expect(heir.got).toEqual([event.id]), 30_000);
    expect(tries[0]).toBeGreaterThan(1);
  });

  test('knows since when it is connected, and to which server', async () => {
    const before = Date.now();
    const member = await aMember(aBusEnv(bus));
    expect(member.connectedSince()?.getTime()).toBeGreaterThanOrEqual(before);
    expect(member.serverId()).toMatch(/^N[A-Z0-9]{55}$/);
    expect(await member.caughtUp(type, 0)).toBe(true);
    await member.close();
    expect([member.connectedSince(), member.serverId(), await member.caughtUp(type, 0)]).toEqual([
      undefined,
      undefined,
      false,
    ]);
  });
});

describe.each(buses)('a message on %s', (bus) => {
  test('that is given back comes again, and each try is counted', async () => {
    const env = aBusEnv(bus, quickly);
    const tries: [number, number][] = [];
    const member = await aMember(env, {}, (message) => {
      tries.push([message.tries, performance.now()]);
      if (message.tries < 3) message.retry(300);
      else message.ack();
    });
    const event = anEvent();
    await member.publish(event);
    await eventually(() => expect(tries).toHaveLength(3));
    expect(tries.map(([count]) => count)).toEqual([1, 2, 3]);
    const gaps = tries.slice(1).map(([, at], index) => at - (tries[index]?.[1] ?? at));
    // JetStream takes the delay; NATS Streaming has only the ack wait.
    for (const gap of gaps) expect(gap).toBeGreaterThan(bus === 'jetstream' ? 280 : 900);
  });

  test('that waits for its next try is in nobody’s way, and neither are thirty', async () => {
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
    await eventually(() => expect(member.got).toContain(good.id), 5_000);
  });

  test('that takes longer than the ack wait is not handled twice at once, nor counted as tries', async () => {
    const env = aBusEnv(bus, quickly);
    let [now, most] = [0, 0];
    const tries: number[] = [];
    const handle = async (message: BusMessage) => {
      most = Math.max(most, (now += 1));
      tries.push(message.tries);
      const begin = Date.now();
      await eventually(() => {
        message.stillWorking();
        expect(Date.now() - begin).toBeGreaterThan(tries.length === 1 ? 3_500 : 0);
      });
      now -= 1;
      if (message.tries === 1) message.retry(0);
      else message.ack();
    };
    const member = await aMember(env, {}, handle);
    const event = anEvent();
    await member.publish(event);
    await eventually(() => expect(tries).toHaveLength(2));
    expect([tries, most]).toEqual([[1, 2], 1]);
  });

  test.each(['nonsense', '', '[1]', '{"id":', '\u0000\u0001', '"票🎫"'])(
    'may say anything: %j',
    async (bytes) => {
      const env = aBusEnv(bus);
      const messages: BusMessage[] = [];
      const before = Date.now();
      const member = await aMember(env, {}, (message) => {
        messages.push(message);
        message.ack();
      });
      await publishBytes(env, bytes);
      const good = anEvent();
      await member.publish(good);
      await eventually(() => expect(member.got).toContain(good.id));
      expect(messages[0]).toMatchObject({ body: bytes, tries: 1 });
      expect(Math.abs((messages[0]?.storedAt.getTime() ?? 0) - before)).toBeLessThan(5_000);
    },
  );

  test('that can never be handled becomes a dead letter, and the next is handled', async () => {
    const env = aBusEnv(bus);
    const [letters, handled]: [DeadLetter[], string[]] = [[], []];
    const consumer = createConsumer({
      subscriptions: [on(ExpirationComplete, async ({ data }) => void handled.push(data.orderId))],
      deadLetters: { add: async (letter: DeadLetter) => void letters.push(letter) } as never,
      log: pino({ level: 'silent' }),
      metrics: createMetrics(),
      limits: { RETRY_DELAY_MS: 10, RETRY_DELAY_MAX_MS: 10, MAX_TRIES: 5, NOT_FOUND_RETRY_SECONDS: 1 },
    });
    const member = await connected(env);
    await publishBytes(env, '{"data":{}}');
    const good = anEvent();
    await member.publish(good);
    member.consume({ service: 'orders', types: [type], concurrency: 1, deliver: consumer.deliver });
    await eventually(() => expect(handled).toEqual([good.subject]));
    expect(letters).toMatchObject([{ body: '{"data":{}}', tries: 1 }]);
  });
});
