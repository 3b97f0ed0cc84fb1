// Looks at everything, judges, and says what was found.

import type { Op } from './history.js';
import { historyOf, judge, promises } from './promises.js';
import { settled, takeSnapshot, type Snapshot, type System } from './snapshot.js';

type Say = (line: string) => void;

const shown = 5;

export type Verdict = Readonly<{ kept: boolean; settledAfterS: number | undefined; snapshot: Snapshot }>;

type Options = Readonly<{
  /** until nothing is left to do, and then until copies agree */
  withinMs?: number;
  agreeWithinMs?: number;
  /** orders may still be open */
  openAllowed?: boolean;
  /** what the broker lost is not looked for in its stream, only in the copies */
  streamLost?: boolean;
}>;

/** Waits for quiet, then proves each promise or prints the history of what broke it. */
export async function conclude(
  system: System,
  ops: readonly Op[],
  say: Say,
  { withinMs = 120_000, agreeWithinMs = 30_000, openAllowed = false, streamLost = false }: Options = {},
): Promise<Verdict> {
  await system.everyoneUp();
  const rest = ['unsettled', 'unpublished'] as const;
  const settledAfterS = await settled(system, withinMs, openAllowed ? rest : ['open', ...rest]);
  if (settledAfterS === undefined) say(`NOT SETTLED within ${withinMs / 1_000} s`);
  else say(`settled after ${settledAfterS.toFixed(1)} s`);
  const snapshot = await takeSnapshot(system, agreeWithinMs);
  const { orders, tickets, payments, events, intents } = snapshot;
  const stored = [...events.values()].reduce((sum, list) => sum + list.length, 0);
  const answers = new Map<number, number>();
  for (const { status } of ops) answers.set(status, (answers.get(status) ?? 0) + 1);
  const by = (status: string) => orders.filter((order) => order.status === status).length;
  say(
    `${tickets.length} tickets, ${orders.length} orders (${by('complete')} complete, ${by('cancelled')} cancelled, ${by('created')} open), ` +
      `${payments.length} payments, ${intents.length} intents, ${stored} events in the stream, ${ops.length} requests`,
  );
  say(
    `answers: ${[...answers]
      .sort(([a], [b]) => a - b)
      .map(([status, count]) => `${status || 'none'} ${count}`)
      .join(', ')}`,
  );
  const breaches = judge(snapshot, ops, { streamLost });
  for (const promise of promises) {
    const own = breaches.filter((breach) => breach.promise === promise);
    say(own.length === 0 ? `kept: ${promise}` : `BROKEN: ${promise}, ${own.length} times`);
    for (const { what, about } of own.slice(0, shown)) {
      say(`  ${what}: ${about.join(' ')}`);
      for (const line of historyOf(about, snapshot, ops).slice(0, 60)) say(`    ${line}`);
    }
  }
  return { kept: breaches.length === 0 && settledAfterS !== undefined, settledAfterS, snapshot };
}
