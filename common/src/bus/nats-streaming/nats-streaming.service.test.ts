// What only NATS Streaming does. What both buses promise: bus.service.test.ts.

import { createServer, type AddressInfo, type Socket } from 'node:net';
import { eventually } from '../../testing/index.js';
import {
  aBus,
  aBusEnv,
  afterwards,
  aMember,
  anEvent,
  aServer,
  cleanUp,
  isConnected,
} from '../../testing/buses.js';

afterEach(cleanUp);

const aStanEnv = (more: Record<string, string> = {}) => aBusEnv('nats-streaming', more);

test('another cluster id is waited for, and named in the log', async () => {
  const bus = aBus(aStanEnv({ NATS_CLUSTER_ID: 'another' }));
  await eventually(() =>
    expect(bus.lines.filter((line) => line.includes('"clusterId":"another"'))).toHaveLength(2),
  );
  expect([bus.connectedSince(), bus.unusable]).toEqual([undefined, []]);
});

test('a server that takes the call and says nothing is given up and tried again', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterwards(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const bus = aBus(aStanEnv({ NATS_URL: `nats://127.0.0.1:${(server.address() as AddressInfo).port}` }));
  await eventually(() => expect(sockets.length).toBeGreaterThan(1), 20_000);
  expect(bus.connectedSince()).toBeUndefined();
});

test('the first of several servers that answers is taken', async () => {
  const env = aStanEnv();
  await isConnected(aBus({ ...env, NATS_URL: `nats://127.0.0.1:9,${env['NATS_URL']}` }));
});

test('a restarted server has forgotten how often it delivered a message', async () => {
  const server = await aServer('nats-streaming');
  await server.start();
  const tries: number[] = [];
  let ack = false;
  const member = await aMember({ ...server.env, NATS_ACK_WAIT_MS: '1000' }, {}, (message) => {
    tries.push(message.tries);
    if (ack) message.ack();
  });
  await member.publish(anEvent());
  // So many that who remembered them is told apart, also when the member needs seconds to come back.
  await eventually(() => expect(tries).toEqual([1, 2, 3, 4, 5, 6]), 20_000);
  await server.kill();
  ack = true;
  const restarted = Date.now();
  await server.start();
  await eventually(() => expect(tries).toHaveLength(7), 20_000);
  // It counts from one again, and once more for each second that the member needs to come back.
  expect(tries[6]).toBeLessThanOrEqual(2 + Math.floor((Date.now() - restarted) / 1000));
});

test.each(['while', 'after'])('who joins %s another leaves goes on counting its tries', async (when) => {
  const env = aStanEnv({ NATS_ACK_WAIT_MS: '1000' });
  const first = await aMember(env, {}, () => undefined);
  await first.publish(anEvent());
  await eventually(() => expect(first.got).toHaveLength(3));
  if (when === 'after') await first.close();
  const tries: number[] = [];
  await aMember(env, {}, (message) => {
    tries.push(message.tries);
    message.ack();
  });
  await first.close();
  await eventually(() => expect(tries).toHaveLength(1));
  expect(tries[0]).toBeGreaterThan(3);
});
