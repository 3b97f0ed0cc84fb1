// Two systems share an account at Stripe. Each receives the events of both, and must leave the other's money alone.

import { setTimeout as delay } from 'node:timers/promises';
import { failPoints } from '@ticketing/common/fail-points';
import { rate } from '../../bench/client.js';
import type { Random } from '../random.js';
import { verifyPromises } from '../report.js';
import { patient, startChaosSystem, type ChaosSystem } from '../system/chaos-system.js';
import type { ServiceName } from '../system/environment.js';
import { isSuccess, openClientOf, type RecordingClient } from '../workload/recording-client.js';
import { offerMany } from './rush.js';

type Say = (line: string) => void;
/** The INSTALLATION_ID of each system. */
export type Installations = readonly [string, string];

const cards = ['tok_visa', 'tok_visa', 'tok_lostAnswer', 'tok_500AfterSuccess', 'tok_slow'] as const;
const paidWithinMs = 180_000;

/** true when every purchase is complete, nothing was refunded, and no alarm was raised */
export async function twoSystems(
  purchases: number,
  random: Random,
  say: Say,
  installations: Installations = ['north', 'south'],
): Promise<boolean> {
  let armed = true;
  const start = (installation: string, neighbour?: ChaosSystem) =>
    startChaosSystem({
      env: { ...patient, RESERVATION_SECONDS: '600', INSTALLATION_ID: installation },
      startEnv: (service: ServiceName) =>
        armed && service === 'payments'
          ? { FAIL_POINT: `${random.pick(failPoints)}:${10 + random.below(60)}` }
          : {},
      restartAfterMs: () => random.below(500),
      ...(neighbour && { neighbour }),
      say: (line) => say(`${installation}: ${line}`),
    });
  const first = await start(installations[0]);
  const second = await start(installations[1], first).catch(async (error: unknown) => {
    await first.stop();
    throw error;
  });
  const systems = [first, second];
  const clients = systems.map((system) => openClientOf(system));
  try {
    await Promise.all(
      systems.map((system, index) => sell(system, clients[index] as RecordingClient, purchases, random)),
    );
    armed = false;
    const kept: boolean[] = [];
    for (const [index, system] of systems.entries()) {
      await system.services.payments.kill();
      kept.push(await judge(system, clients[index] as RecordingClient, purchases, say));
    }
    return kept.every(Boolean);
  } finally {
    for (const client of clients) await client.close();
    await second.stop();
    await first.stop();
  }
}

async function sell(
  system: ChaosSystem,
  client: RecordingClient,
  purchases: number,
  random: Random,
): Promise<void> {
  const ids = await offerMany(system, client, purchases);
  await rate(purchases, 8, async (index) => {
    const user = client.newUser();
    const { id } = await client.order(user, ids[index] ?? '');
    if (!id) throw new Error('a free ticket was not reserved');
    for (const end = Date.now() + paidWithinMs; Date.now() < end;) {
      const paid = await client.pay(user, id, random.pick(cards));
      if (isSuccess(paid) && paid.status !== 202) return;
      await delay(200 + random.below(300));
    }
  });
}

async function judge(
  system: ChaosSystem,
  client: RecordingClient,
  purchases: number,
  say: Say,
): Promise<boolean> {
  const { kept, snapshot } = await verifyPromises(system, client.history, say);
  const complete = snapshot.orders.filter(({ status }) => status === 'complete').length;
  const refunds = snapshot.intents.filter(({ refunded }) => refunded > 0).length;
  const parked = snapshot.payments.filter(({ status }) => status === 'parked').length;
  const isExact = complete === purchases && refunds === 0 && parked === 0 && snapshot.alarms.length === 0;
  say(
    `${isExact ? 'exact' : 'BROKEN'}: ${complete} of ${purchases} purchases complete, ${refunds} refunds, ` +
      `${parked} parked charges, ${snapshot.alarms.length} alarms, ${system.exits.length} exits`,
  );
  return kept && isExact;
}
