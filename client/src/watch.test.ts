// Streams as async iterators, against a server that dies and comes back, and against a fake one.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { freePort } from '@ticketing/common/testing/servers';
import { eventsIn, type StreamEvent } from './events.js';
import { createClient, WatchRefused, type Client } from './index.js';
import { clientOf, json, refused } from './testing/fake-api.js';

const orderId = '656565656565656565656503';
const ticketIds = ['656565656565656565656501', '656565656565656565656502'];
const order = (version: number) => ({ id: orderId, version });
const message = (version: number, data: unknown = order(version)) =>
  `id: ${version}\ndata: ${JSON.stringify(data)}\n\n`;
const streamed = (...texts: string[]) =>
  new Response(texts.join(''), { headers: { 'Content-Type': 'text/event-stream' } });

/** The versions of the next documents. */
async function next(iterator: AsyncGenerator<{ version: number }, void>, count: number): Promise<number[]> {
  const versions: number[] = [];
  while (versions.length < count) {
    const { value, done } = await iterator.next();
    if (done) break;
    versions.push(value.version);
  }
  return versions;
}

describe('the events of a stream', () => {
  const all = async (text: string, size: number) => {
    const bytes = new TextEncoder().encode(text);
    async function* chunks() {
      for (let start = 0; start < bytes.length; start += size) yield bytes.slice(start, start + size);
    }
    const events: StreamEvent[] = [];
    for await (const event of eventsIn(chunks())) events.push(event);
    return events;
  };
  const text =
    'retry: 20\nid: 1\ndata: ä\n\n:\n\ndata:b\ndata: c\n\nretry: 30\n\nevent: x\ndata\n\ndata: lost';
  const expected = [
    { data: 'ä', id: '1', retry: 20 },
    { data: 'b\nc', id: '1', retry: undefined },
    { data: undefined, id: '1', retry: 30 },
    { data: '', id: '1', retry: undefined },
  ];

  test.each([1, 2, 3, 1_000])('are the same in chunks of %i bytes', async (size) => {
    expect(await all(text, size)).toEqual(expected);
    expect(await all(text.replaceAll('\n', '\r\n'), size)).toEqual(expected);
  });
});

describe('watching an order of a server that dies', () => {
  let server: Server;
  let api: Client;
  let requests: IncomingMessage[];
  let answer: (response: ServerResponse, number: number) => void;

  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  beforeEach(async () => {
    requests = [];
    server = createServer((request, response) => {
      requests.push(request);
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      answer(response, requests.length);
    });
    await listen(await freePort());
    api = createClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: 'a.b.c' });
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  test('goes on with its last id, and yields no state twice', async () => {
    answer = (response, number) => {
      response.write(`retry: 1\n${message(number)}`);
      if (number === 1) response.write(message(2));
      setTimeout(() => response.destroy(), 20);
    };
    const watching = api.watchOrder(orderId);
    expect(await next(watching, 4)).toEqual([1, 2, 3, 4]);
    await watching.return();
    expect(requests[0]?.url).toBe(`/api/orders/${orderId}/events`);
    expect(requests.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '2', '2', '3']);
    expect(requests[0]?.headers.authorization).toBe('Bearer a.b.c');
  });

  test('waits until it is back', async () => {
    answer = (response, number) => void response.write(`retry: 100\n${message(number)}`);
    const watching = api.watchOrder(orderId);
    expect(await next(watching, 1)).toEqual([1]);
    const { port } = server.address() as AddressInfo;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
    const second = next(watching, 1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await listen(port);
    expect(await second).toEqual([2]);
    await watching.return();
  });

  test('ends its connection when the loop is left or the signal aborts', async () => {
    const closed: Promise<void>[] = [];
    answer = (response, number) => {
      closed.push(new Promise((resolve) => response.once('close', resolve)));
      response.write(message(number));
    };
    for await (const { version } of api.watchOrder(orderId)) {
      expect(version).toBe(1);
      break;
    }
    await closed[0];
    const controller = new AbortController();
    const versions: number[] = [];
    for await (const { version } of api.watchOrder(orderId, { signal: controller.signal })) {
      versions.push(version);
      controller.abort();
    }
    await closed[1];
    expect(versions).toEqual([2]);
  });
});

/** Expects that a watch connects again after this response: not by the first time, but by the second. */
async function expectSecondRequest(
  response: Response,
  { notAfterMs, withinMs }: Readonly<{ notAfterMs: number; withinMs: number }>,
): Promise<void> {
  jest.useFakeTimers();
  try {
    const { client, requests } = clientOf([response, streamed(message(1))]);
    const first = next(client.watchOrder(orderId), 1);
    await jest.advanceTimersByTimeAsync(notAfterMs);
    expect(requests).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(withinMs - notAfterMs);
    expect(await first).toEqual([1]);
  } finally {
    jest.useRealTimers();
  }
}

describe('watching', () => {
  test('several tickets yields each, and names them in the query', async () => {
    const [a, b] = ticketIds.map((id) => ({ id, version: 0 }));
    const { client, requests } = clientOf([streamed(message(2, [a, b]), message(3, [{ ...b, version: 1 }]))]);
    const seen: unknown[] = [];
    for await (const ticket of client.watchTickets(ticketIds)) {
      seen.push(ticket);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual([a, b, { ...b, version: 1 }]);
    expect(requests[0]?.url).toBe(`http://api.test/api/tickets/events?ids=${ticketIds.join()}`);
  });

  test.each([
    [401, 'not-signed-in'],
    [403, 'not-your-order'],
    [404, 'not-found'],
    [400, 'invalid-input'],
  ])('throws the refusal %i %s, also after a lost connection', async (status, code) => {
    const { client, requests } = clientOf([streamed('retry: 1\n', message(1)), refused(status, code)]);
    const watching = client.watchOrder(orderId);
    expect(await next(watching, 1)).toEqual([1]);
    const refusal = watching.next();
    await expect(refusal).rejects.toBeInstanceOf(WatchRefused);
    await expect(refusal).rejects.toMatchObject({ status, code });
    expect(requests).toHaveLength(2);
  });

  test('goes on after 429, 503, a proxy’s error page and no answer at all', async () => {
    const soon = { 'Retry-After': '0' };
    const { client } = clientOf([
      refused(429, 'too-many-streams', soon),
      refused(503, 'unavailable', soon),
      new Response('<h1>Bad gateway</h1>', { status: 502, headers: soon }),
      new TypeError('fetch failed'),
      json(200, 'no stream'),
      streamed(message(7)),
    ]);
    expect(await next(client.watchOrders(), 1)).toEqual([7]);
  });

  test('waits as long as the API asks before it connects again', async () => {
    const busy = refused(503, 'unavailable', { 'Retry-After': '7' });
    await expectSecondRequest(busy, { notAfterMs: 6_000, withinMs: 8_000 });
  });

  test('is over at once with a signal that has aborted', async () => {
    const { client, requests } = clientOf([]);
    expect(await next(client.watchOrder(orderId, { signal: AbortSignal.abort() }), 1)).toEqual([]);
    expect(requests).toEqual([]);
  });

  test('gives a connection up that is silent for longer than heartbeats allow', async () => {
    const silent = new Response(new ReadableStream());
    await expectSecondRequest(silent, { notAfterMs: 39_000, withinMs: 41_000 });
  });
});
