// What a bus promises, on JetStream. A broker that loses what it had: retell.service.test.ts.

import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startOwnServer } from '@ticketing/dev';
import { pino } from 'pino';
import { ConfigError } from '../config.js';
import { DependencyDown } from '../errors.js';
import { seal } from '../events/event.js';
import { ExpirationComplete } from '../events/expiration.js';
import { newId } from '../id.js';
import { eventually, startForTest, testEnv } from '../testing/index.js';
import { aService, aThing, countUp, made } from '../testing/things.js';
import { jobCause } from '../trace.js';
import { TicketUpdated } from '../events/tickets.js';
import type { BusMessage } from './bus.js';
import { openJetStream } from './jetstream.js';
import { on } from './subscription.js';

const cause = jobCause('test');
const type = 'expiration:complete';
const started: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of started.splice(0).reverse()) await stop();
});

const ours = () => testEnv() as { NATS_URL: string; NAMESPACE: string };

function aBus(
  { NATS_URL: url, NAMESPACE: namespace }: { NATS_URL: string; NAMESPACE: string },
  ackWaitMs = 30_000,
) {
  const lines: string[] = [];
  const unusable: Error[] = [];
  const log = pino({ level: 'trace' }, { write: (line) => lines.push(line) });
  const onUnusable = (error: Error) => unusable.push(error);
  const bus = openJetStream({ url, namespace, clientName: 'test', log, ackWaitMs, onUnusable });
  started.push(() => bus.close());
  return { ...bus, lines, unusable };
}

async function connected(...given: Parameters<typeof aBus>) {
  const bus = aBus(...given);
  await eventually(() => expect(bus.connectedSince()).toBeDefined());
  return bus;
}

const anEvent = () => seal(ExpirationComplete({ orderId: newId() }), cause, new Date());
const events = (count: number) => Array.from({ length: count }, anEvent);

/** Takes messages for a service, and does nothing more with them than the test says. */
async function aMember(
  env: Parameters<typeof aBus>[0],
  service: string,
  use: (message: BusMessage) => void = (message) => message.ack(),
  ackWaitMs = 30_000,
) {
  const bus = await connected(env, ackWaitMs);
  const got: string[] = [];
  const deliver = async (message: BusMessage) => {
    got.push((JSON.parse(message.body) as { id: string }).id);
    use(message);
  };
  bus.consume({ service, types: [type], concurrency: 4, deliver });
  return { ...bus, got };
}

const idsOf = (envelopes: readonly { id: string }[]) => envelopes.map(({ id }) => id).sort();

describe('publishing', () => {
  test('is done when the broker has stored the message, once for each id', async () => {
    const env = ours();
    const bus = await connected(env);
    const [one, two] = [anEvent(), anEvent()];
    await bus.publish(one);
    await bus.publish(one);
    await bus.publish(two);
    await bus.close();
    const late = await aMember(env, 'late');
    await eventually(() => expect(late.got).toContain(two.id));
    expect(late.got).toEqual([one.id, two.id]);
  });

  test('fails as an outage while the broker is away', async () => {
    const bus = aBus({ NATS_URL: 'nats://127.0.0.1:9', NAMESPACE: 'x' });
    await expect(bus.publish(anEvent())).rejects.toThrow(DependencyDown);
    expect(bus.connectedSince()).toBeUndefined();
  });
});

describe('a service', () => {
  test('shares its messages among its processes, and another service gets them all too', async () => {
    const env = ours();
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

  test('goes on after a restart where it was, and gets what came in between', async () => {
    const env = ours();
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

  test('gets again what one of its processes took and did not finish before it died', async () => {
    const env = ours();
    const dead = await aMember(env, 'orders', () => undefined, 1_000);
    const event = anEvent();
    await dead.publish(event);
    await eventually(() => expect(dead.got).toEqual([event.id]));
    await dead.stopConsuming();
    const tries: number[] = [];
    const use = (message: BusMessage) => {
      tries.push(message.tries);
      message.ack();
    };
    const next = await aMember(env, 'orders', use, 1_000);
    await eventually(() => expect([next.got, tries]).toEqual([[event.id], [2]]));
  });

  test('knows whether it has handled all that was stored', async () => {
    const env = ours();
    let hold = true;
    const member = await aMember(env, 'orders', (message) => (hold ? message.retry(50) : message.ack()));
    expect(await member.caughtUp(type, 0)).toBe(true);
    await member.publish(anEvent());
    expect(await member.caughtUp(type, 0)).toBe(false);
    expect(await member.caughtUp('ticket:created', 0)).toBe(true);
    hold = false;
    expect(await member.caughtUp(type, 10_000)).toBe(true);
  });
});

describe('a broker that is killed and comes back', () => {
  test('gets what was written meanwhile, and everybody goes on', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'ticketing-broker-'));
    const port = await freePort();
    const start = async () => startOwnServer('nats', { port, dir, say: () => undefined });
    let server = await start();
    started.push(async () => {
      await server.child.stop();
      await rm(dir, { recursive: true, force: true });
    });
    const heard: string[] = [];
    const listener = aService({
      subscriptions: () => [on(TicketUpdated, async ({ data }) => void heard.push(`${data.version}`))],
    });
    const service = await startForTest(listener, { NATS_URL: server.url });
    started.push(() => service.stop());
    const { things } = service.ctx;
    const thing = aThing();
    await things.create(() => made(thing), cause);
    const left = async () => (await things.model.findById(thing.id).lean())?.outbox.map(({ id }) => id);
    await eventually(async () => expect([heard, await left()]).toEqual([['0'], []]));

    server.child.process.kill('SIGKILL');
    await server.child.ended;
    await eventually(() => expect(service.bus.connectedSince()).toBeUndefined());
    await things.change(thing.id, countUp, cause);
    expect(await left()).toEqual([`ticket:updated/${thing.id}/1`]);

    server = await start();
    await eventually(() => expect(heard).toEqual(['0', '1']), 20_000);
    await things.change(thing.id, countUp, cause);
    await eventually(() => expect(heard).toEqual(['0', '1', '2']), 20_000);
  });
});

describe('a server that will not do', () => {
  /** Says of itself what it is given, and nothing more. */
  async function aServerThatSays(info: object): Promise<string> {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write(
        `INFO ${JSON.stringify({ server_id: 'x', max_payload: 1_000_000, proto: 1, ...info })}\r\n`,
      );
      socket.on('data', (data) => void (data.includes('PING') && socket.write('PONG\r\n')));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    started.push(async () => void server.close());
    return `nats://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test.each([
    ['is too old', { version: '2.10.9', jetstream: true }, 'nats-server 2.10.9 at NATS_URL is too old'],
    ['keeps nothing', { version: '2.12.3' }, 'runs without JetStream'],
  ])('because it %s ends the process, with what to install', async (_why, info, message) => {
    const bus = aBus({ NATS_URL: await aServerThatSays(info), NAMESPACE: 'x' });
    await eventually(() => expect(bus.unusable[0]?.message).toContain(message));
    expect(bus.unusable[0]).toBeInstanceOf(ConfigError);
    expect(bus.connectedSince()).toBeUndefined();
  });

  test('is named in the log without its credentials', async () => {
    const bus = aBus({ NATS_URL: 'nats://ann:hunter2@127.0.0.1:9', NAMESPACE: 'x' });
    await eventually(() => expect(bus.lines.join()).toContain('bus not reachable yet'));
    expect(bus.lines.join()).toContain('nats://127.0.0.1:9');
    expect(bus.lines.join()).not.toContain('hunter2');
  });
});
