// The guards of the running system, taken out one by one: a scenario that does not notice is worth nothing.

import { setTimeout as delay } from 'node:timers/promises';
import { rate } from '../bench/client.js';
import { openClientOf } from './history.js';
import { expiry } from './expiry.js';
import { gather } from './people.js';
import type { Random } from './random.js';
import { conclude } from './report.js';
import { offerMany } from './rush.js';
import { withStores } from './snapshot.js';
import { createWorld, type World } from './world.js';

type Say = (line: string) => void;

const never = '3600000';
const withinMs = 12_000;
const agreeWithinMs = 5_000;

/** true when every missing guard was noticed */
export async function controls(random: Random, say: Say): Promise<boolean> {
  const cases: [guard: string, run: (quiet: Say) => Promise<boolean>][] = [
    ['the index one-holder', (quiet) => withoutIndex(quiet)],
    ['the outbox', (quiet) => withoutOutbox(random, quiet)],
    [
      'the sweep of overdue orders, Redis wiped',
      (quiet) =>
        expiry(50, { reservationSeconds: 8, wipe: true, env: { OVERDUE_SWEEP_MS: never }, withinMs }, quiet),
    ],
  ];
  let allNoticed = true;
  for (const [guard, run] of cases) {
    const said: string[] = [];
    const kept = await run((line) => said.push(line));
    const what = said.filter((line) => /^(NOT|BROKEN)/.test(line));
    say(`without ${guard}: ${kept ? 'NOT NOTICED' : `noticed (${what.join('; ')})`}`);
    if (kept) for (const line of said) say(`  ${line}`);
    allNoticed = allNoticed && !kept;
  }
  return allNoticed;
}

async function withoutIndex(say: Say): Promise<boolean> {
  const world = await createWorld({ env: { RESERVATION_SECONDS: '3600' }, say });
  const client = openClientOf(world);
  try {
    const ids = await offerMany(world, client, 20);
    await withStores(world, (db) => db('orders').collection('orders').dropIndex('one-holder'));
    await rate(400, 64, async (index) => client.order(client.newUser(), ids[index % 20] ?? ''));
    return (await conclude(world, client.ops, say, { openAllowed: true, agreeWithinMs })).kept;
  } finally {
    await client.close();
    await world.stop();
  }
}

/** Save, then publish: who dies in between leaves nobody who knows of it. Emptied all the time, an outbox is none. */
async function withoutOutbox(random: Random, say: Say): Promise<boolean> {
  let arming = true;
  const world = await createWorld({
    env: { RESERVATION_SECONDS: '8' },
    armed: () => (arming ? { FAIL_POINT: `after-commit:${5 + random.below(20)}` } : {}),
    say,
  });
  const client = openClientOf(world);
  try {
    const forgetting = forget(world, () => arming);
    const people = gather({ client, random, crowd: 8, thinkMs: 100, onSale: 10 });
    while (world.deaths.length < 8) await delay(100);
    arming = false;
    await forgetting;
    await people.leave();
    for (const service of Object.values(world.services)) await service.kill();
    return (await conclude(world, client.ops, say, { withinMs, agreeWithinMs })).kept;
  } finally {
    await client.close();
    await world.stop();
  }
}

async function forget(world: World, goOn: () => boolean): Promise<void> {
  await withStores(world, async (db) => {
    while (goOn()) {
      for (const name of ['tickets', 'orders', 'payments'])
        await db(name)
          .collection(name)
          .updateMany({}, { $set: { outbox: [] } });
      await delay(20);
    }
  });
}
