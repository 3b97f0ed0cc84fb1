// Behaviour that only NATS Streaming has. The guarantees of both buses: bus.service.test.ts.

import { createServer, type AddressInfo, type Socket } from 'node:net';
import { eventually } from '../../testing/index.js';
import { aBus, aBusEnv, onCleanUp, cleanUp, untilConnected } from '../../testing/buses.js';

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
