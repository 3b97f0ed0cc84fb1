// Everybody wants the same tickets at the same time.

import { rate } from '../bench/client.js';
import { openClientOf, type Client } from './history.js';
import type { Random } from './random.js';
import { conclude } from './report.js';
import { withStores } from './snapshot.js';
import { createWorld, type World } from './world.js';

type Say = (line: string) => void;

/** Offers tickets, and resolves when orders knows them all. */
export async function offerMany(world: World, client: Client, count: number): Promise<string[]> {
  const seller = client.newUser();
  const ids: string[] = [];
  await rate(count, 32, async (index) => {
    const { id, status } = await client.offer(seller, `Seat ${index}`);
    if (!id) throw new Error(`a ticket could not be offered: ${status}`);
    ids.push(id);
  });
  await withStores(world, async (db) => {
    while ((await db('orders').collection('tickets').countDocuments()) < count);
  });
  return ids;
}

export async function rush(tickets: number, buyers: number, random: Random, say: Say): Promise<boolean> {
  const world = await createWorld({ env: { RESERVATION_SECONDS: '3600' }, say });
  const client = openClientOf(world);
  try {
    const ids = await offerMany(world, client, tickets);
    // All buyers of a ticket come close together, so that they meet; the order among them is the seed's.
    const attempts = ids.flatMap((id) => Array.from({ length: buyers }, () => id));
    const together = buyers * 20;
    for (let start = 0; start < attempts.length; start += together)
      shuffle(attempts, start, Math.min(start + together, attempts.length), random);
    const begin = Date.now();
    await rate(attempts.length, 64, async (index) => client.order(client.newUser(), attempts[index] ?? ''));
    const seconds = (Date.now() - begin) / 1_000;
    const won = client.ops.filter(({ what, status }) => what === 'order' && status === 201);
    const winners = new Set(won.map(({ ref }) => ref));
    const refused = client.ops.filter(({ what, status }) => what === 'order' && status === 409).length;
    say(
      `${attempts.length} attempts in ${seconds.toFixed(1)} s: ${won.length} got a ticket, ${refused} refused; ` +
        `${won.length - winners.size} oversold, ${tickets - winners.size} unsold`,
    );
    const exact =
      won.length === tickets && winners.size === tickets && won.length + refused === attempts.length;
    return (await conclude(world, client.ops, say, { openAllowed: true })).kept && exact;
  } finally {
    await client.close();
    await world.stop();
  }
}

function shuffle<T>(items: T[], from: number, to: number, random: Random): void {
  for (let at = to - 1; at > from; at -= 1) {
    const other = from + random.below(at - from + 1);
    [items[at], items[other]] = [items[other] as T, items[at] as T];
  }
}
