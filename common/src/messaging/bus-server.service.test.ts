// What a bus survives: its server killed, away, wiped, or of another kind.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startOwnServer } from '@ticketing/dev';
import { ConfigError } from '../config.js';
import { TicketUpdated } from '../events/tickets.js';
import { anEvent, busEnv, busNames, openBuses, serverOf, type BusName } from '../testing/buses.js';
import { eventually, startForTest } from '../testing/index.js';
import { aService, aThing, countUp, made } from '../testing/things.js';
import { jobCause } from '../trace.js';
import { on } from './subscription.js';

const cause = jobCause('test');
const { open, connected, aMember, closeAll } = openBuses();
const started: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of started.splice(0).reverse()) await stop();
  await closeAll();
});

const longerMs = 30_000;

/** A server that the test may kill. */
async function aServer(name: BusName) {
  const dir = await mkdtemp(join(tmpdir(), 'ticketing-broker-'));
  const port = await freePort();
  const start = () => startOwnServer(serverOf[name], { port, dir, say: () => undefined });
  let server: Awaited<ReturnType<typeof start>> | undefined;
  const kill = async () => {
    server?.child.process.kill('SIGKILL');
    await server?.child.ended;
  };
  started.push(async () => {
    await kill();
    await rm(dir, { recursive: true, force: true });
  });
  return {
    env: busEnv(name, { NATS_URL: `nats://127.0.0.1:${port}` }),
    start: async () => void (server = await start()),
    kill,
    wipe: () => rm(dir, { recursive: true }),
  };
}

describe.each(busNames)('the server of %s', (name) => {
  test('may start after us', async () => {
    const server = await aServer(name);
    const bus = open(server.env);
    await eventually(() => expect(bus.lines.join()).toContain('bus not reachable yet'));
    await server.start();
    await eventually(() => expect(bus.connectedSince()).toBeDefined(), longerMs);
    await bus.publish(anEvent());
  });

  test('may be killed: who publishes and who listens go on, and nothing stored is lost', async () => {
    const server = await aServer(name);
    await server.start();
    const publisher = await connected(server.env);
    const member = await aMember(server.env, 'orders');
    const [before, unread, after] = [anEvent(), anEvent(), anEvent()];
    await publisher.publish(before);
    await eventually(() => expect(member.got).toEqual([before.id]));
    await member.close();
    await publisher.publish(unread);
    const id = publisher.serverId();

    await server.kill();
    await eventually(() => expect(publisher.connectedSince()).toBeUndefined(), longerMs);
    expect(publisher.serverId()).toBeUndefined();
    await server.start();

    await eventually(() => expect(publisher.connectedSince()).toBeDefined(), longerMs);
    expect(publisher.serverId()).not.toBe(id);
    const next = await aMember(server.env, 'orders');
    await eventually(() => expect(next.got).toEqual([unread.id]), longerMs);
    await publisher.publish(after);
    await eventually(() => expect(next.got).toEqual([unread.id, after.id]), longerMs);
  });

  test('may lose everything: what comes then is heard', async () => {
    const server = await aServer(name);
    await server.start();
    const member = await aMember(server.env, 'orders');
    const [before, after] = [anEvent(), anEvent()];
    await member.publish(before);
    await eventually(() => expect(member.got).toEqual([before.id]));

    await server.kill();
    await server.wipe();
    await eventually(() => expect(member.connectedSince()).toBeUndefined(), longerMs);
    await server.start();

    await eventually(() => expect(member.connectedSince()).toBeDefined(), longerMs);
    await member.publish(after);
    await eventually(() => expect(member.got).toEqual([before.id, after.id]), longerMs);
  });

  test('gets what was written while it was away', async () => {
    const server = await aServer(name);
    await server.start();
    const heard: string[] = [];
    const listener = aService({
      subscriptions: () => [on(TicketUpdated, async ({ data }) => void heard.push(`${data.version}`))],
    });
    const service = await startForTest(listener, server.env);
    started.push(() => service.stop());
    const { things } = service.ctx;
    const thing = aThing();
    await things.create(() => made(thing), cause);
    const left = async () => (await things.model.findById(thing.id).lean())?.outbox.map(({ id }) => id);
    await eventually(async () => expect([heard, await left()]).toEqual([['0'], []]));

    await server.kill();
    await eventually(() => expect(service.bus.connectedSince()).toBeUndefined(), longerMs);
    await things.change(thing.id, countUp, cause);
    expect(await left()).toEqual([`ticket:updated/${thing.id}/1`]);

    await server.start();
    await eventually(() => expect(heard).toEqual(['0', '1']), longerMs);
    await things.change(thing.id, countUp, cause);
    await eventually(() => expect(heard).toEqual(['0', '1', '2']), longerMs);
  });

  test('is named in the log without its credentials', async () => {
    const bus = open(busEnv(name, { NATS_URL: 'nats://ann:hunter2@127.0.0.1:9' }));
    await eventually(() => expect(bus.lines.join()).toContain('bus not reachable yet'));
    expect(bus.lines.join()).toContain('nats://127.0.0.1:9');
    expect(bus.lines.join()).not.toContain('hunter2');
  });

  test('that is of the other kind ends the process, with what to do', async () => {
    const other = busEnv(name === 'jetstream' ? 'nats-streaming' : 'jetstream');
    const bus = open(busEnv(name, { NATS_URL: other['NATS_URL'] }));
    await eventually(() => expect(bus.unusable[0]).toBeInstanceOf(ConfigError));
    expect(bus.unusable[0]?.message).toContain(`set EVENT_BUS=${other['EVENT_BUS']}`);
    expect(bus.connectedSince()).toBeUndefined();
  });
});

test('NATS Streaming under another cluster id is not found, and the log says so', async () => {
  const bus = open(busEnv('nats-streaming', { NATS_CLUSTER_ID: 'elsewhere' }));
  await eventually(() =>
    expect(bus.lines.join()).toContain('no NATS Streaming answers to NATS_CLUSTER_ID elsewhere'),
  );
  expect(bus.connectedSince()).toBeUndefined();
});
