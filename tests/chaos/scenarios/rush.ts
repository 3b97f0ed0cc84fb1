// Many buyers order the same tickets concurrently: single ones, several places of one, and carts that overlap.

import { setTimeout as delay } from 'node:timers/promises';
import { rate } from '../../bench/client.js';
import type { Random } from '../random.js';
import { verifyPromises } from '../report.js';
import { withStores } from '../snapshot.js';
import { patient, startChaosSystem, type ChaosSystem } from '../system/chaos-system.js';
import {
  askedIn,
  isSuccess,
  openClientOf,
  type Operation,
  type Places,
  type RecordingClient,
} from '../workload/recording-client.js';

type Say = (line: string) => void;

/** Offers tickets of `quantity` places; resolves when orders has a copy of each. */
export async function offerMany(
  system: ChaosSystem,
  client: RecordingClient,
  count: number,
  seller = client.newUser(),
  quantity = 1,
): Promise<string[]> {
  const ids: string[] = [];
  await rate(count, 32, async (index) => {
    const { id, status } = await client.offer(seller, `Seat ${index}`, { ...(quantity > 1 && { quantity }) });
    if (!id) throw new Error(`an offer was answered ${status}`);
    ids.push(id);
  });
  await withStores(system, async (db) => {
    const copies = db('orders').collection<{ _id: string }>('tickets');
    while ((await copies.countDocuments({ _id: { $in: ids } })) < count) await delay(20);
  });
  return ids;
}

const placesEach = 24;

export async function rush(tickets: number, buyers: number, random: Random, say: Say): Promise<boolean> {
  const system = await startChaosSystem({ env: { ...patient, RESERVATION_SECONDS: '3600' }, say });
  const client = openClientOf(system);
  try {
    const seller = client.newUser();
    const singles = await offerMany(system, client, tickets, seller);
    const halls = await offerMany(system, client, Math.ceil(tickets / 20), seller, placesEach);
    const attempts = interleaved(singles, buyers, random);
    const carts = overlappingCarts(halls, random);
    const begin = Date.now();
    const order = async (wanted: string | readonly Places[]) => client.order(client.newUser(), wanted);
    await Promise.all([
      rate(attempts.length, 48, async (index) => order(attempts[index] ?? '')),
      rate(carts.length, 16, async (index) => order(carts[index] ?? [])),
    ]);
    // Buyers of one place take what is left.
    await Promise.all(halls.map((hall) => sellOut(hall, order)));
    const seconds = (Date.now() - begin) / 1_000;
    const orders = client.history.filter(({ kind }) => kind === 'order');
    const refused = orders.filter(({ status }) => status === 409).length;
    const placed = orders.filter(({ status }) => status === 201);
    const sold = placed.flatMap(askedIn).reduce((sum, { quantity }) => sum + quantity, 0);
    const offered = singles.length + halls.length * placesEach;
    say(
      `${orders.length} attempts in ${seconds.toFixed(1)} s: ${placed.length} orders placed, ${refused} refused; ` +
        `${sold} of ${offered} places sold`,
    );
    const exact = sold === offered && placed.length + refused === orders.length;
    return (await verifyPromises(system, client.history, say, { openAllowed: true })).kept && exact;
  } finally {
    await client.close();
    await system.stop();
  }
}

/** Orders of 1 to 4 places, and carts of two tickets in either order; twice as many places as there are. */
function overlappingCarts(ids: readonly string[], random: Random): Places[][] {
  const pickOne = () => ({ ticketId: random.pick(ids), quantity: 1 + random.below(4) });
  return Array.from({ length: ids.length * 16 }, () =>
    random.chance(0.5) ? [pickOne()] : [pickOne(), pickOne()],
  );
}

/** Orders one place after the other until one is refused. */
export async function sellOut(
  ticketId: string,
  order: (ticketId: string) => Promise<Operation>,
): Promise<void> {
  while (isSuccess(await order(ticketId)));
}

/** The ticket of each attempt. The attempts at one ticket stay close together, in a random order, so that they race. */
export function interleaved(ids: readonly string[], buyers: number, random: Random): string[] {
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
