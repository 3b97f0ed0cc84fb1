// Controls: each runs a scenario without one guard of the system. A scenario that still passes proves nothing.

import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { root } from '@ticketing/common/testing/servers';
import { rate } from '../../bench/client.js';
import type { Random } from '../random.js';
import { verifyPromises, verifyToldAll } from '../report.js';
import { readStores, withStores } from '../snapshot.js';
import { startChaosSystem, type ChaosSystem } from '../system/chaos-system.js';
import { openClientOf } from '../workload/recording-client.js';
import { startVirtualUsers } from '../workload/virtual-users.js';
import { startWatchers } from '../workload/watchers.js';
import { expiry } from './expiry.js';
import { mailWithoutRecord } from './mail.js';
import { offerMany } from './rush.js';
import { twoSystems } from './two-systems.js';

type Say = (line: string) => void;
type Control = readonly [guard: string, run: (say: Say) => Promise<boolean>];

const neverMs = '3600000';
const withinMs = 12_000;
const consistentWithinMs = 5_000;

/** true when every missing guard was detected */
export async function controls(random: Random, say: Say): Promise<boolean> {
  const sweepOff = { OVERDUE_SWEEP_MS: neverMs };
  const cases: readonly Control[] = [
    ['the index one-holder-per-place', withoutIndex],
    ['the outbox', (report) => withoutOutbox(random, report)],
    [
      'the sweep of overdue orders, after the data of Redis is deleted',
      (report) => expiry(50, { reservationSeconds: 8, wipe: true, env: sweepOff, withinMs }, report),
    ],
    [
      'an INSTALLATION_ID of its own for the second system',
      (report) => twoSystems(5, random, report, ['same', 'same']),
    ],
    ['the record of sent mails', (report) => mailWithoutRecord(20, random, report)],
    ['the messages and the reading behind live updates', withoutFeed],
  ];
  let allDetected = true;
  for (const [guard, run] of cases) {
    const report: string[] = [];
    const kept = await run((line) => report.push(line));
    const problems = report.filter((line) => /^(FAILED|BROKEN)/.test(line));
    say(`without ${guard}: ${kept ? 'NOT DETECTED' : `detected (${problems.join('; ')})`}`);
    if (kept) for (const line of report) say(`  ${line}`);
    allDetected = allDetected && !kept;
  }
  return allDetected;
}

async function withoutIndex(say: Say): Promise<boolean> {
  const system = await startChaosSystem({ env: { RESERVATION_SECONDS: '3600' }, say });
  const client = openClientOf(system);
  try {
    const halls = await offerMany(system, client, 10, client.newUser(), 20);
    await withStores(system, (db) => db('orders').collection('orders').dropIndex('one-holder-per-place'));
    // Two consecutive requests are for the same ticket, and go to different processes.
    await rate(400, 64, async (index) => client.order(client.newUser(), halls[(index >> 1) % 10] ?? ''));
    const limits = { openAllowed: true, consistentWithinMs };
    return (await verifyPromises(system, client.history, say, limits)).kept;
  } finally {
    await client.close();
    await system.stop();
  }
}

/** Empties the outboxes all the time, so that a process killed between save and publish loses its event. */
async function withoutOutbox(random: Random, say: Say): Promise<boolean> {
  let armed = true;
  const system = await startChaosSystem({
    env: { RESERVATION_SECONDS: '8' },
    startEnv: () => (armed ? { FAIL_POINT: `after-commit:${5 + random.below(20)}` } : {}),
    say,
  });
  const client = openClientOf(system);
  try {
    const emptying = emptyOutboxes(system, () => armed);
    const users = startVirtualUsers({ client, random, users: 8, thinkMs: 100, onSale: 10 });
    while (system.exits.length < 8) await delay(100);
    armed = false;
    await emptying;
    await users.stop();
    for (const service of Object.values(system.services)) await service.kill();
    return (await verifyPromises(system, client.history, say, { withinMs, consistentWithinMs })).kept;
  } finally {
    await client.close();
    await system.stop();
  }
}

async function emptyOutboxes(system: ChaosSystem, goOn: () => boolean): Promise<void> {
  await withStores(system, async (db) => {
    while (goOn()) {
      for (const name of ['tickets', 'orders', 'payments'])
        await db(name)
          .collection(name)
          .updateMany({}, { $set: { outbox: [] } });
      await delay(20);
    }
  });
}

/** Streams tell the present state and no change. */
async function withoutFeed(say: Say): Promise<boolean> {
  const program = join(root, 'tests', 'chaos', 'system', 'without-feed.cjs');
  const env = { RESERVATION_SECONDS: '3600', NODE_OPTIONS: `--require "${program}"` };
  const system = await startChaosSystem({ env, say });
  const client = openClientOf(system);
  const watchers = startWatchers(system, client);
  try {
    const user = client.newUser();
    const [ticket = ''] = await offerMany(system, client, 1);
    const { id = '' } = await client.order(user, ticket);
    const isWatched = () => watchers.watched.filter(({ states }) => states.length > 0).length === 2;
    while (!isWatched()) await delay(50);
    await client.cancel(user, id);
    return await verifyToldAll(watchers, await readStores(system), say, { toldWithinMs: 3_000 });
  } finally {
    watchers.stop();
    await client.close();
    await system.stop();
  }
}
