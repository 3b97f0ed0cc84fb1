// What is JetStream's own. What every bus promises: bus.service.test.ts.

import { createServer, type AddressInfo } from 'node:net';
import { ConfigError } from '../config.js';
import { anEvent, busEnv, openBuses } from '../testing/buses.js';
import { eventually } from '../testing/index.js';

const { open, connected, aMember, closeAll } = openBuses();
const started: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of started.splice(0).reverse()) await stop();
  await closeAll();
});

test('an event that is published twice is stored once', async () => {
  const env = busEnv('jetstream');
  const bus = await connected(env);
  const [one, two] = [anEvent(), anEvent()];
  await bus.publish(one);
  await bus.publish(one);
  await bus.publish(two);
  const late = await aMember(env, 'late', undefined, { concurrency: 1 });
  await eventually(() => expect(late.got).toEqual([one.id, two.id]));
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
    const bus = open(busEnv('jetstream', { NATS_URL: await aServerThatSays(info) }));
    await eventually(() => expect(bus.unusable[0]?.message).toContain(message));
    expect(bus.unusable[0]).toBeInstanceOf(ConfigError);
    expect(bus.connectedSince()).toBeUndefined();
  });
});
