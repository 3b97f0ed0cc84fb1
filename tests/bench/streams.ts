// npm run bench -- streams [number …]: what open streams cost, how late a change arrives, and what purchases lose.
//
// Each user has a stream of their orders, and as many streams watch one ticket. The clients share the machine with the
// services: the latencies include their own work.

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { startSystem, type System } from '../system/system.js';
import { client, expectStatus, percentile, rate, targetOf, users, type Target } from './client.js';
import { offer, purchases } from './measures.js';

type Print = (line: string) => void;

const defaultCounts = [1_000, 5_000];
const openedAtOnce = 50;
const idleSeconds = 30;
const ticksPerSecond = 100;
const edits = 20;
const boughtAtOnce = 4;
const rounds = 3;

/** Prints a row for each number of streams, and first one without any. */
export async function streams(print: Print, counts: readonly number[]): Promise<void> {
  print(
    '| streams of each service | kB each, orders | kB each, tickets | CPU idle, orders | CPU idle, tickets | own order p50 ms | p99 ms | one ticket for all p50 ms | p99 ms | purchases/s |',
  );
  print('|---|---|---|---|---|---|---|---|---|---|');
  const most = '100000';
  const caps = { MAX_STREAMS: most, MAX_STREAMS_PER_ADDRESS: most, MAX_STREAMS_PER_USER: most };
  for (const count of [0, ...(counts.length > 0 ? counts : defaultCounts)]) {
    const system = await startSystem(caps);
    try {
      print(`| ${[count, ...(await measure(system, count))].join(' | ')} |`);
    } finally {
      await system.stop();
    }
  }
}

async function measure(system: System, count: number): Promise<string[]> {
  const target = targetOf(system);
  const processes = [pidOf(system, 'orders'), pidOf(system, 'tickets')];
  await purchases(target, 300, 64); // warms up
  const [ticketId = ''] = await offer(target, 1);
  const owners = users(count, target.signer);
  await delay(2_000);
  const before = processes.map(residentOf);
  const own = await openAll(target.orders, owners, (token) => ['/api/orders/events', token]);
  const ofTicket = await openAll(target.tickets, owners, () => [`/api/tickets/events?ids=${ticketId}`]);
  await delay(2_000);
  const kilobytes = processes.map((pid, index) => (residentOf(pid) - (before[index] ?? 0)) / count);
  const idle = await shareOfCpu(processes, idleSeconds);
  const orders = count === 0 ? [] : await ownOrders(target, owners, own);
  const tickets = count === 0 ? [] : await oneTicket(target, ofTicket);
  const perSecond: number[] = [];
  for (let round = 0; round < rounds; round += 1)
    perSecond.push((await purchases(target))['purchases/s'] ?? Number.NaN);
  for (const each of [...own, ...ofTicket]) each.close();
  return [
    ...kilobytes.map((value) => (count === 0 ? '' : value.toFixed(1))),
    ...idle.map((value) => `${(value * 100).toFixed(1)} %`),
    ...[percentile(orders, 0.5), percentile(orders, 0.99)].map(milliseconds),
    ...[percentile(tickets, 0.5), percentile(tickets, 0.99)].map(milliseconds),
    `${perSecond.toSorted((a, b) => a - b)[1]?.toFixed(0)} of ${perSecond.map((value) => value.toFixed(0)).join(' ')}`,
  ];
}

const milliseconds = (value: number) => (Number.isNaN(value) ? '' : value.toFixed(0));

/** Milliseconds from the answer to the buyer until their stream has the new order. */
async function ownOrders(
  target: Target,
  owners: readonly string[],
  own: readonly Stream[],
): Promise<number[]> {
  const buyers = Math.min(owners.length, 500);
  const ids = await offer(target, buyers);
  const orders = client(target.orders, boughtAtOnce);
  const latencies: number[] = [];
  await rate(buyers, boughtAtOnce, async (index) => {
    const told = own[index]?.next();
    expectStatus(await orders.ask('POST', '/api/orders', owners[index], { ticketId: ids[index] }), 201);
    const answered = performance.now();
    latencies.push(Math.max(0, ((await told) ?? Number.NaN) - answered));
  });
  await orders.close();
  return latencies;
}

