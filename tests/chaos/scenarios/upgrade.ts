// A rolling update: processes of the previous release run beside those of this one, on the same stores, bus and card network.
// The update is rolled back once. Until it has ended, buyers order single places only.

import { setTimeout as delay } from 'node:timers/promises';
import { root } from '@ticketing/common/testing/servers';
import { rate } from '../../bench/client.js';
import type { Random } from '../random.js';
import { verifyPromises } from '../report.js';
import { startChaosSystem, type ChaosSystem } from '../system/chaos-system.js';
import type { ServiceName } from '../system/environment.js';
import {
  isSuccess,
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

const firsts: readonly ServiceName[] = ['tickets', 'orders', 'payments'];
const seconds: readonly ServiceName[] = ['tickets-2', 'orders-2', 'payments-2', 'expiration'];

export async function upgrade(options: Options, random: Random, say: Say): Promise<boolean> {
  const { previous, phaseMs } = options;
  const updated = new Set<ServiceName>();
  const system = await startChaosSystem({
    env: { RESERVATION_SECONDS: '20' },
    extra: ['tickets-2', 'payments-2'],
    buildOf: (service) => (updated.has(service) ? root : previous),
    say,
  });
  const client = openClientOf(system);
  const restart = async (services: readonly ServiceName[], isUpdate: boolean) => {
    for (const service of services) {
      if (isUpdate) updated.add(service);
      else updated.delete(service);
      await system.services[service]?.kill();
    }
    await system.allUp();
    say(`${services.join(', ')}: ${isUpdate ? 'this release' : 'the previous release'}`);
  };
  const buy = async (singlesOnly: boolean, during: () => Promise<unknown>) => {
    const users = startVirtualUsers({ client, random, users: 12, thinkMs: 150, onSale: 20, singlesOnly });
    await delay(phaseMs);
    await during();
    await delay(phaseMs);
    await users.stop();
  };
  try {
    await buy(true, () => restart(firsts, true));
    const isExact = await raceForSingles(system, client, options, random, say);
    await buy(true, () => restart(firsts, false));
    await buy(true, () => restart([...firsts, ...seconds], true));
    await buy(false, () => delay(phaseMs));
    return (await verifyPromises(system, client.history, say)).kept && isExact;
  } finally {
    await client.close();
    await system.stop();
  }
}

/** Many buyers order each ticket at processes of both releases. true when each ticket was sold once. */
async function raceForSingles(
  system: ChaosSystem,
  client: RecordingClient,
  { tickets, buyers }: Options,
  random: Random,
  say: Say,
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
