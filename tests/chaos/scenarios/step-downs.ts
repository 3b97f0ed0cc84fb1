// The primary of MongoDB steps down, as in an upgrade, and is killed, while virtual users buy. During the election requests
// may be answered by 503 and in no other wrong way.

import { setTimeout as delay } from 'node:timers/promises';
import { leaderOf, withAdmin } from '@ticketing/common/testing/servers';
import type { Random } from '../random.js';
import { verifyPromises } from '../report.js';
import { startChaosSystem, type ChaosSystem } from '../system/chaos-system.js';
import type { Clusters } from '../system/environment.js';
import { isSuccess, isTooEarly, openClientOf, type Operation } from '../workload/recording-client.js';
import { startVirtualUsers } from '../workload/virtual-users.js';

type Say = (line: string) => void;
type Size = Readonly<{ rounds: number; quietMs: number }>;
type Fault = (system: ChaosSystem, plan: Clusters['mongo']) => Promise<unknown>;
/** milliseconds since 1970: the fault, a new primary, and the last 503 that the fault may cause */
type Election = Readonly<{ name: string; from: number; over: number; until: number }>;

const downMs = 3_000;
const stepDownSeconds = 60;
/** After an election the drivers find the new primary, and the requests that waited for it are answered. */
const afterwardsMs = 3_000;
const answeredWithinMs = 10_000;
const maxShown = 5;

const faults: Readonly<Record<string, Fault>> = {
  'stepped down': async (_system, plan) => {
    const primary = await leaderOf('mongo', plan);
    if (primary === undefined) throw new Error('MongoDB has no primary');
    await withAdmin(`127.0.0.1:${plan.ports[primary - 1]}`, undefined, (admin) =>
      admin.command({ replSetStepDown: stepDownSeconds }),
    );
  },
  killed: async (system) => system.servers.mongo.kill(() => delay(downMs)),
};

export async function stepDowns({ rounds, quietMs }: Size, random: Random, say: Say): Promise<boolean> {
  const system = await startChaosSystem({ env: { RESERVATION_SECONDS: '10' }, replicated: true, say });
  const client = openClientOf(system);
  try {
    const users = startVirtualUsers({ client, random, users: 16, thinkMs: 150, onSale: 20 });
    const elections: Election[] = [];
    for (let round = 0; round < rounds; round += 1)
      for (const name of Object.keys(faults)) {
        await delay(quietMs);
        elections.push(await disturb(system, name));
        await delay(afterwardsMs);
      }
    await users.stop();
    for (const election of elections) say(describe(election, client.history));
    const wrong = client.history.filter((operation) => isWrong(operation, elections));
    const promise = 'no request is answered wrongly';
    say(wrong.length === 0 ? `kept: ${promise}` : `BROKEN: ${promise}, ${wrong.length} times`);
    for (const each of wrong.slice(0, maxShown)) say(`  ${JSON.stringify({ ...each, body: undefined })}`);
    const lasting = elections.filter(({ over }) => !client.history.some((each) => isPaidAfter(over, each)));
    for (const { name } of lasting) say(`BROKEN: ${name}: nobody has paid since`);
    const isFine = wrong.length === 0 && lasting.length === 0;
    return (await verifyPromises(system, client.history, say)).kept && isFine;
  } finally {
    await client.close();
    await system.stop();
  }
}

async function disturb(system: ChaosSystem, name: string): Promise<Election> {
  const plan = system.clusters?.mongo as Clusters['mongo'];
  const before = await leaderOf('mongo', plan);
  const from = Date.now();
  const disturbed = faults[name]?.(system, plan);
  let over: number | undefined;
  for (const end = from + 60_000; over === undefined; await delay(50)) {
    const primary = await leaderOf('mongo', plan);
    if (primary !== undefined && primary !== before) over = Date.now();
    if (Date.now() > end) throw new Error(`${name}: no new primary after 60 s`);
  }
  await disturbed;
  return { name, from, over, until: over + afterwardsMs };
}

/** Consumers continue after an election: payments knows new orders. */
const isPaidAfter = (at: number, operation: Operation): boolean =>
  operation.kind === 'pay' && operation.startedAt > at && isSuccess(operation);

/**
 * A request without an answer, one that is late, an error other than 503, and a 503 without an election, unless an event is
 * on its way.
 */
function isWrong(operation: Operation, elections: readonly Election[]): boolean {
  const { status, startedAt, endedAt, retryAfter } = operation;
  if (status === 0 || endedAt - startedAt > answeredWithinMs) return true;
  if (status < 500 || isTooEarly(operation)) return false;
  const isDuring = elections.some(({ from, until }) => endedAt >= from && startedAt <= until);
  return status !== 503 || retryAfter === undefined || !isDuring;
}

function describe({ name, from, over, until }: Election, history: readonly Operation[]): string {
  const during = history.filter(({ startedAt, endedAt }) => endedAt >= from && startedAt <= until);
  const refused = during.filter(({ status }) => status === 503);
  const seconds = (at: number) => ((at - from) / 1_000).toFixed(1);
  const last = refused.reduce((latest, { endedAt }) => Math.max(latest, endedAt), from);
  return (
    `${name}: a new primary after ${seconds(over)} s; ${refused.length} of ${during.length} requests answered by 503, ` +
    `the last one after ${seconds(last)} s`
  );
}
