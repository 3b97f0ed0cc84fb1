// Services die at fail points and at any moment, servers at any moment, while people buy.

import { setTimeout as delay } from 'node:timers/promises';
import { failPoints } from '@ticketing/common/fail-points';
import { openClientOf } from './history.js';
import { gather } from './people.js';
import type { Random } from './random.js';
import { conclude } from './report.js';
import { createWorld, type Env, type World } from './world.js';

export type Kills = Readonly<{ services: number; nats: number; mongo: number; redis: number }>;

const killEveryMs = 1_000;
const longestLifeMs = 5_000;
const serverDownMs = 2_000;
const passes = 40;

export async function kills(wanted: Kills, random: Random, say: (line: string) => void): Promise<boolean> {
  let arming = true;
  // Each life is armed with one place to die at, or none.
  const armed = (): Env => {
    const point = random.pick([...failPoints, undefined]);
    return arming && point ? { FAIL_POINT: `${point}:${1 + random.below(passes)}` } : {};
  };
  const world = await createWorld({
    env: { RESERVATION_SECONDS: '20' },
    armed,
    downMs: () => random.below(1_000),
    say,
  });
  const client = openClientOf(world);
  try {
    const crowd = gather({ client, random, crowd: 16, thinkMs: 150, onSale: 20 });
    const spanMs = wanted.services * killEveryMs;
    const servers = (['nats', 'mongo', 'redis'] as const).map(async (name) => {
      for (let times = 0; times < wanted[name]; times += 1) {
        await delay((2 * random.next() * spanMs) / wanted[name]);
        await world.servers[name].kill(() => delay(random.below(serverDownMs)));
      }
    });
    const [byHand] = await Promise.all([killServices(world, wanted.services, random), ...servers]);
    arming = false;
    await crowd.leave();
    const deaths = Object.values(world.servers).map((server) => `${server.name} ${server.deaths()}`);
    const total = world.deaths.length;
    say(
      `killed: services ${total} (${total - byHand} at fail points), ${deaths.join(', ')}; ${crowd.visits()} visits`,
    );
    // Whoever still carries a fail point lives on without.
    for (const service of Object.values(world.services)) await service.kill();
    return (await conclude(world, client.ops, say)).kept;
  } finally {
    await client.close();
    await world.stop();
  }
}

/** Until so many have died: those that live too long are killed where they stand. Returns how many those were. */
async function killServices(world: World, wanted: number, random: Random): Promise<number> {
  let byHand = 0;
  while (world.deaths.length < wanted) {
    await delay(killEveryMs);
    const old = Object.values(world.services).filter((service) => service.ageMs() > longestLifeMs);
    if (old.length === 0) continue;
    byHand += 1;
    void random.pick(old).kill(() => delay(random.below(1_000)));
  }
  return byHand;
}
