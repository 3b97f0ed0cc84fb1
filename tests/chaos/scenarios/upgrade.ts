// A rolling update under load, from the previous release to this one, back, and again. Half-way, processes of both releases
// serve side by side, on the same stores, bus and card network. No request fails, no message becomes a dead letter, every
// promise is kept, and this release answers what the previous one answers.

import { setTimeout as delay } from 'node:timers/promises';
import { rate } from '../../bench/client.js';
import { compareAnswers } from '../compare-releases.js';
import type { Random } from '../random.js';
import { verifyPromises } from '../report.js';
import { withStores } from '../snapshot.js';
import { patient, startChaosSystem, type ChaosSystem } from '../system/chaos-system.js';
import { workspaceOf, type ServiceName } from '../system/environment.js';
import {
  chooseReleases,
  createRotation,
  roll,
  shutdownDelayMs,
  type RollingSystem,
} from '../system/rolling-update.js';
import { isFoundEverywhere, startPeople, type Trade } from '../workload/people.js';
import {
  isSuccess,
  isTooEarly,
  openClientOf,
  type Operation,
  type RecordingClient,
} from '../workload/recording-client.js';
import { startVirtualUsers } from '../workload/virtual-users.js';
import { interleaved, offerMany } from './rush.js';

type Say = (line: string) => void;
type Options = Readonly<{
  /** the folder of the build of the previous release */
  previous: string;
  /** how long each phase of the update lasts */
  phaseMs: number;
  tickets: number;
  buyers: number;
}>;

const firsts: readonly ServiceName[] = ['auth', 'tickets', 'orders', 'payments', 'notifications'];
const seconds: readonly ServiceName[] = [
  ...(['auth-2', 'tickets-2', 'orders-2', 'payments-2', 'notifications-2'] as const),
  'expiration',
];
const extra = ['auth', 'auth-2', 'tickets-2', 'payments-2', 'notifications', 'notifications-2'] as const;
const maxShown = 5;
/** the trades whose answers are compared, newest first */
const compared = 4;

export async function upgrade(options: Options, random: Random, say: Say): Promise<boolean> {
  const releases = await chooseReleases(options.previous, [...firsts, ...seconds]);
  const rotation = createRotation((service) => system.urls(service));
  const system = await startChaosSystem({
    env: { RESERVATION_SECONDS: '15', SHUTDOWN_DELAY_MS: `${shutdownDelayMs}`, ...patient },
    extra,
    buildOf: releases.buildOf,
    say,
  });
  const client = openClientOf(system, rotation);
  try {
    const people = startPeople(rotation, 2);
    const users = startVirtualUsers({ client, random, users: 6, thinkMs: 300, onSale: 20 });
    const rolling = { system, releases, rotation };
    const problems = await rollThereAndBack(rolling, {
      ...options,
      client,
      random,
      trades: people.trades,
      say,
    });
    await Promise.all([people.stop(), users.stop()]);
    for (const { word, ticketId } of people.trades)
      await isFoundEverywhere(rotation, word, [ticketId]).catch((error: Error) =>
        problems.push(error.message),
      );
    problems.push(...people.failures, ...failedIn(client.history));
    say(
      `${people.visits()} visits of people with accounts, ${people.trades.length} of them kept their accounts`,
    );
    say(`${client.history.length} requests of virtual users, ${failedIn(client.history).length} failed`);
    for (const problem of problems.slice(0, maxShown)) say(`PROBLEM: ${problem}`);
    const { kept, snapshot } = await verifyPromises(system, client.history, say, {
      // Every process was asked to stop.
      expectedAlarm: /ended without SIGKILL: exit code 0$/,
    });
    say(`${snapshot.deadLetters.length} dead letters in all services`);
    return kept && problems.length === 0;
  } finally {
    await client.close();
    await system.stop();
  }
}

type Load = Options &
  Readonly<{ client: RecordingClient; random: Random; trades: readonly Trade[]; say: Say }>;

