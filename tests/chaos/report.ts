// Verifies the promises after a run, and reports each of them.

import { setTimeout as delay } from 'node:timers/promises';
import { findBreaches, lostIn, missingEvents, promises } from './promises.js';
import { takeSnapshot, waitUntilSettled, type Snapshot, type System } from './snapshot.js';
import { timelineOf } from './timeline.js';
import { findUntold } from './told-all.js';
import type { Operation } from './workload/recording-client.js';
import type { Watchers } from './workload/watchers.js';

type Say = (line: string) => void;

const maxShown = 5;
/** of each end of a timeline */
const maxTimelineLines = 30;

export type Verdict = Readonly<{ kept: boolean; settledAfterS: number | undefined; snapshot: Snapshot }>;

type Options = Readonly<{
  /** the limit for the pending work, and then for the copies to agree */
  withinMs?: number;
  consistentWithinMs?: number;
  /** open orders are no pending work */
  openAllowed?: boolean;
  /** the broker lost data: only the copies are checked, not the stream */
  streamLost?: boolean;
  /** alarms that are no breach */
  expectedAlarm?: RegExp;
  /** by how much the clocks of clients and services may differ */
  clockDifferenceMs?: number;
}>;

/** Waits until the system is settled, then verifies each promise and prints the timeline of each breach. */
export async function verifyPromises(
  system: System,
  history: readonly Operation[],
  say: Say,
  { withinMs = 120_000, consistentWithinMs = 30_000, openAllowed = false, ...judging }: Options = {},
): Promise<Verdict> {
  await system.allUp();
  const rest = ['unsettled', 'unpublished'] as const;
  const settledAfterS = await waitUntilSettled(system, withinMs, openAllowed ? rest : ['open', ...rest]);
  if (settledAfterS === undefined) say(`FAILED to settle within ${withinMs / 1_000} s`);
  else say(`settled after ${settledAfterS.toFixed(1)} s`);
  const { streamLost = false } = judging;
  const isWhole = (read: Parameters<typeof missingEvents>[0]) =>
    streamLost || missingEvents(read).length === 0;
  const snapshot = await takeSnapshot(system, { withinMs: consistentWithinMs, isWhole, say });
  for (const line of summaryOf(snapshot, history)) say(line);
  const breaches = findBreaches(snapshot, history, { ...clocksOf(system), ...judging });
  for (const promise of promises) {
    const own = breaches.filter((breach) => breach.promise === promise);
    say(own.length === 0 ? `kept: ${promise}` : `BROKEN: ${promise}, ${own.length} times`);
    for (const { problem, ids } of own.slice(0, maxShown)) {
      say(`  ${problem}: ${ids.join(' ')}`);
      for (const line of bothEnds(timelineOf(ids, snapshot, history))) say(`    ${line}`);
    }
  }
  return { kept: breaches.length === 0 && settledAfterS !== undefined, settledAfterS, snapshot };
}

function bothEnds(lines: readonly string[]): readonly string[] {
  const left = lines.length - 2 * maxTimelineLines;
  if (left <= 0) return lines;
  return [...lines.slice(0, maxTimelineLines), `… ${left} lines`, ...lines.slice(-maxTimelineLines)];
}

type ToldOptions = Readonly<{
  /** when processes died: milliseconds since 1970 */
  deaths?: readonly number[];
  toldWithinMs?: number;
}>;

/** Waits until each client knows the latest states, and reports *told all*. */
export async function verifyToldAll(
  { watched, refusals }: Watchers,
  { orders, tickets }: Pick<Snapshot, 'orders' | 'tickets'>,
  say: Say,
  { deaths = [], toldWithinMs = 15_000 }: ToldOptions = {},
): Promise<boolean> {
  const find = () => [
    ...refusals.map((refusal) => `a client was refused: ${refusal}`),
    ...findUntold(watched, [...orders, ...tickets], { deaths, toldWithinMs }),
    ...(watched.length === 0 ? ['no client watched'] : []),
  ];
  for (const end = Date.now() + toldWithinMs; find().length > 0 && Date.now() < end;) await delay(100);
  const problems = find();
  const states = watched.reduce((sum, one) => sum + one.states.length, 0);
  say(`${watched.length} orders and tickets watched, ${states} states told`);
  say(problems.length === 0 ? 'kept: told all' : `BROKEN: told all, ${problems.length} times`);
  for (const problem of problems.slice(0, maxShown)) say(`  ${problem}`);
  return problems.length === 0;
}

const clocksOf = ({ clockDifferenceMs = 0 }: System) => ({ clockDifferenceMs });

function summaryOf(snapshot: Snapshot, history: readonly Operation[]): string[] {
  const { orders, tickets, payments, events, intents } = snapshot;
  const eventCount = [...events.values()].reduce((sum, list) => sum + list.length, 0);
  const statuses = new Map<number, number>();
  for (const { status } of history) statuses.set(status, (statuses.get(status) ?? 0) + 1);
  const answers = [...statuses]
    .sort(([a], [b]) => a - b)
    .map(([status, count]) => `${status || 'none'} ${count}`);
  const withStatus = (status: string) => orders.filter((order) => order.status === status).length;
  return [
    `${tickets.length} tickets, ${orders.length} orders (${withStatus('complete')} complete, ` +
      `${withStatus('cancelled')} cancelled, ${withStatus('created')} open), ${payments.length} payments, ` +
      `${intents.length} intents, ${eventCount} events in the stream, ${history.length} requests`,
    `answers by status: ${answers.join(', ')}`,
    moneyOf(intents),
  ];
}

function moneyOf(intents: Snapshot['intents']): string {
  const sum = (of: 'charged' | 'refunded') => intents.reduce((total, intent) => total + intent[of], 0);
  const [charged, refunded, lost] = [sum('charged'), sum('refunded'), lostIn(intents)];
  const kept = charged - refunded - lost;
  return `minor units: charged ${charged}, refunded ${refunded}, lost in disputes ${lost}, kept ${kept}`;
}
