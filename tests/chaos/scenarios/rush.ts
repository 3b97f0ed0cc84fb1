// Many buyers order the same tickets concurrently.

import { rate } from '../../bench/client.js';
import type { Random } from '../random.js';
import { verifyPromises } from '../report.js';
import { withStores } from '../snapshot.js';
import { startChaosSystem, type ChaosSystem } from '../system/chaos-system.js';
import { openClientOf, type RecordingClient } from '../workload/recording-client.js';

type Say = (line: string) => void;

/** Offers tickets; resolves when orders has a copy of each. */
export async function offerMany(
  system: ChaosSystem,
  client: RecordingClient,
  count: number,
  seller = client.newUser(),
): Promise<string[]> {
  const ids: string[] = [];
  await rate(count, 32, async (index) => {
    const { id, status } = await client.offer(seller, `Seat ${index}`);
    if (!id) throw new Error(`an offer was answered ${status}`);
    ids.push(id);
  });
  await withStores(system, async (db) => {
    while ((await db('orders').collection('tickets').countDocuments()) < count);
  });
  return ids;
}

export async function rush(tickets: number, buyers: number, random: Random, say: Say): Promise<boolean> {
  const system = await startChaosSystem({ env: { RESERVATION_SECONDS: '3600' }, say });
  const client = openClientOf(system);
  try {
    const ids = await offerMany(system, client, tickets);
    const attempts = interleaved(ids, buyers, random);
    const begin = Date.now();
    await rate(attempts.length, 64, async (index) => client.order(client.newUser(), attempts[index] ?? ''));
    const seconds = (Date.now() - begin) / 1_000;
    const orders = client.history.filter(({ kind }) => kind === 'order');
    const placed = orders.filter(({ status }) => status === 201);
    const sold = new Set(placed.map(({ target }) => target));
    const refused = orders.filter(({ status }) => status === 409).length;
    say(
      `${attempts.length} attempts in ${seconds.toFixed(1)} s: ${placed.length} orders placed, ${refused} refused; ` +
        `${placed.length - sold.size} oversold, ${tickets - sold.size} unsold`,
    );
    const exact =
      placed.length === tickets && sold.size === tickets && placed.length + refused === attempts.length;
    return (await verifyPromises(system, client.history, say, { openAllowed: true })).kept && exact;
  } finally {
    await client.close();
    await system.stop();
  }
}

/** The ticket of each attempt. The attempts at one ticket stay close together, in a random order, so that they race. */
function interleaved(ids: readonly string[], buyers: number, random: Random): string[] {
  const attempts = ids.flatMap((id) => Array.from({ length: buyers }, () => id));
  const window = buyers * 20;
  for (let start = 0; start < attempts.length; start += window)
    shuffle(attempts, start, Math.min(start + window, attempts.length), random);
  return attempts;
}

function shuffle<T>(items: T[], from: number, to: number, random: Random): void {
  for (let at = to - 1; at > from; at -= 1) {
    const other = from + random.below(at - from + 1);
    [items[at], items[other]] = [items[other] as T, items[at] as T];
  }
}
