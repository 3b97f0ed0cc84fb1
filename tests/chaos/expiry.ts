// Nobody pays. Every seat is free again in time and none before, also when Redis forgets all timers.

import { setTimeout as delay } from 'node:timers/promises';
import { rm } from 'node:fs/promises';
import { rate } from '../bench/client.js';
import { openClientOf } from './history.js';
import { conclude } from './report.js';
import { offerMany } from './rush.js';
import type { Snapshot } from './snapshot.js';
import { createWorld, type Env } from './world.js';

type Say = (line: string) => void;

// When the sweep alone frees them.
const freeWithinS = 15;

export async function expiry(
  orders: number,
  {
    reservationSeconds,
    wipe,
    env = {},
    withinMs = 120_000,
  }: { reservationSeconds: number; wipe: boolean; env?: Env; withinMs?: number },
  say: Say,
): Promise<boolean> {
  const world = await createWorld({ env: { RESERVATION_SECONDS: `${reservationSeconds}`, ...env }, say });
  const client = openClientOf(world);
  try {
    const ids = await offerMany(world, client, orders);
    await rate(orders, 16, (index) => client.order(client.newUser(), ids[index] ?? ''));
    if (wipe) {
      await world.meddle('redis', (folder) => rm(folder, { recursive: true }));
      say('Redis was wiped');
    }
    await delay(reservationSeconds * 1_000);
    const { kept, snapshot } = await conclude(world, client.ops, say, {
      withinMs,
      agreeWithinMs: Math.min(withinMs, 30_000),
    });
    const lateness = latenessOf(snapshot);
    const worst = lateness.at(-1) ?? Number.NaN;
    const at = (share: number) =>
      (lateness[Math.floor((lateness.length - 1) * share)] ?? Number.NaN).toFixed(2);
    say(
      `${lateness.length} expired, ${lateness.filter((late) => late < 0).length} early; free after expiresAt: ` +
        `half within ${at(0.5)} s, 99 % within ${at(0.99)} s, the last after ${worst.toFixed(2)} s`,
    );
    return kept && lateness.length === orders && (!wipe || worst <= freeWithinS);
  } finally {
    await client.close();
    await world.stop();
  }
}

/** Of each expired order, how many seconds after its time it was cancelled; sorted. */
function latenessOf({ orders }: Snapshot): number[] {
  return orders
    .flatMap(({ history, expiresAt }) =>
      history
        .filter(({ to }) => to === 'cancelled')
        .map(({ at }) => (at.getTime() - expiresAt.getTime()) / 1_000),
    )
    .sort((a, b) => a - b);
}