/** Returns what went wrong. */
async function rollThereAndBack(rolling: RollingSystem, load: Load): Promise<string[]> {
  const { phaseMs, say } = load;
  const problems: string[] = [];
  const step = async (what: string, work: () => Promise<unknown>) => {
    const begin = Date.now();
    await work();
    say(`${what} (${((Date.now() - begin) / 1_000).toFixed(1)} s)`);
  };
  await delay(phaseMs);
  const declared = await indexesOf(rolling.system);
  await step('one process of each service: this release', () => roll(rolling, firsts, 'this release'));
  if (!(await raceForSingles(rolling.system, load))) problems.push('a ticket was not sold once');
  problems.push(...(await compareReleases(rolling, load)));
  await step('the others: this release', () => roll(rolling, seconds, 'this release'));
  await delay(phaseMs);
  const left = await indexesOf(rolling.system);
  for (const index of declared)
    if (!left.includes(index)) problems.push(`this release drops ${index}, which the previous one declares`);
  await step('the others: back to the previous release', () =>
    roll(rolling, seconds, 'the previous release'),
  );
  problems.push(...(await compareReleases(rolling, load)));
  await step('all: back to the previous release', () => roll(rolling, firsts, 'the previous release'));
  await delay(phaseMs);
  await step('one process of each service: this release', () => roll(rolling, firsts, 'this release'));
  await step('the others: this release', () => roll(rolling, seconds, 'this release'));
  await delay(phaseMs);
  return problems;
}

/** The first process of each service runs this release, the second one the previous. */
async function compareReleases(
  { system, releases }: RollingSystem,
  { trades, say }: Load,
): Promise<string[]> {
  const pairs = firsts
    .filter(releases.isInPrevious)
    .map((name) => [name, { newer: system.url(name), older: system.url(`${name}-2` as ServiceName) }]);
  const newest = trades.slice(-compared);
  const { compared: count, differences } = await compareAnswers(Object.fromEntries(pairs), newest);
  say(`both releases: ${count} answers of ${newest.length} trades compared, ${differences.length} differ`);
  return count === 0 ? ['no answers were compared'] : differences;
}

/** The indexes of all services, as `orders.orders one-holder-per-place`. */
async function indexesOf(system: ChaosSystem): Promise<string[]> {
  const services = firsts.map(workspaceOf);
  return withStores(system, async (db) => {
    const found = services.map(async (service) => {
      const collections = await db(service).collections();
      const named = collections.map(async (one) =>
        (await one.indexes()).map(({ name }) => `${service}.${one.collectionName} ${name}`),
      );
      return (await Promise.all(named)).flat();
    });
    return (await Promise.all(found)).flat();
  });
}

function failedIn(history: readonly Operation[]): string[] {
  return history
    .filter((operation) => (operation.status === 0 || operation.status >= 500) && !isTooEarly(operation))
    .map(({ kind, status, code, error, target, startedAt, endedAt }) => {
      const at = new Date(startedAt).toISOString();
      return `${at} ${kind} ${target}: ${status} ${code ?? error ?? ''} after ${endedAt - startedAt} ms`;
    });
}

/** Many buyers order each ticket at processes of both releases. true when each ticket was sold once. */
async function raceForSingles(
  system: ChaosSystem,
  { client, tickets, buyers, random, say }: Load,
): Promise<boolean> {
  const ids = await offerMany(system, client, tickets);
  const attempts = interleaved(ids, buyers, random);
  const answers: Operation[] = [];
  await rate(attempts.length, 48, async (index) =>
    answers.push(await client.order(client.newUser(), attempts[index] ?? '')),
  );
  const placed = answers.filter(isSuccess);
  const sold = new Set(placed.map(({ target }) => target));
  const refused = answers.filter(({ status }) => status === 409).length;
  say(
    `both releases: ${answers.length} attempts, ${placed.length} orders placed, ${refused} refused; ` +
      `${placed.length - sold.size} oversold, ${tickets - sold.size} unsold`,
  );
  return placed.length === tickets && sold.size === tickets && placed.length + refused === answers.length;
}
