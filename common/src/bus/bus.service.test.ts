// The guarantees of a bus, on both servers. Its messages: bus-messages.service.test.ts; outages: bus-outages.service.test.ts.

import { DependencyDown } from '../errors.js';
import type { Envelope } from '../events/event.js';
import { buses, eventually } from '../testing/index.js';
import {
  aBus,
  aBusEnv,
  aConnectedBus,
  aMember,
  anEvent,
  aStuckProcess,
  cleanUp,
  events,
  idsOf,
  type,
} from '../testing/buses.js';

afterEach(cleanUp);

const shortAckWait = { NATS_ACK_WAIT_MS: '1000' };

describe.each(buses)('publishing on %s', (bus) => {
  test('resolves after the broker has stored the message', async () => {
    const env = aBusEnv(bus);
    const publisher = await aConnectedBus(env);
    const sent = [anEvent(), anEvent()];
    for (const event of sent) await publisher.publish(event);
    await publisher.close();
    const late = await aMember(env);
    await eventually(() => expect(late.received).toEqual(sent.map(({ id }) => id)));
  });

  test('handles hundreds of events at once', async () => {
    const member = await aMember(aBusEnv(bus), { concurrency: 50 });
    const sent = events(500);
    await Promise.all(sent.map((event) => member.publish(event)));
    await eventually(() => expect([...member.received].sort()).toEqual(idsOf(sent)));
  });

  test('delivers a large message unchanged, in any alphabet', async () => {
    const bodies: string[] = [];
    const member = await aMember(aBusEnv(bus), {}, (message) => {
      bodies.push(message.body);
      message.ack();
    });
    const event = { ...anEvent(), data: { text: 'Straße, 票, 🎫 '.repeat(30_000) } };
    await member.publish(event);
    await eventually(() => expect(bodies.map((body) => JSON.parse(body))).toEqual([event]));
  });

  test('fails for a message that is too large, and for no other', async () => {
    const member = await aMember(aBusEnv(bus));
    const since = member.connectedSince();
    const small = anEvent();
    await Promise.all([
      expect(member.publish({ ...anEvent(), data: { text: 'x'.repeat(2_000_000) } })).rejects.toThrow(
        DependencyDown,
      ),
      member.publish(small),
    ]);
    await eventually(() => expect(member.received).toEqual([small.id]));
    expect(member.connectedSince()).toBe(since);
  });

  test('fails with DependencyDown while the broker is unreachable', async () => {
    const away = aBus(aBusEnv(bus, { NATS_URL: 'nats://127.0.0.1:9' }));
    await expect(away.publish(anEvent())).rejects.toThrow(DependencyDown);
    expect([away.connectedSince(), away.serverId()]).toEqual([undefined, undefined]);
  });
});

describe.each(buses)('a service on %s', (bus) => {
  test('shares its messages among its processes; another service receives all of them too', async () => {
    const env = aBusEnv(bus);
    const [one, two, other] = await Promise.all([
      aMember(env),
      aMember(env),
      aMember(env, { service: 'payments' }),
    ]);
    const sent: Envelope[] = [];
    // The process that begins to consume first may get the first ones alone.
    await eventually(async () => {
      for (const event of events(20)) {
        await one.publish(event);
        sent.push(event);
      }
      expect(Math.min(one.received.length, two.received.length)).toBeGreaterThan(0);
    });
    await eventually(() => expect([...one.received, ...two.received].sort()).toEqual(idsOf(sent)));
    await eventually(() => expect([...other.received].sort()).toEqual(idsOf(sent)));
  });

  test('receives messages in stored order while no handler fails', async () => {
    const env = aBusEnv(bus);
    const member = await aMember(env, { concurrency: 1 });
    const sent = events(50);
    for (const event of sent) await member.publish(event);
    await eventually(() => expect(member.received).toEqual(sent.map(({ id }) => id)));
  });

  test('receives only the types it subscribes to, and nothing from another namespace', async () => {
    const env = aBusEnv(bus);
    const [member, stranger] = [await aMember(env), await aMember(aBusEnv(bus))];
    await member.publish({ ...anEvent(), type: 'order:created' });
    const wanted = anEvent();
    await member.publish(wanted);
    const foreign = anEvent();
    await stranger.publish(foreign);
    await eventually(() => expect([member.received, stranger.received]).toEqual([[wanted.id], [foreign.id]]));
  });

  test('handles at most `concurrency` messages at once, over all types', async () => {
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

  test('continues after a restart at its position, and receives what was published meanwhile', async () => {
    const env = aBusEnv(bus);
    const publisher = await aConnectedBus(env);
    const [before, after] = [anEvent(), anEvent()];
    const first = await aMember(env);
    await publisher.publish(before);
    await eventually(() => expect(first.received).toEqual([before.id]));
    await first.close();
    await publisher.publish(after);
    const second = await aMember(env);
    await eventually(() => expect(second.received).toEqual([after.id]));
  });

  test('that is new receives every stored message', async () => {
    const env = aBusEnv(bus);
    const old = await aMember(env);
    const sent = events(30);
    for (const event of sent) await old.publish(event);
    await eventually(() => expect(old.received).toHaveLength(30));
    const fresh = await aMember(env, { service: 'payments', concurrency: 1 });
    await eventually(() => expect(fresh.received).toEqual(sent.map(({ id }) => id)));
  });

  test('that stops settles its in-flight messages, which are not delivered again', async () => {
    const env = aBusEnv(bus, shortAckWait);
    const finishers: (() => void)[] = [];
    const first = await aMember(env, { concurrency: 2 }, async (message) => {
      await new Promise<void>((resolve) => finishers.push(resolve));
      message.ack();
    });
    const sent = events(2);
    for (const event of sent) await first.publish(event);
    await eventually(() => expect(finishers).toHaveLength(2));
    let stopped = false;
    const stopping = first.stopConsuming().then(() => (stopped = true));
    const later = anEvent();
    await first.publish(later);
    expect(stopped).toBe(false);
    for (const finish of finishers) finish();
    await stopping;
    await first.close();
    const second = await aMember(env);
    await eventually(() => expect(second.received).toContain(later.id));
    const last = anEvent();
    await second.publish(last);
    await eventually(() => expect(second.received).toEqual([later.id, last.id]));
    expect([...first.received].sort()).toEqual(idsOf(sent));
  });

  test('receives the in-flight messages of a killed process again, marked as a redelivery', async () => {
    const env = aBusEnv(bus, shortAckWait);
    const victim = aStuckProcess({ ...env, TYPE: type });
    await eventually(() => expect(victim.output).toContain('connected'), 20_000);
    const publisher = await aConnectedBus(env);
    const event = anEvent();
    await publisher.publish(event);
    await eventually(() => expect(victim.output).toContain(event.id));
    victim.child.process.kill('SIGKILL');
    await victim.child.ended;
    const redeliveries: boolean[] = [];
    const successor = await aMember(env, {}, (message) => {
      redeliveries.push(message.isRedelivery);
      message.ack();
    });
    await eventually(() => expect(successor.received).toEqual([event.id]), 30_000);
    expect(redeliveries[0]).toBe(true);
  });

  test('knows the time of its connection and the identity of its server', async () => {
    const before = performance.now();
    const member = await aMember(aBusEnv(bus));
    expect(member.connectedSince()).toBeGreaterThanOrEqual(before);
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
