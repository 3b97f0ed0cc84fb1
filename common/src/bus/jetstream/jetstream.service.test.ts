// What only JetStream does. What both buses promise: bus.service.test.ts; a broker that loses what it had:
// republish.service.test.ts.

import { createServer, type AddressInfo } from 'node:net';
import { ConfigError } from '../../service/config.js';
import type { BusMessage } from '../bus.js';
import { eventually } from '../../testing/index.js';
import {
  aBus,
  aBusEnv,
  afterwards,
  aMember,
  anEvent,
  aServer,
  cleanUp,
  connected,
  isConnected,
  type,
} from '../../testing/buses.js';

afterEach(cleanUp);

test('a message that is published twice is stored once', async () => {
  const env = aBusEnv('jetstream');
  const bus = await connected(env);
  const [one, two] = [anEvent(), anEvent()];
  await bus.publish(one);
  await bus.publish(one);
  await bus.publish(two);
  const late = await aMember(env);
  await eventually(() => expect(late.got).toContain(two.id));
  expect(late.got).toEqual([one.id, two.id]);
});

test('a service knows whether it has handled all that was stored', async () => {
  let hold = true;
  const member = await aMember(aBusEnv('jetstream'), {}, (message) =>
    hold ? message.retry(50) : message.ack(),
  );
  expect(await member.caughtUp(type, 0)).toBe(true);
  await member.publish(anEvent());
  expect(await member.caughtUp(type, 0)).toBe(false);
  expect(await member.caughtUp('ticket:created', 0)).toBe(true);
  hold = false;
  expect(await member.caughtUp(type, 10_000)).toBe(true);
});

// A wiped stream counts from 1 again. Without the guard the late answer to the old first message is one to the new first
// message, which another process has in hand, and would be lost with that process.
test('an answer that comes after the server was wiped is not taken for one to a new message', async () => {
  const server = await aServer('jetstream');
  const env = { ...server.env, NATS_ACK_WAIT_MS: '2000' };
  await server.start();
  const tries: number[] = [];
  const take = (message: BusMessage) => {
    tries.push(message.tries);
    if (message.tries > 1) message.ack();
  };
  let answer: () => void = () => undefined;
  // With one hand, which is full until it answers.
  const slow = await aMember(env, { concurrency: 1 }, (message) => {
    if (slow.got.length > 1) return take(message);
    return new Promise<void>((resolve) => {
      answer = () => {
        message.ack();
        resolve();
      };
    });
  });
  await slow.publish(anEvent());
  await eventually(() => expect(slow.got).toHaveLength(1));

  await server.kill();
  await server.wipe();
  await server.start();
  await isConnected(slow);
  const other = await aMember(env, {}, take);
  await other.publish(anEvent());
  await eventually(() => expect(tries[0]).toBe(1), 20_000);
  answer();
  await eventually(() => expect(tries).toEqual([1, 2]), 20_000);
});

test('a server that was restarted is asked at once, and takes the answers to what it gives', async () => {
  const server = await aServer('jetstream');
  await server.start();
  const member = await aMember({ ...server.env, NATS_ACK_WAIT_MS: '1000' });
  const before = anEvent();
  await member.publish(before);
  await eventually(() => expect(member.got).toEqual([before.id]));
  for (let round = 0; round < 3; round += 1) {
    await server.kill();
    await eventually(() => expect(member.connectedSince()).toBeUndefined());
    await server.start();
    await isConnected(member);
    const event = anEvent();
    await member.publish(event);
    await eventually(() => expect(member.got).toContain(event.id), 4_000);
    // A server that is killed may have forgotten the last answer before; those after it count.
    expect(await member.caughtUp(type, 4_000)).toBe(true);
  }
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
    afterwards(async () => void server.close());
    return `nats://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test.each([
    ['is too old', { version: '2.10.9', jetstream: true }, 'nats-server 2.10.9 at NATS_URL is too old'],
    ['keeps nothing', { version: '2.12.3' }, 'runs without JetStream'],
  ])('because it %s ends the process, with what to install', async (_why, info, message) => {
    const bus = aBus(aBusEnv('jetstream', { NATS_URL: await aServerThatSays(info) }));
    await eventually(() => expect(bus.unusable[0]?.message).toContain(message));
    expect(bus.unusable[0]).toBeInstanceOf(ConfigError);
    expect(bus.connectedSince()).toBeUndefined();
  });
});
