// What a bus promises while its server dies, sleeps, forgets and comes back. What the services then tell again:
// republish.service.test.ts.

import { DependencyDown } from '../errors.js';
import { TicketUpdated } from '../events/tickets.js';
import { buses, eventually, startForTest } from '../testing/index.js';
import {
  idOf,
  aBus,
  aBusEnv,
  aMember,
  aServer,
  afterwards,
  anEvent,
  cleanUp,
  connected,
  events,
  idsOf,
  isConnected,
  type,
} from '../testing/buses.js';
import { aService, aThing, countUp, made } from '../testing/things.js';
import { jobCause } from '../observability/trace.js';
import type { Bus } from './bus.js';
import { ConfigError } from '../service/config.js';
import { on } from './subscription.js';

afterEach(cleanUp);

// A server that is killed may have forgotten the last acknowledgements; NATS Streaming does, JetStream seldom.
const once = <T>(items: readonly T[]) => [...new Set(items)];
const isAway = async (bus: Bus) => eventually(() => expect(bus.connectedSince()).toBeUndefined(), 20_000);

describe.each(buses)('a server of %s', (name) => {
  test('that comes later than we do is found', async () => {
    const server = await aServer(name);
    const got: string[] = [];
    const bus = aBus(server.env);
    const deliver: Parameters<Bus['consume']>[0]['deliver'] = async (message) => {
      got.push((JSON.parse(message.body) as { id: string }).id);
      message.ack();
    };
    bus.consume({ service: 'orders', types: [type], concurrency: 1, deliver });
    await eventually(() => expect(bus.lines.join()).toContain('bus not reachable yet'));
    await server.start();
    await isConnected(bus);
    const event = anEvent();
    await bus.publish(event);
    await eventually(() => expect(got).toEqual([event.id]));
  });

  test('that is not there is asked for again and again, less and less often', async () => {
    const bus = aBus(aBusEnv(name, { NATS_URL: 'nats://ann:hunter2@127.0.0.1:9' }));
    const lines = await eventually(() => {
      expect(bus.lines.length).toBeGreaterThanOrEqual(5);
      return bus.lines;
    });
    const times = lines.map((line) => (JSON.parse(line) as { time: number }).time);
    expect((times[4] ?? 0) - (times[3] ?? 0)).toBeGreaterThan(500);
    expect(lines.join()).toContain('nats://127.0.0.1:9');
    expect(lines.join()).not.toContain('hunter2');
  });

  test('that is killed has kept what it confirmed', async () => {
    const server = await aServer(name);
    await server.start();
    const publisher = await connected(server.env);
    const sent = events(50);
    await Promise.all(sent.map((event) => publisher.publish(event)));
    await server.kill();
    await server.start();
    const late = await aMember(server.env);
    await eventually(() => expect([...late.got].sort()).toEqual(idsOf(sent)), 20_000);
  });

  test('that is killed and comes back is another one, and everybody goes on', async () => {
    const server = await aServer(name);
    await server.start();
    const [member, other] = [await aMember(server.env), await aMember(server.env, { service: 'payments' })];
    const before = anEvent();
    await member.publish(before);
    await eventually(() => expect([member.got, other.got]).toEqual([[before.id], [before.id]]));
    const known = member.serverId();
    for (let round = 0; round < 2; round += 1) {
      await server.kill();
      await isAway(member);
      expect(member.serverId()).toBeUndefined();
      await expect(member.publish(anEvent())).rejects.toThrow(DependencyDown);
      await server.start();
      await isConnected(member);
    }
    expect(member.serverId()).toMatch(/^N/);
    expect(member.serverId()).not.toBe(known);
    const after = anEvent();
    await member.publish(after);
    await eventually(() => expect(once(member.got)).toEqual([before.id, after.id]), 20_000);
    await eventually(() => expect(once(other.got)).toEqual([before.id, after.id]), 20_000);
  });

  test('that lost everything is taken as it is: what comes now arrives, whatever is in hand', async () => {
    const server = await aServer(name);
    await server.start();
    let finish: () => void = () => undefined;
    const hand = new Promise<void>((resolve) => (finish = resolve));
    const held = anEvent();
    const env = { ...server.env, NATS_ACK_WAIT_MS: '2000' };
    const member = await aMember(env, {}, async (message) => {
      if (idOf(message) === held.id) await hand;
      message.ack();
    });
    await member.publish(held);
    await eventually(() => expect(member.got).toEqual([held.id]));
    afterwards(async () => finish());
    await server.kill();
    await isAway(member);
    await server.wipe();
    await server.start();
    await isConnected(member);
    const sent = events(10);
    for (const event of sent) await eventually(() => member.publish(event), 20_000);
    await eventually(() => expect(once(member.got.slice(1)).sort()).toEqual(idsOf(sent)), 20_000);
    finish();
  });

  test('that restarts under a message in hand loses nothing', async () => {
    const server = await aServer(name);
    await server.start();
    const env = { ...server.env, NATS_ACK_WAIT_MS: '2000' };
    let finish: () => void = () => undefined;
    const hand = new Promise<void>((resolve) => (finish = resolve));
    const member = await aMember(env, {}, async (message) => {
      const beat = setInterval(() => message.stillWorking(), 200);
      await hand;
      clearInterval(beat);
      message.ack();
    });
    const event = anEvent();
    await member.publish(event);
    await eventually(() => expect(member.got).toEqual([event.id]));
    await server.kill();
    await isAway(member);
    await server.start();
    await isConnected(member);
    const next = anEvent();
    await member.publish(next);
    await eventually(() => expect(member.got).toContain(next.id), 20_000);
    expect(once(member.got)).toEqual([event.id, next.id]);
    finish();
    await member.close();
    const heir = await aMember(env);
    const last = anEvent();
    await heir.publish(last);
    await eventually(() => expect(heir.got).toContain(last.id), 20_000);
    // JetStream is not told what was done for its former life (jetstream.ts), and may give that once more.
    if (name === 'nats-streaming') expect(heir.got).toEqual([last.id]);
  });

  test('that dies while it is told something has not confirmed it', async () => {
    const server = await aServer(name);
    await server.start();
    const bus = await connected(server.env);
    await server.freeze();
    const told = Promise.allSettled(events(5).map((event) => bus.publish(event)));
    await server.kill();
    for (const result of await told) expect(result).toMatchObject({ reason: expect.any(DependencyDown) });
  });

  test('that sleeps is an outage after three seconds', async () => {
    const server = await aServer(name);
    await server.start();
    const bus = await connected(server.env);
    await server.freeze();
    const begin = performance.now();
    await expect(bus.publish(anEvent())).rejects.toThrow(DependencyDown);
    expect(performance.now() - begin).toBeLessThan(4_000);
    server.thaw();
    const event = anEvent();
    await eventually(() => bus.publish(event), 20_000);
  });

  test.each(['is away', 'sleeps', 'was never there'])('that %s keeps nobody from ending', async (how) => {
    const server = await aServer(name);
    if (how !== 'was never there') await server.start();
    const bus = how === 'was never there' ? aBus(server.env) : await aMember(server.env);
    if (how === 'is away') await server.kill();
    if (how === 'sleeps') await server.freeze();
    const begin = performance.now();
    await bus.close();
    expect(performance.now() - begin).toBeLessThan(8_000);
    expect(bus.connectedSince()).toBeUndefined();
  });

  test('gets from the outbox what was written while it was away', async () => {
    const server = await aServer(name);
    await server.start();
    const heard: string[] = [];
    const listener = aService({
      subscriptions: () => [on(TicketUpdated, async ({ data }) => void heard.push(`${data.version}`))],
    });
    const service = await startForTest(listener, server.env);
    afterwards(() => service.stop());
    const { things } = service.ctx;
    const thing = aThing();
    const cause = jobCause('test');
    await things.create(() => made(thing), cause);
    const left = async () => (await things.model.findById(thing.id).lean())?.outbox.map(({ id }) => id);
    await eventually(async () => expect([heard, await left()]).toEqual([['0'], []]));

    await server.kill();
    await isAway(service.bus);
    await things.change(thing.id, countUp, cause);
    expect(await left()).toEqual([`ticket:updated/${thing.id}/1`]);

    await server.start();
    await eventually(() => expect(once(heard)).toEqual(['0', '1']), 20_000);
    await things.change(thing.id, countUp, cause);
    await eventually(() => expect(once(heard)).toEqual(['0', '1', '2']), 20_000);
  });

  test('of the other kind ends the process, with what to set', async () => {
    const other = name === 'jetstream' ? 'nats-streaming' : 'jetstream';
    const bus = aBus({ ...aBusEnv(other), EVENT_BUS: name });
    await eventually(() => expect(bus.unusable[0]?.message).toContain(`set EVENT_BUS=${other}`));
    expect(bus.unusable[0]).toBeInstanceOf(ConfigError);
    expect(bus.connectedSince()).toBeUndefined();
  });
});
