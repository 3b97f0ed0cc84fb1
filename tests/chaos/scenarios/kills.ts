// Services are killed at fail points and at any time, servers at any time, while virtual users buy and clients watch.

import { setTimeout as delay } from 'node:timers/promises';
import { failPoints } from '@ticketing/common/fail-points';
import type { Random } from '../random.js';
import { verifyPromises, verifyToldAll } from '../report.js';
import { startChaosSystem, type ChaosSystem } from '../system/chaos-system.js';
import type { Env } from '../system/environment.js';
import { openClientOf } from '../workload/recording-client.js';
import { startVirtualUsers } from '../workload/virtual-users.js';
import { startWatchers } from '../workload/watchers.js';

export type Kills = Readonly<{ services: number; nats: number; mongo: number; redis: number }>;

const killEveryMs = 1_000;
const maxUptimeMs = 5_000;
const maxServerDownMs = 2_000;
const maxPasses = 40;

export async function kills(wanted: Kills, random: Random, say: (line: string) => void): Promise<boolean> {
  let armed = true;
  // Each start of a service gets one fail point or none.
  const startEnv = (): Env => {
    const point = random.pick([...failPoints, undefined]);
    return armed && point ? { FAIL_POINT: `${point}:${1 + random.below(maxPasses)}` } : {};
  };
  const system = await startChaosSystem({
    env: { RESERVATION_SECONDS: '20' },
    startEnv,
    restartAfterMs: () => random.below(1_000),
    say,
  });
  const client = openClientOf(system);
  const watchers = startWatchers(system, client);
  try {
    const users = startVirtualUsers({ client, random, users: 16, thinkMs: 150, onSale: 20 });
    const [signalled] = await Promise.all([
      killServices(system, wanted.services, random),
      killServers(system, wanted, random),
    ]);
    armed = false;
    await users.stop();
    const servers = Object.values(system.servers).map((server) => `${server.name} ${server.exits()}`);
    const total = system.exits.length;
    say(
      `killed: services ${total} (${total - signalled} at fail points), ${servers.join(', ')}; ${users.visits()} visits`,
    );
    // A restart removes the remaining fail points.
    for (const service of Object.values(system.services)) await service.kill();
    const { kept, snapshot } = await verifyPromises(system, client.history, say);
    const deaths = system.exits.map(({ at }) => at);
    return (await verifyToldAll(watchers, snapshot, say, { deaths })) && kept;
  } finally {
    watchers.stop();
    await client.close();
    await system.stop();
  }
}

/**
 * Runs until `wanted` service processes have ended, and kills services whose fail point has not ended them in time.
 * @returns how many it killed
 */
async function killServices(system: ChaosSystem, wanted: number, random: Random): Promise<number> {
  let killed = 0;
  while (system.exits.length < wanted) {
    await delay(killEveryMs);
    const old = Object.values(system.services).filter((service) => service.uptimeMs() > maxUptimeMs);
    if (old.length === 0) continue;
    killed += 1;
    void random.pick(old).kill(() => delay(random.below(1_000)));
  }
  return killed;
}

async function killServers(system: ChaosSystem, wanted: Kills, random: Random): Promise<void> {
  const spanMs = wanted.services * killEveryMs;
  const names = ['nats', 'mongo', 'redis'] as const;
  const kill = async (name: (typeof names)[number]) => {
    for (let times = 0; times < wanted[name]; times += 1) {
      await delay((2 * random.next() * spanMs) / wanted[name]);
      await system.servers[name].kill(() => delay(random.below(maxServerDownMs)));
    }
  };
  await Promise.all(names.map(kill));
}
