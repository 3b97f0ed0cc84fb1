import { connect, type AddressInfo } from 'node:net';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { eventually } from '@ticketing/common/testing';
import { createGateway } from './gateway.js';

let upstream: Server, gateway: Server;
let seen: IncomingMessage[] = [];
let base: string;

const listening = async (server: Server) =>
  new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  );

beforeAll(async () => {
  upstream = createServer((request, response) => {
    seen.push(request);
    if (request.url === '/api/users/refused') return void response.writeHead(413).end();
    request.on('error', () => undefined);
    request.resume();
    request.on('end', () =>
      response.setHeader('Set-Cookie', ['a=1', 'b=2']).end(`${request.method} ${request.url}`),
    );
  });
  const alive = `http://127.0.0.1:${await listening(upstream)}`;
  const routes = [
    { path: '/api/users', service: 'auth-srv' },
    { path: '/api/dead', service: 'dead-srv' },
  ];
  const addresses: Record<string, string> = { 'auth-srv': alive, 'dead-srv': 'http://127.0.0.1:9' };
  gateway = createGateway({ routes, addressOf: (service) => addresses[service] });
  base = `http://127.0.0.1:${await listening(gateway)}`;
});
beforeEach(() => {
  seen = [];
});
afterAll(() => {
  for (const server of [gateway, upstream]) {
    server.close();
    server.closeAllConnections();
  }
});

test('a request reaches its service unchanged, and the response keeps its cookies', async () => {
  const answer = await fetch(`${base}/api/users/x?y=%20z`, { method: 'POST', body: 'hello' });
  expect(await answer.text()).toBe('POST /api/users/x?y=%20z');
  expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
});

test('the forwarding headers of a client are replaced', async () => {
  await fetch(`${base}/api/users`, {
    headers: { 'X-Forwarded-For': '6.6.6.6', Forwarded: 'for=6.6.6.6', 'X-Forwarded-Proto': 'https' },
  });
  expect(seen[0]?.headers).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http' });
  expect(seen[0]?.headers['forwarded']).toBeUndefined();
});

test('an unknown path is 404, an unreachable service 503 with Retry-After', async () => {
  const unknown = await fetch(`${base}/api/usersx`);
  expect([unknown.status, await unknown.json()]).toMatchObject([404, { errors: [{ code: 'not-found' }] }]);
  const dead = await fetch(`${base}/api/dead`);
  expect([dead.status, dead.headers.get('retry-after'), await dead.json()]).toMatchObject([
    503,
    '1',
    { errors: [{ code: 'unavailable' }] },
  ]);
});

test('a client that disconnects during its upload does not affect other requests', async () => {
  const socket = connect(Number(new URL(base).port), '127.0.0.1');
  const reached = new Promise<IncomingMessage>((resolve) => upstream.once('request', resolve));
  socket.write('POST /api/users HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf');
  const request = await reached;
  const aborted = new Promise((resolve) => request.once('close', resolve));
  socket.destroy();
  await aborted;
  expect((await fetch(`${base}/api/users`)).status).toBe(200);
});

test('a connection whose upload was rejected early carries the next request', async () => {
  const socket = connect(Number(new URL(base).port), '127.0.0.1');
  let answers = '';
  socket.on('data', (bytes) => (answers += String(bytes))).on('error', () => undefined);
  const [first, rest] = [Buffer.alloc(1_000), Buffer.alloc(5_000_000)];
  const size = first.length + rest.length;
  socket.write(`POST /api/users/refused HTTP/1.1\r\nHost: x\r\nContent-Length: ${size}\r\n\r\n`);
  socket.write(first);
  await eventually(() => expect(answers).toContain('413 Payload Too Large'));
  socket.write(rest);
  socket.write('GET /api/users/next HTTP/1.1\r\nHost: x\r\n\r\n');
  await eventually(() => expect(answers).toContain('GET /api/users/next'));
  socket.destroy();
});
