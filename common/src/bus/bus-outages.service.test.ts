// The guarantees of a bus while its server is killed, frozen, wiped and restarted. Republishing by the services after
// that: republish.service.test.ts.

import { DependencyDown } from '../errors.js';
import { TicketUpdated } from '../events/tickets.js';
import { buses, eventually, startForTest, within } from '../testing/index.js';
import {
  idOf,
  aBus,
  aBusEnv,
  aMember,
  aServer,
  onCleanUp,
  anEvent,
  cleanUp,
  aConnectedBus,
  events,
  idsOf,
  untilConnected,
  type,
} from '../testing/buses.js';
import { aService, aThing, countUp, made } from '../testing/things.js';
import { jobCause } from '../observability/trace.js';
import type { Bus } from './bus.js';
import { ConfigError } from '../service/config.js';
import { on } from './subscription.js';

// The tests mostly wait, each for a server of its own, so they run at the same time.
afterAll(cleanUp);

// A killed server may lose the last acknowledgements, and then delivers twice: NATS Streaming often, JetStream rarely.
const distinct = <T>(items: readonly T[]) => [...new Set(items)];
const untilDisconnected = async (bus: Bus) =>
  eventually(() => expect(bus.connectedSince()).toBeUndefined(), 20_000);

describe.each(buses)('a server of %s', (name) => {
  test.concurrent('that starts after the bus is found', async () => {
    const server = await aServer(name);
    const received: string[] = [];
    const bus = aBus(server.env);
    const deliver: Parameters<Bus['consume']>[0]['deliver'] = async (message) => {
      received.push((JSON.parse(message.body) as { id: string }).id);
      message.ack();
    };
    bus.consume({ service: 'orders', types: [type], concurrency: 1, deliver });
    await eventually(() => expect(bus.lines.join()).toContain('bus not reachable yet'));
    await server.start();
    await untilConnected(bus);
    const event = anEvent();
    await bus.publish(event);
    await eventually(() => expect(received).toEqual([event.id]));
  });

  test.concurrent('that is missing is retried with growing delay, and its credentials are not logged', async () => {
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

  test.concurrent('that is killed has kept every confirmed message', async () => {
    const server = await aServer(name);
    await server.start();
    const publisher = await aConnectedBus(server.env);
    const sent = events(50);
    await Promise.all(sent.map((event) => publisher.publish(event)));
    await server.kill();
    await server.start();
    const late = await aMember(server.env);
    await eventually(() => expect([...late.received].sort()).toEqual(idsOf(sent)), 20_000);
  });

  test.concurrent('that restarts after a kill has a new identity, and every consumer continues', async () => {
    const server = await aServer(name);
    await server.start();
    const [member, other] = [await aMember(server.env), await aMember(server.env, { service: 'payments' })];
    const before = anEvent();
    await member.publish(before);
    await eventually(() => expect([member.received, other.received]).toEqual([[before.id], [before.id]]));
    const known = member.serverId();
    for (let round = 0; round < 2; round += 1) {
      await server.kill();
      await untilDisconnected(member);
      expect(member.serverId()).toBeUndefined();
      await expect(member.publish(anEvent())).rejects.toThrow(DependencyDown);
      await server.start();
      await untilConnected(member);
    }
    expect(member.serverId()).toMatch(/^N/);
    expect(member.serverId()).not.toBe(known);
    const after = anEvent();
    await member.publish(after);
    await eventually(() => expect(distinct(member.received)).toEqual([before.id, after.id]), 20_000);
    await eventually(() => expect(distinct(other.received)).toEqual([before.id, after.id]), 20_000);
  });

  test.concurrent('that lost all data still delivers new messages, even with an old message in flight', async () => {
    const server = await aServer(name);
    await server.start();
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const held = anEvent();
    const env = { ...server.env, NATS_ACK_WAIT_MS: '2000' };
    const member = await aMember(env, {}, async (message) => {
      if (idOf(message) === held.id) await finished;
      message.ack();
    });
    await member.publish(held);
    await eventually(() => expect(member.received).toEqual([held.id]));
    onCleanUp(async () => finish());
    await server.kill();
    await untilDisconnected(member);
    await server.wipe();
    await server.start();
    await untilConnected(member);
    const sent = events(10);
    for (const event of sent) await eventually(() => member.publish(event), 20_000);
    await eventually(() => expect(distinct(member.received.slice(1)).sort()).toEqual(idsOf(sent)), 20_000);
    finish();
  });

  test.concurrent('that restarts while a message is in flight loses no message', async () => {
    const server = await aServer(name);
    await server.start();
    const env = { ...server.env, NATS_ACK_WAIT_MS: '2000' };
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const member = await aMember(env, {}, async (message) => {
      const beat = setInterval(() => message.stillWorking(), 200);
      await finished;
      clearInterval(beat);
      message.ack();
    });
    const event = anEvent();
    await member.publish(event);
    await eventually(() => expect(member.received).toEqual([event.id]));
    await server.kill();
    await untilDisconnected(member);
    await server.start();
    await untilConnected(member);
    const next = anEvent();
    await member.publish(next);
    await eventually(() => expect(member.received).toContain(next.id), 20_000);
    expect(distinct(member.received)).toEqual([event.id, next.id]);
    finish();
    await member.close();
    const successor = await aMember(env);
    const last = anEvent();
    await successor.publish(last);
    await eventually(() => expect(successor.received).toContain(last.id), 20_000);
    // On JetStream, an acknowledgement for the old server is dropped (consumer-loop.ts), so it may deliver once more.
    if (name === 'nats-streaming') expect(successor.received).toEqual([last.id]);
  });

  test.concurrent('that dies during a publish does not confirm it', async () => {
    const server = await aServer(name);
    await server.start();
    const bus = await aConnectedBus(server.env);
    await server.freeze();
    const results = Promise.allSettled(events(5).map((event) => bus.publish(event)));
    await server.kill();
    for (const result of await results) expect(result).toMatchObject({ reason: expect.any(DependencyDown) });
  });

  test.concurrent('that is frozen counts as an outage after three seconds', async () => {
    const server = await aServer(name);
    await server.start();
    const bus = await aConnectedBus(server.env);
    await server.freeze();
    await expect(within(4_000, bus.publish(anEvent()))).rejects.toThrow(DependencyDown);
    server.thaw();
    const event = anEvent();
    await eventually(() => bus.publish(event), 20_000);
  });

  test.concurrent.each(['is killed', 'is frozen', 'never ran'])(
    'that %s does not keep the bus from closing',
    async (how) => {
      const server = await aServer(name);
      if (how !== 'never ran') await server.start();
      const bus = how === 'never ran' ? aBus(server.env) : await aMember(server.env);
      if (how === 'is killed') await server.kill();
      if (how === 'is frozen') await server.freeze();
      await within(8_000, bus.close());
      expect(bus.connectedSince()).toBeUndefined();
    },
  );

  test.concurrent('receives after its restart what the outbox holds', async () => {
    const server = await aServer(name);
    await server.start();
    const versions: string[] = [];
    const listener = aService({
      subscriptions: () => [on(TicketUpdated, async ({ data }) => void versions.push(`${data.version}`))],
    });
    const service = await startForTest(listener, server.env);
    onCleanUp(() => service.stop());
    const { things } = service.ctx;
    const thing = aThing();
    const cause = jobCause('test');
    await things.create(() => made(thing), cause);
    const pending = async () => (await things.model.findById(thing.id).lean())?.outbox.map(({ id }) => id);
    await eventually(async () => expect([versions, await pending()]).toEqual([['0'], []]));

    await server.kill();
    await untilDisconnected(service.bus);
    await things.change(thing.id, countUp, cause);
    expect(await pending()).toEqual([`ticket:updated/${thing.id}/1`]);

    await server.start();
    await eventually(() => expect(distinct(versions)).toEqual(['0', '1']), 20_000);
    await things.change(thing.id, countUp, cause);
    await eventually(() => expect(distinct(versions)).toEqual(['0', '1', '2']), 20_000);
  });

  test.concurrent('of the other kind ends the process, and the error names the setting', async () => {
    const other = name === 'jetstream' ? 'nats-streaming' : 'jetstream';
    const bus = aBus({ ...aBusEnv(other), EVENT_BUS: name });
    await eventually(() => expect(bus.unusable[0]?.message).toContain(`set EVENT_BUS=${other}`));
    expect(bus.unusable[0]).toBeInstanceOf(ConfigError);
    expect(bus.connectedSince()).toBeUndefined();
  });
});
