// Behaviour that only NATS Streaming has. The guarantees of both buses: bus.service.test.ts.

import { createServer, type AddressInfo, type Socket } from 'node:net';
import { eventually } from '../../testing/index.js';
import {
  aBus,
  aBusEnv,
  onCleanUp,
  aMember,
  anEvent,
  aServer,
  cleanUp,
  untilConnected,
} from '../../testing/buses.js';

afterEach(cleanUp);

const aStanEnv = (more: Record<string, string> = {}) => aBusEnv('nats-streaming', more);

test('a server with another cluster id is retried, and the log names the wanted id', async () => {
  const bus = aBus(aStanEnv({ NATS_CLUSTER_ID: 'another' }));
  await eventually(() =>
    expect(bus.lines.filter((line) => line.includes('"clusterId":"another"'))).toHaveLength(2),
  );
  expect([bus.connectedSince(), bus.unusable]).toEqual([undefined, []]);
});

test('a server that accepts the connection but never answers is abandoned and retried', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanUp(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const bus = aBus(aStanEnv({ NATS_URL: `nats://127.0.0.1:${(server.address() as AddressInfo).port}` }));
  await eventually(() => expect(sockets.length).toBeGreaterThan(1), 20_000);
  expect(bus.connectedSince()).toBeUndefined();
});

test('the bus connects to the first server that answers', async () => {
  const env = aStanEnv();
  await untilConnected(aBus({ ...env, NATS_URL: `nats://127.0.0.1:9,${env['NATS_URL']}` }));
});

test('a restarted server counts the deliveries of a message from one again', async () => {
  const server = await aServer('nats-streaming');
  await server.start();
  const tries: number[] = [];
  let ack = false;
  const member = await aMember({ ...server.env, NATS_ACK_WAIT_MS: '1000' }, {}, (message) => {
    tries.push(message.tries);
    if (ack) message.ack();
  });
  await member.publish(anEvent());
  // Six tries are more than a restarted count can reach while the member reconnects.
  await eventually(() => expect(tries).toEqual([1, 2, 3, 4, 5, 6]), 20_000);
  await server.kill();
  ack = true;
  const restarted = Date.now();
  await server.start();
  await eventually(() => expect(tries).toHaveLength(7), 20_000);
  // One delivery, plus one for each second until the member has reconnected.
  expect(tries[6]).toBeLessThanOrEqual(2 + Math.floor((Date.now() - restarted) / 1000));
});

test.each(['while', 'after'])(
  'a process that joins %s another leaves continues its count of tries',
  async (when) => {
    const env = aStanEnv({ NATS_ACK_WAIT_MS: '1000' });
    const first = await aMember(env, {}, () => undefined);
    await first.publish(anEvent());
    await eventually(() => expect(first.received).toHaveLength(3));
    if (when === 'after') await first.close();
    const tries: number[] = [];
    await aMember(env, {}, (message) => {
      tries.push(message.tries);
      message.ack();
    });
    await first.close();
    await eventually(() => expect(tries).toHaveLength(1));
    expect(tries[0]).toBeGreaterThan(3);
  },
);
