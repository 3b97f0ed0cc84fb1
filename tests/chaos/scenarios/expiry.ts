// No order is paid. Each ticket becomes available again in time and not earlier, also when Redis loses all timers.

import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { rate } from '../../bench/client.js';
import { verifyPromises } from '../report.js';
import type { Snapshot } from '../snapshot.js';
import { patient, startChaosSystem } from '../system/chaos-system.js';
import type { Env } from '../system/environment.js';
import { openClientOf } from '../workload/recording-client.js';
import { offerMany } from './rush.js';

type Say = (line: string) => void;
type Options = Readonly<{
  reservationSeconds: number;
  /** deletes the data of Redis after the orders are placed */
  wipe: boolean;
  env?: Env;
  withinMs?: number;
  /** the limit of a release after `wipe`, in seconds: the overdue sweep alone releases the tickets then */
  releaseWithinS?: number;
}>;

export async function expiry(orders: number, options: Options, say: Say): Promise<boolean> {
  const { reservationSeconds, wipe, env = {}, withinMs = 120_000, releaseWithinS = 15 } = options;
  const system = await startChaosSystem({
    env: { ...patient, RESERVATION_SECONDS: `${reservationSeconds}`, ...env },
    say,
  });
  const client = openClientOf(system);
  try {
    const ids = await offerMany(system, client, orders);
    await rate(orders, 16, (index) => client.order(client.newUser(), ids[index] ?? ''));
    if (wipe) {
      await system.changeData('redis', (folder) => rm(folder, { recursive: true }));
      say('the data of Redis was deleted');
    }
    await delay(reservationSeconds * 1_000);
    const { kept, snapshot } = await verifyPromises(system, client.history, say, {
      withinMs,
      consistentWithinMs: Math.min(withinMs, 30_000),
    });
    const lateness = latenessOf(snapshot);
    const slowest = lateness.at(-1) ?? Number.NaN;
    const quantile = (share: number) =>
      (lateness[Math.floor((lateness.length - 1) * share)] ?? Number.NaN).toFixed(2);
    say(
      `${lateness.length} expired, ${lateness.filter((late) => late < 0).length} early; released after expiresAt: ` +
        `p50 ${quantile(0.5)} s, p99 ${quantile(0.99)} s, maximum ${slowest.toFixed(2)} s`,
    );
    return kept && lateness.length === orders && (!wipe || slowest <= releaseWithinS);
  } finally {
    await client.close();
    await system.stop();
  }
}

/** Seconds from `expiresAt` to the cancellation of each expired order, ascending. */
function latenessOf({ orders }: Snapshot): number[] {
  return orders
    .flatMap(({ history, expiresAt }) =>
      history
        .filter(({ to }) => to === 'cancelled')
        .map(({ at }) => (at.getTime() - expiresAt.getTime()) / 1_000),
    )
    .sort((a, b) => a - b);
}
