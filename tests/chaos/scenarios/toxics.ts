// Each connection of the services is disturbed in each way, under a constant load of purchases.

import { setTimeout as delay } from 'node:timers/promises';
import { verifyPromises } from '../report.js';
import { startChaosSystem, type ChaosSystem } from '../system/chaos-system.js';
import { linkNames, type LinkName } from '../system/environment.js';
import type { Toxic } from '../system/toxiproxy.js';
import {
  isSuccess,
  openClientOf,
  type Operation,
  type RecordingClient,
} from '../workload/recording-client.js';

type Say = (line: string) => void;
type Fault = Readonly<{ toxic: Toxic | 'down'; seconds: number }>;
type Purchase = Readonly<{ at: number; complete: boolean }>;

const faults = {
  'latency 1 s': { toxic: { type: 'latency', attributes: { latency: 1_000 }, oneWay: true }, seconds: 10 },
  '10 kB/s': { toxic: { type: 'bandwidth', attributes: { rate: 10 } }, seconds: 10 },
  reset: { toxic: { type: 'reset_peer', attributes: { timeout: 0 } }, seconds: 10 },
  blackhole: { toxic: { type: 'timeout', attributes: { timeout: 0 } }, seconds: 30 },
  down: { toxic: 'down', seconds: 60 },
} as const satisfies Record<string, Fault>;
type FaultName = keyof typeof faults;
export type Cell = readonly [LinkName, FaultName];

export const allCells: readonly Cell[] = linkNames.flatMap((link) =>
  (Object.keys(faults) as FaultName[]).map((fault): Cell => [link, fault]),
);

const perSecond = 10;
const maxWindowMs = 10_000;
// The rate after a fault is at least this share of the baseline.
const recoveredShare = 0.95;

type Limits = Readonly<{
  /** the length of each fault and each measurement at most */
  maxSeconds: number;
  answerWithinMs: number;
  /** no measurement begins later after a fault */
  recoverWithinMs: number;
}>;

export async function toxics(cells: readonly Cell[], limits: Limits, say: Say): Promise<boolean> {
  const system = await startChaosSystem({ env: { RESERVATION_SECONDS: '20' }, proxied: true, say });
  const client = openClientOf(system);
  const purchases: Purchase[] = [];
  const stop = new AbortController();
  const load = generateLoad(client, purchases, stop.signal);
  const measure = () => measureRate(purchases, Math.min(limits.maxSeconds * 1_000, maxWindowMs));
  try {
    await delay(3_000);
    const baseline = await measure();
    say(`baseline: ${baseline.toFixed(1)} purchases per second`);
    let recovered = true;
    for (const cell of cells)
      recovered = (await runCell(cell, { system, client, limits, baseline, measure, say })) && recovered;
    stop.abort();
    await load;
    return (await verifyPromises(system, client.history, say)).kept && recovered;
  } finally {
    stop.abort();
    await load;
    await client.close();
    await system.stop();
  }
}

type Run = Readonly<{
  system: ChaosSystem;
  client: RecordingClient;
  limits: Limits;
  baseline: number;
  measure: () => Promise<number>;
  say: Say;
}>;

/** true when all answers came in time and the rate recovered */
async function runCell([link, name]: Cell, run: Run): Promise<boolean> {
  const { maxSeconds, answerWithinMs, recoverWithinMs } = run.limits;
  const { system, client, baseline, measure, say } = run;
  const seconds = Math.min(faults[name].seconds, maxSeconds);
  const begin = Date.now();
  await system.disturb(link, faults[name].toxic);
  await delay(seconds * 1_000);
  await system.resetLinks();
  const over = Date.now();
  let rate = await measure();
  while (rate < recoveredShare * baseline && Date.now() < over + recoverWithinMs) rate = await measure();
  const operations = client.history.filter(({ startedAt }) => startedAt >= begin);
  const slowestMs = operations.reduce((worst, operation) => Math.max(worst, durationOf(operation)), 0);
  const ok = rate >= recoveredShare * baseline && slowestMs <= answerWithinMs;
  say(
    `${ok ? 'ok' : 'FAILED'}: ${link} ${name} for ${seconds} s: slowest of ${operations.length} answers ` +
      `${(slowestMs / 1_000).toFixed(2)} s, then ${rate.toFixed(1)} purchases per second`,
  );
  for (const late of operations.filter((operation) => durationOf(operation) > answerWithinMs).slice(0, 5))
    say(
      `  ${late.kind} ${late.target} → ${late.status} ${late.code ?? late.error ?? ''} after ${durationOf(late)} ms`,
    );
  return ok;
}

const durationOf = ({ startedAt, endedAt }: Operation): number => endedAt - startedAt;

/** Completed purchases per second, of those that begin within the next `windowMs`. */
async function measureRate(purchases: readonly Purchase[], windowMs: number): Promise<number> {
  const from = Date.now();
  await delay(windowMs);
  const to = Date.now();
  // The last purchases of the window are still running.
  await delay(3_000);
  const complete = purchases.filter(
    (purchase) => purchase.complete && purchase.at >= from && purchase.at < to,
  );
  return (complete.length * 1_000) / windowMs;
}

/** Open-loop load: a purchase begins every tenth of a second, whether or not the earlier ones have ended. */
async function generateLoad(
  client: RecordingClient,
  purchases: Purchase[],
  signal: AbortSignal,
): Promise<void> {
  const running = new Set<Promise<void>>();
  const seller = client.newUser();
  for (let next = Date.now(); !signal.aborted; next += 1_000 / perSecond) {
    await delay(Math.max(0, next - Date.now()));
    const at = Date.now();
    const buying = purchase(client, seller)
      .then((complete) => void purchases.push({ at, complete }))
      .finally(() => running.delete(buying));
    running.add(buying);
  }
  await Promise.all(running);
}

async function purchase(client: RecordingClient, seller: string): Promise<boolean> {
  const user = client.newUser();
  const ticket = await client.offer(seller, 'Seat');
  if (!ticket.id) return false;
  const order = await client.order(user, ticket.id);
  if (!isSuccess(order) || !order.id) return false;
  const paid = await client.pay(user, order.id, 'tok_visa');
  if (!isSuccess(paid)) return false;
  for (let polls = 0; polls < 10; polls += 1) {
    const { body } = await client.showOrder(user, order.id);
    if (body?.['status'] === 'complete') return true;
    await delay(200);
  }
  return false;
}