/** Milliseconds from the answer to the seller until each stream has the change. All streams watch one ticket. */
async function oneTicket(target: Target, watching: readonly Stream[]): Promise<number[]> {
  const tickets = client(target.tickets, 1);
  const [seller] = users(1, target.signer);
  const { body } = expectStatus(
    await tickets.ask('POST', '/api/tickets', seller, { title: 'Hot', price: '19.99' }),
    201,
  );
  const { id } = body as { id: string };
  for (const each of watching) each.watch(`/api/tickets/events?ids=${id}`);
  await Promise.all(watching.map((each) => each.next()));
  const latencies: number[] = [];
  for (let number = 0; number < edits; number += 1) {
    const told = watching.map((each) => each.next());
    const offer = { title: `Hot ${number}`, price: '19.99' };
    expectStatus(await tickets.ask('PUT', `/api/tickets/${id}`, seller, offer), 200);
    const answered = performance.now();
    for (const at of await Promise.all(told)) latencies.push(Math.max(0, at - answered));
    await delay(200);
  }
  await tickets.close();
  return latencies;
}

type Stream = ReturnType<typeof rawStream>;

/** Opens a stream for each user. Resolves when each has its first message. */
async function openAll(
  url: string,
  tokens: readonly string[],
  what: (token: string) => [path: string, token?: string],
): Promise<Stream[]> {
  const opened: Stream[] = [];
  for (let first = 0; first < tokens.length; first += openedAtOnce)
    opened.push(
      ...(await Promise.all(
        tokens.slice(first, first + openedAtOnce).map(async (token) => {
          const [path, bearer] = what(token);
          const stream = rawStream(url, bearer);
          const told = stream.next();
          stream.watch(path);
          await told;
          return stream;
        }),
      )),
    );
  return opened;
}

/** One stream on a raw socket. It looks only for the beginning of each message. */
function rawStream(url: string, token?: string) {
  const { hostname, port } = new URL(url);
  const authorization = token === undefined ? '' : `Authorization: Bearer ${token}\r\n`;
  let socket: Socket | undefined;
  let resolveNext: (at: number) => void = () => undefined;
  let rejectNext: (error: Error) => void = () => undefined;
  return {
    /** the time of the next message */
    next: () =>
      new Promise<number>((resolve, reject) => {
        [resolveNext, rejectNext] = [resolve, reject];
      }),
    /** Begins a stream, instead of the present one. */
    watch(path: string): void {
      socket?.destroy();
      const mine = connect(Number(port), hostname);
      socket = mine;
      mine.setNoDelay(true);
      mine.on('error', () => undefined);
      void once(mine, 'connect').then(() =>
        mine.write(`GET ${path} HTTP/1.1\r\nHost: bench\r\n${authorization}\r\n`),
      );
      mine.on('data', (chunk: Buffer) => {
        if (chunk.includes('data: ')) resolveNext(performance.now());
        else if (chunk.includes('HTTP/1.1 ') && !chunk.includes(' 200 '))
          rejectNext(new Error(chunk.toString('latin1')));
      });
    },
    close: () => socket?.destroy(),
  };
}

function pidOf(system: System, service: string): number {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
  const found = lines
    .map((line) => /^\s*(\d+)\s+(\d+)\s.*\/(\w+)\/dist\/main\.js/.exec(line))
    .find((match) => match?.[2] === String(system.pid) && match[3] === service);
  if (!found) throw new Error(`There is no process of ${service}.`);
  return Number(found[1]);
}

/** kB of resident memory */
const residentOf = (pid: number): number =>
  Number(execFileSync('ps', ['-o', 'rss=', '-p', `${pid}`], { encoding: 'utf8' }));

/** The share of one core that each process uses. */
async function shareOfCpu(pids: readonly number[], seconds: number): Promise<number[]> {
  const before = pids.map(ticksOf);
  await delay(seconds * 1_000);
  return pids.map((pid, index) => (ticksOf(pid) - (before[index] ?? 0)) / ticksPerSecond / seconds);
}

// User and system time: fields 14 and 15 of proc(5), after the name in parentheses.
function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}
