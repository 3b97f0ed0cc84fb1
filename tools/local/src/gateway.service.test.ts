import { connect, type AddressInfo } from 'node:net';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { eventually } from '@ticketing/common/testing';
import { createGateway, isOnThisMachine } from './gateway.js';

let upstream: Server, second: Server, gateway: Server, silent: Server;
let seen: IncomingMessage[] = [];
let base: string, silentBase: string;
let nextPart: () => void = () => undefined;

const listening = async (server: Server) =>
  new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  );

beforeAll(async () => {
  upstream = createServer((request, response) => {
    seen.push(request);
    if (request.url === '/api/users/waits') return;
    if (request.url === '/api/users/streams') {
      response.write('first');
      nextPart = () => void response.write('second');
      return;
    }
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
    { path: '/api/three', service: 'three-srv' },
  ];
  second = createServer((_request, response) => response.end('second'));
  const [dead, other] = ['http://127.0.0.1:9', `http://127.0.0.1:${await listening(second)}`];
  const addresses: Record<string, string[]> = {
    'auth-srv': [alive],
    'dead-srv': [dead],
    'three-srv': [dead, alive, other],
  };
  const addressesOf = (service: string) => addresses[service] ?? [];
  gateway = createGateway({ routes, addressesOf, reportsAddress: true });
  silent = createGateway({ routes, addressesOf, reportsAddress: false });
  silentBase = `http://127.0.0.1:${await listening(silent)}`;
  base = `http://127.0.0.1:${await listening(gateway)}`;
});
beforeEach(() => {
  seen = [];
});
afterAll(() => {
  for (const server of [gateway, silent, upstream, second]) {
    server.close();
    server.closeAllConnections();
  }
});

test('a request reaches its service unchanged, and the response keeps its cookies', async () => {
  const answer = await fetch(`${base}/api/users/x?y=%20z`, { method: 'POST', body: 'hello' });
  expect(await answer.text()).toBe('POST /api/users/x?y=%20z');
  expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
});

const forged = { 'X-Forwarded-For': '6.6.6.6', Forwarded: 'for=6.6.6.6', 'X-Forwarded-Proto': 'https' };

test('the forwarding headers of a client are dropped if the services do not trust the gateway', async () => {
  await fetch(`${silentBase}/api/users`, { headers: forged });
  const names = Object.keys(seen[0]?.headers ?? {});
  expect(names.filter((name) => name.includes('forwarded'))).toEqual([]);
});

test('the forwarding headers of a client are replaced', async () => {
  await fetch(`${base}/api/users`, { headers: forged });
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

test('the processes of a service take turns, and one that is down is passed over', async () => {
  const answers: string[] = [];
  for (let request = 0; request < 6; request += 1)
    answers.push(await (await fetch(`${base}/api/three`, { method: 'POST', body: 'x' })).text());
  expect(answers.toSorted()).toEqual([...Array(4).fill('POST /api/three'), 'second', 'second']);
});

test.each([
  ['/nowhere', 404, 'Nothing is here'],
  ['/api/dead', 503, 'One moment, please'],
])('a browser gets a page instead of JSON: %s', async (path, status, heading) => {
  const headers = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
  const answer = await fetch(`${base}${path}`, { headers });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'text/html; charset=utf-8']);
  expect(await answer.text()).toContain(`<h1>${heading}</h1>`);
});

test.each([
  ['127.0.0.1', true],
  ['::ffff:127.0.0.5', true],
  ['::1', true],
  ['192.168.1.20', false],
  ['::ffff:192.168.1.20', false],
  ['2001:db8::1', false],
  [undefined, false],
])('only this machine reaches the routes that kill services: %s', (address, isHere) => {
  expect(isOnThisMachine(address)).toBe(isHere);
});

test('a service is called when the whole body is there, and never by a client that disconnects before', async () => {
  const socket = connect(Number(new URL(base).port), '127.0.0.1');
  const reached = new Promise<IncomingMessage>((resolve) => gateway.once('request', resolve));
  socket.write('POST /api/users/half HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf');
  const request = await reached;
  const aborted = new Promise((resolve) => request.once('close', resolve));
  expect((await fetch(`${base}/api/users`)).status).toBe(200);
  socket.destroy();
  await aborted;
  expect((await fetch(`${base}/api/users`)).status).toBe(200);
  expect(seen.map(({ url }) => url)).toEqual(['/api/users', '/api/users']);
});

test('a client that cancels ends its upstream request', async () => {
  const socket = connect(Number(new URL(base).port), '127.0.0.1');
  const reached = new Promise<ServerResponse>((resolve) =>
    upstream.once('request', (_request, response) => resolve(response)),
  );
  socket.write('GET /api/users/waits HTTP/1.1\r\nHost: x\r\n\r\n');
  const response = await reached;
  const cancelled = new Promise((resolve) => response.once('close', resolve));
  socket.destroy();
  await cancelled;
  expect(response.writableFinished).toBe(false);
});

test('a stream passes through as it comes, and ends with its client', async () => {
  const controller = new AbortController();
  const answer = await fetch(`${base}/api/users/streams`, { signal: controller.signal });
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toBe('first');
  nextPart();
  expect((await reader?.read())?.value).toBe('second');
  const ended = new Promise((resolve) => seen[0]?.once('close', resolve));
  controller.abort();
  await ended;
});

test('a connection whose upload was too large carries the next request', async () => {
  const socket = connect(Number(new URL(base).port), '127.0.0.1');
  let answers = '';
  socket.on('data', (bytes) => (answers += String(bytes))).on('error', () => undefined);
  const [first, rest] = [Buffer.alloc(2_000_000), Buffer.alloc(5_000_000)];
  const size = first.length + rest.length;
  socket.write(`POST /api/users/refused HTTP/1.1\r\nHost: x\r\nContent-Length: ${size}\r\n\r\n`);
  socket.write(first);
  await eventually(() => expect(answers).toContain('413 Payload Too Large'));
  socket.write(rest);
  socket.write('GET /api/users/next HTTP/1.1\r\nHost: x\r\n\r\n');
  await eventually(() => expect(answers).toContain('GET /api/users/next'));
  socket.destroy();
});
