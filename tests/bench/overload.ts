// npm run bench -- overload: up to three times the peak load, with and without the limit of in-flight requests.

import { startSystem } from '../system/system.js';
import { targetOf, users, type Target } from './client.js';
import { offer } from './measures.js';
import { closedLoop, openLoop, type Outcome } from './open-loop.js';

const patienceMs = 1_000;
const seconds = 8;

type Load = Readonly<{ name: string; url: string; request: (index: number) => string }>;

type Print = (line: string) => void;

const header = [
  '| load, in-flight limit | load | good answers/s | refused | timed out after 1 s | p50 ms | p99 ms |',
  '|---|---|---|---|---|---|---|',
];

/** Prints a row for each load and each multiple of its peak. */
export async function overload(print: Print): Promise<void> {
  for (const line of header) print(line);
  for (const MAX_REQUESTS_IN_FLIGHT of ['1000', '0']) {
    const system = await startSystem({ MAX_REQUESTS_IN_FLIGHT });
    const limit = MAX_REQUESTS_IN_FLIGHT === '0' ? 'no limit' : `at most ${MAX_REQUESTS_IN_FLIGHT}`;
    try {
      for (const load of await loadsOf(targetOf(system))) await measureLoad(load, limit, print);
    } finally {
      await system.stop();
    }
  }
}

async function measureLoad(load: Load, limit: string, print: Print): Promise<void> {
  const peak = await peakOf(load);
  print(`| ${load.name}, ${limit} | peak | ${Math.round(peak)} | | | | |`);
  for (const multiple of [1, 2, 3]) {
    const outcome = await openLoop({ ...load, perSecond: peak * multiple, seconds, patienceMs });
    print(`| ${load.name}, ${limit} | ${multiple} × | ${row(outcome, peak)} |`);
  }
}

const row = ({ goodput, refused, timedOut, p50, p99 }: Outcome, peak: number) =>
  [
    `${Math.round(goodput)} (${Math.round((goodput / peak) * 100)} %)`,
    `${Math.round(refused * 100)} %`,
    `${Math.round(timedOut * 100)} %`,
    Math.round(p50),
    Math.round(p99),
  ].join(' | ');

/** Reads of the ticket list, and orders of a hundred tickets by 2,000 buyers. */
async function loadsOf(target: Target): Promise<Load[]> {
  const ids = await offer(target, 100);
  await offer(target, 900);
  const tokens = users(2_000, target.signer);
  const get = `GET /api/tickets HTTP/1.1\r\nHost: tickets\r\n\r\n`;
  return [
    { name: 'GET /api/tickets', url: target.tickets, request: () => get },
    {
      name: 'POST /api/orders',
      url: target.orders,
      request: (index) => {
        const body = JSON.stringify({ ticketId: ids[index % ids.length] });
        return `POST /api/orders HTTP/1.1\r\nHost: orders\r\nAuthorization: Bearer ${tokens[index % tokens.length]}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
      },
    },
  ];
}

/** The highest rate of good answers. The first round warms up. */
async function peakOf(load: Load): Promise<number> {
  await closedLoop(load, 64, seconds / 2);
  return closedLoop(load, 64, seconds);
}
