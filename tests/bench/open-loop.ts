// Load generators. The open loop sends at a constant rate, whether or not earlier requests are answered, as in an
// overload. Raw sockets keep it cheap, because it shares the machine with the service and must send three times
// the service's capacity.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from './client.js';

type Options = Readonly<{
  url: string;
  perSecond: number;
  seconds: number;
  /** the text of a keep-alive request */
  request: (index: number) => string;
  /** A client stops waiting after this time; the service does not notice. */
  patienceMs: number;
}>;

export type Outcome = Readonly<{
  /** timely answers per second, other than 5xx and 429 */
  goodput: number;
  /** share of the sent requests */
  refused: number;
  timedOut: number;
  /** milliseconds, of the good answers */
  p50: number;
  p99: number;
}>;

const connections = 2_000;

/** Sends each request when it is due. A request without an idle connection is dropped, as a proxy would do. */
export async function openLoop(options: Options): Promise<Outcome> {
  const { url, perSecond, seconds, request, patienceMs } = options;
  const latencies: number[] = [];
  let refused = 0;
  const idle = await open(url, connections, (client, status) => {
    const ms = performance.now() - client.since();
    idle.push(client);
    if (ms > patienceMs) return;
    if (status >= 500 || status === 429) refused += 1;
    else latencies.push(ms);
  });
  const all = [...idle];

  const begin = performance.now();
  let next = 0;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const elapsed = performance.now() - begin;
      if (elapsed > seconds * 1_000) {
        clearInterval(timer);
        return resolve();
      }
      for (const due = (elapsed * perSecond) / 1_000; next < due; next += 1)
        idle.pop()?.send(request(next), begin + (next * 1_000) / perSecond);
    }, 1);
  });
  await delay(patienceMs);
  for (const client of all) client.close();
  const offered = perSecond * seconds;
  return {
    goodput: latencies.length / seconds,
    refused: refused / offered,
    timedOut: 1 - (latencies.length + refused) / offered,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  };
}

/** Good answers per second when each of `users` sends its next request after an answer. */
export async function closedLoop(
  { url, request }: Pick<Options, 'url' | 'request'>,
  users: number,
  seconds: number,
): Promise<number> {
  let sent = 0;
  let good = 0;
  const clients = await open(url, users, (client, status) => {
    if (status < 500 && status !== 429) good += 1;
    client.send(request(sent++), 0);
  });
  for (const client of clients) client.send(request(sent++), 0);
  await delay(seconds * 1_000);
  for (const client of clients) client.close();
  return good / seconds;
}

type Client = ReturnType<typeof rawClient>;

type OnAnswer = (client: Client, status: number) => void;

/** Opens `count` connections, a hundred at a time. */
async function open(url: string, count: number, onAnswer: OnAnswer): Promise<Client[]> {
  const { hostname, port } = new URL(url);
  const clients: Client[] = [];
  while (clients.length < count) {
    const sockets = Array.from({ length: Math.min(100, count - clients.length) }, () =>
      connect(Number(port), hostname),
    );
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    clients.push(...sockets.map((socket) => rawClient(socket, onAnswer)));
  }
  return clients;
}

/** One connection with one request at a time. Parses only the status and the length of an answer. */
function rawClient(socket: Socket, onAnswer: OnAnswer) {
  let since = 0;
  let head = '';
  let status = 0;
  let missing = -1;
  socket.setNoDelay(true);
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    let length = chunk.length;
    if (missing < 0) {
      head += chunk.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      status = Number(head.slice(9, 12));
      missing = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      length = head.length - end - 4;
    }
    missing -= length;
    if (missing > 0) return;
    head = '';
    missing = -1;
    onAnswer(client, status);
  });
  const client = {
    since: () => since,
    send(text: string, due: number) {
      since = due;
      socket.write(text);
    },
    close: () => socket.destroy(),
  };
  return client;
}
