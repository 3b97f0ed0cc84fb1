// Each connection of the services is disturbed in each way, under a steady stream of purchases.

import { setTimeout as delay } from 'node:timers/promises';
import { isDone, openClientOf, type Client } from './history.js';
import { conclude } from './report.js';
import type { Toxic } from './toxiproxy.js';
import { createWorld, type Linked } from './world.js';

type Say = (line: string) => void;
type Trouble = Readonly<{ toxic: Toxic | 'down'; seconds: number }>;
type Purchase = Readonly<{ at: number; complete: boolean }>;

export const troubles = {
  'latency 1 s': { toxic: { type: 'latency', attributes: { latency: 1_000 }, oneWay: true }, seconds: 10 },
  '10 kB/s': { toxic: { type: 'bandwidth', attributes: { rate: 10 } }, seconds: 10 },
  reset: { toxic: { type: 'reset_peer', attributes: { timeout: 0 } }, seconds: 10 },
  blackhole: { toxic: { type: 'timeout', attributes: { timeout: 0 } }, seconds: 30 },
  down: { toxic: 'down', seconds: 60 },
} as const satisfies Record<string, Trouble>;
export type TroubleName = keyof typeof troubles;
export type Cell = readonly [Linked, TroubleName];

export const allCells: readonly Cell[] = (['mongo', 'nats', 'redis', 'cards'] as const).flatMap((link) =>
  (Object.keys(troubles) as TroubleName[]).map((name): Cell => [link, name]),
);

const perSecond = 10;
const answerWithinMs = 5_000;
const recoverWithinMs = 10_000;
const longestWindowMs = 10_000;
const share = 0.95;

/** `longest`: no trouble and no measurement lasts longer, in seconds. */
export async function toxics(cells: readonly Cell[], longest: number, say: Say): Promise<boolean> {
  const world = await createWorld({ env: { RESERVATION_SECONDS: '20' }, proxied: true, say });
  const client = openClientOf(world);
  const purchases: Purchase[] = [];
  const stop = new AbortController();
  const stream = buyers(client, purchases, stop.signal);
  const rateIn = async () => {
    const windowMs = Math.min(longest * 1_000, longestWindowMs);
    const from = Date.now();
    await delay(windowMs);
    const to = Date.now();
    // The last of them have not ended yet.
    await delay(3_000);
    const mine = purchases.filter(({ at }) => at >= from && at < to);
    return (mine.filter(({ complete }) => complete).length * 1_000) / windowMs;
  };
  let kept = true;
  try {
    await delay(3_000);
    const usual = await rateIn();
    say(`undisturbed: ${usual.toFixed(1)} purchases a second`);
    for (const [link, name] of cells) {
      const { toxic, seconds } = troubles[name];
      const begin = Date.now();
      await world.link(link).poison(toxic);
      await delay(Math.min(seconds, longest) * 1_000);
      await world.link(link).heal();
      await delay(recoverWithinMs);
      const after = await rateIn();
      const asked = client.ops.filter(({ at }) => at >= begin);
      const slowest = asked.reduce((worst, { at, until }) => Math.max(worst, until - at), 0);
      const fine = after >= share * usual && slowest <= answerWithinMs;
      kept = kept && fine;
      say(
        `${fine ? 'fine' : 'NOT FINE'}: ${link} ${name} for ${Math.min(seconds, longest)} s: slowest answer ${(slowest / 1_000).toFixed(2)} s ` +
          `of ${asked.length}, then ${after.toFixed(1)} purchases a second`,
      );
      if (slowest > answerWithinMs)
        for (const op of asked.filter(({ at, until }) => until - at > answerWithinMs).slice(0, 5))
          say(
            `  ${op.what} ${op.ref} → ${op.status} ${op.code ?? op.lost ?? ''} after ${op.until - op.at} ms`,
          );
    }
    stop.abort();
    await stream;
    return (await conclude(world, client.ops, say)).kept && kept;
  } finally {
    stop.abort();
    await stream;
    await client.close();
    await world.stop();
  }
}

/** Somebody comes every tenth of a second, whatever became of those before. */
async function buyers(client: Client, purchases: Purchase[], signal: AbortSignal): Promise<void> {
  const under = new Set<Promise<void>>();
  const seller = client.newUser();
  for (let next = Date.now(); !signal.aborted; next += 1_000 / perSecond) {
    await delay(Math.max(0, next - Date.now()));
    const at = Date.now();
    const visit = purchase(client, seller)
      .then((complete) => void purchases.push({ at, complete }))
      .finally(() => under.delete(visit));
    under.add(visit);
  }
  await Promise.all(under);
}

async function purchase(client: Client, seller: string): Promise<boolean> {
  const user = client.newUser();
  const ticket = await client.offer(seller, 'Seat');
  if (!ticket.id) return false;
  const order = await client.order(user, ticket.id);
  if (!isDone(order) || !order.id) return false;
  const paid = await client.pay(user, order.id, 'tok_visa');
  if (!isDone(paid)) return false;
  for (let looks = 0; looks < 10; looks += 1) {
    const { body } = await client.showOrder(user, order.id);
    if (body?.['status'] === 'complete') return true;
    await delay(200);
  }
  return false;
}
