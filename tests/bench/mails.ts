// npm run bench -- mails [number]: how soon the mail about a new order is handed to the mail server, and how long the mails
// of so many orders take that were placed while the mail server was away.

import { setTimeout as delay } from 'node:timers/promises';
import { accepted, messageIdOf } from '../chaos/scenarios/mail.js';
import { offerMany } from '../chaos/scenarios/rush.js';
import { readStores, withStores } from '../chaos/snapshot.js';
import { startChaosSystem, type ChaosSystem } from '../chaos/system/chaos-system.js';
import { startMailServer, type MailServer } from '../chaos/system/mails.js';
import { openAccounts, type Account } from '../chaos/workload/accounts.js';
import { openClientOf, type RecordingClient } from '../chaos/workload/recording-client.js';
import { percentile, rate } from './client.js';

type Print = (line: string) => void;
type World = Readonly<{
  system: ChaosSystem;
  server: MailServer;
  client: RecordingClient;
  buyers: readonly Account[];
}>;
/** The mail about an order, in order of arrival. `eventAt` and `at`: milliseconds since 1970. */
type Arrival = Readonly<{ eventAt: number; at: number }>;

const buyers = Array.from({ length: 10 }, (_, index) => `buyer-${index}@example.com`);
/** A buyer holds one place of each of them: finding a free slot among many would be most of the work. */
const ticketsOfSeller = 50;
const atRest = 500;
const everyMs = 50;
const lanes = 16;

export async function mails(print: Print, count: number): Promise<void> {
  const server = await startMailServer('');
  const system = await startChaosSystem({
    env: { RESERVATION_SECONDS: '3600', MAX_ACTIVE_ORDERS_PER_USER: '1000000', SMTP_URL: server.url },
    extra: ['auth', 'notifications'],
    say: print,
  });
  const client = openClientOf(system);
  try {
    const accounts = await openAccounts(system, server, buyers);
    const world = { system, server, client, buyers: accounts };
    await soon(world, print);
    await afterOutage(world, count, print);
  } finally {
    await client.close();
    await system.stop();
    await server.stop();
  }
}

/** Orders at a constant rate. */
async function soon(world: World, print: Print): Promise<void> {
  const placing: Promise<string>[] = [];
  const place = await orderer(world, atRest);
  for (let index = 0; index < atRest; index += 1) {
    placing.push(place(index));
    await delay(everyMs);
  }
  const { arrivals } = await arrivalsOf(world, await Promise.all(placing));
  const latencies = arrivals.map(({ eventAt, at }) => at - eventAt);
  print(
    `event → mail handed to SMTP, ${atRest} orders, ${1_000 / everyMs} per second, ms: ` +
      `p50 ${percentile(latencies, 0.5)}, p99 ${percentile(latencies, 0.99)}, most ${Math.max(...latencies)}`,
  );
}

async function afterOutage(world: World, count: number, print: Print): Promise<void> {
  const { system, server } = world;
  const place = await orderer(world, count);
  const ids: string[] = [];
  const began = Date.now();
  let awayMs = 0;
  await server.kill(async () => {
    await rate(count, lanes, async (index) => ids.push(await place(index)));
    await withStores(system, async (db) => {
      const due = { channel: 'mail', kind: 'order-placed', status: 'due' };
      while ((await db('notifications').collection('notices').countDocuments(due)) < count) await delay(200);
    });
    awayMs = Date.now() - began;
  });
  const backAt = Date.now();
  const { arrivals, again } = await arrivalsOf(world, ids);
  const seconds = (at = Number.NaN) => ((at - backAt) / 1_000).toFixed(1);
  const sendingS = ((arrivals.at(-1)?.at ?? 0) - (arrivals[0]?.at ?? 0)) / 1_000;
  const early = placesTooEarly(arrivals);
  print(
    `${count} mails, mail server away for ${(awayMs / 1_000).toFixed(0)} s: the first after ${seconds(arrivals[0]?.at)} s, ` +
      `the last after ${seconds(arrivals.at(-1)?.at)} s, ${(count / sendingS).toFixed(0)} per second; ${again} twice; ` +
      `places before its turn: p50 ${percentile(early, 0.5)}, p99 ${percentile(early, 0.99)}, most ${Math.max(...early)}`,
  );
}

/** Returns a function that places one order per call: each buyer orders each ticket once. */
async function orderer({ system, client, buyers: all }: World, count: number) {
  const tickets: string[] = [];
  while (tickets.length * all.length < count)
    tickets.push(...(await offerMany(system, client, ticketsOfSeller, undefined, all.length)));
  return async (index: number): Promise<string> => {
    const { id: user = '' } = all[index % all.length] ?? {};
    const { id, status } = await client.order(user, tickets[Math.floor(index / all.length)] ?? '');
    if (id === undefined) throw new Error(`an order was answered ${status}`);
    return id;
  };
}

/** Waits until the mail about each of these orders has arrived. */
async function arrivalsOf({ system, server }: World, ids: readonly string[]) {
  const wanted = new Set(ids);
  const { orders } = await readStores(system);
  const eventAt = new Map(
    orders
      .filter(({ _id }) => wanted.has(_id))
      .map(({ _id, userId, history: [placed] }) => [
        messageIdOf(`order:created/${_id}`, { id: userId }),
        placed?.at.getTime() ?? Number.NaN,
      ]),
  );
  const mailsOf = () => accepted(server).filter(({ messageId }) => eventAt.has(messageId));
  while (new Set(mailsOf().map(({ messageId }) => messageId)).size < ids.length) await delay(500);
  // Time for a second copy.
  await delay(3_000);
  const first = new Map<string, Arrival>();
  const all = mailsOf();
  for (const { messageId, at } of all)
    if (!first.has(messageId)) first.set(messageId, { eventAt: eventAt.get(messageId) ?? Number.NaN, at });
  return { arrivals: [...first.values()], again: all.length - first.size };
}

/** For each mail: how many positions it arrived ahead of the order of the events. */
function placesTooEarly(arrivals: readonly Arrival[]): number[] {
  const turns = arrivals.map((arrival) => arrival.eventAt).toSorted((a, b) => a - b);
  return arrivals.map(({ eventAt }, place) => Math.max(0, turns.indexOf(eventAt) - place));
}
