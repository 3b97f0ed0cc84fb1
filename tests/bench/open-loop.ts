// So many requests a second, whether or not the earlier ones are answered: what an overload is. Raw sockets, because the
// generator shares the machine with what it measures: it must be able to ask three times as much as can be answered.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from './client.js';

type Options = Readonly<{
  url: string;
  perSecond: number;
  seconds: number;
  /** the whole text of a request that keeps its connection */
  request: (index: number) => string;
  /** Who has no answer by then has left; nobody tells the service. */
  patienceMs: number;
}>;

export type Outcome = Readonly<{
  /** answered in time, and not by a fault or for being too many, per second */
  goodput: number;
  /** share of what was asked */
  refused: number;
  left: number;
  /** of the good ones */
  p50: number;
  p99: number;
}>;

const connections = 2_000;

/** Asks at the moment a request is due. Who finds no free connection then is turned away, as a proxy would do it. */
export async function openLoop(options: Options): Promise<Outcome> {
  const { url, perSecond, seconds, request, patienceMs } = options;
  const took: number[] = [];
  let refused = 0;
  const idle = await open(url, connections, (client, status) => {
    const ms = performance.now() - client.since();
    idle.push(client);
    if (ms > patienceMs) return;
    if (status >= 500 || status === 429) refused += 1;
    else took.push(ms);
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
        idle.pop()?.ask(request(next), begin + (next * 1_000) / perSecond);
    }, 1);
  });
  await delay(patienceMs);
  for (const client of all) client.close();
  const offered = perSecond * seconds;
  return {
    goodput: took.length / seconds,
    refused: refused / offered,
    left: 1 - (took.length + refused) / offered,
    p50: percentile(took, 0.5),
    p99: percentile(took, 0.99),
  };
}

/** How many a second are answered when so many people ask again as soon as they have an answer. */
export async function closedLoop(
  { url, request }: Pick<Options, 'url' | 'request'>,
  people: number,
  seconds: number,
): Promise<number> {
  let asked = 0;
  let good = 0;
  const clients = await open(url, people, (client, status) => {
    if (status < 500 && status !== 429) good += 1;
    client.ask(request(asked++), 0);
  });
  for (const client of clients) client.ask(request(asked++), 0);
  await delay(seconds * 1_000);
  for (const client of clients) client.close();
  return good / seconds;
}

type Client = ReturnType<typeof aClient>;

type Answered = (client: Client, status: number) => void;

/** So many connections, a hundred at a time. */
async function open(url: string, count: number, answered: Answered): Promise<Client[]> {
  const { hostname, port } = new URL(url);
  const clients: Client[] = [];
  while (clients.length < count) {
    const sockets = Array.from({ length: Math.min(100, count - clients.length) }, () =>
      connect(Number(port), hostname),
    );
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    clients.push(...sockets.map((socket) => aClient(socket, answered)));
  }
  return clients;
}

/** One connection, one request at a time. Reads of an answer only what it must: its status and where it ends. */
function aClient(socket: Socket, answered: Answered) {
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
    answered(client, status);
  });
  const client = {
    since: () => since,
    ask(text: string, due: number) {
      since = due;
      socket.write(text);
    },
    close: () => socket.destroy(),
  };
  return client;
}
