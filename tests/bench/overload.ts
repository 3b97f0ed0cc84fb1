// npm run bench -- overload: three times as much as can be answered, with and without the limit of what is in hand.

import { startSystem } from '../system/system.js';
import { targetOf, users, type Target } from './client.js';
import { offer } from './measures.js';
import { closedLoop, openLoop, type Outcome } from './open-loop.js';

const patienceMs = 1_000;
const seconds = 8;

type Load = Readonly<{ name: string; url: string; request: (index: number) => string }>;

type Print = (line: string) => void;

const head = [
  '| load, in hand | asked | good answers/s | refused | left after 1 s | p50 ms | p99 ms |',
  '|---|---|---|---|---|---|---|',
];

/** Prints a row for each load and each multiple of its peak. */
export async function overload(print: Print): Promise<void> {
  for (const line of head) print(line);
  for (const MAX_REQUESTS_IN_FLIGHT of ['1000', '0']) {
    const system = await startSystem({ MAX_REQUESTS_IN_FLIGHT });
    const limit = MAX_REQUESTS_IN_FLIGHT === '0' ? 'no limit' : `at most ${MAX_REQUESTS_IN_FLIGHT}`;
    try {
      for (const load of await loadsOf(targetOf(system))) await pressOn(load, limit, print);
    } finally {
      await system.stop();
    }
  }
}

async function pressOn(load: Load, limit: string, print: Print): Promise<void> {
  const peak = await peakOf(load);
  print(`| ${load.name}, ${limit} | peak | ${Math.round(peak)} | | | | |`);
  for (const multiple of [1, 2, 3]) {
    const outcome = await openLoop({ ...load, perSecond: peak * multiple, seconds, patienceMs });
    print(`| ${load.name}, ${limit} | ${multiple} × | ${row(outcome, peak)} |`);
  }
}

const row = ({ goodput, refused, left, p50, p99 }: Outcome, peak: number) =>
  [
    `${Math.round(goodput)} (${Math.round((goodput / peak) * 100)} %)`,
    `${Math.round(refused * 100)} %`,
    `${Math.round(left * 100)} %`,
    Math.round(p50),
    Math.round(p99),
  ].join(' | ');

/** The list of tickets, which everybody asks for, and a rush on a hundred tickets: one gets each, the others are told so. */
async function loadsOf(target: Target): Promise<Load[]> {
  const wanted = await offer(target, 100);
  await offer(target, 900);
  const people = users(2_000, target.jwtKey);
  const get = `GET /api/tickets HTTP/1.1\r\nHost: tickets\r\n\r\n`;
  return [
    { name: 'GET /api/tickets', url: target.tickets, request: () => get },
    {
      name: 'POST /api/orders',
      url: target.orders,
      request: (index) => {
        const body = JSON.stringify({ ticketId: wanted[index % wanted.length] });
        return `POST /api/orders HTTP/1.1\r\nHost: orders\r\nAuthorization: Bearer ${people[index % people.length]}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
      },
    },
  ];
}

/** The most that is answered; the first round only warms up. */
async function peakOf(load: Load): Promise<number> {
  await closedLoop(load, 64, seconds / 2);
  return closedLoop(load, 64, seconds);
}
