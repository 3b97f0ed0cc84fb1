// Random faults while virtual users buy: any process is killed by SIGKILL or suspended by SIGSTOP, and the clock of a single
// service is set ahead or back. The seed decides every fault and its time.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openClock } from '../../system/process-with-clock.js';
import type { Random } from '../random.js';
import { verifyPromises } from '../report.js';
import { startChaosSystem, type ChaosSystem } from '../system/chaos-system.js';
import { serviceNames, type ServiceName } from '../system/environment.js';
import { openClientOf } from '../workload/recording-client.js';
import { startVirtualUsers } from '../workload/virtual-users.js';

type Say = (line: string) => void;

const maxPauseMs = 4_000;
const maxDownMs = 2_000;
const maxSuspendedMs = 12_000;
const maxAheadMs = 600_000;

const processNames = [...serviceNames, 'mongo', 'nats', 'redis', 'cards'] as const;
type Fault = Readonly<{ atMs: number; forMs: number }> &
  (
    | Readonly<{ kind: 'kill' | 'suspend'; of: (typeof processNames)[number] }>
    | Readonly<{ kind: 'clock'; of: ServiceName; aheadMs: number }>
  );
// `kill` stands twice, so that it is picked twice as often: a restart is the most frequent fault.
const kinds = ['kill', 'kill', 'suspend', 'clock'] as const;

export async function randomFaults(seconds: number, random: Random, say: Say): Promise<boolean> {
  const plan = planFaults(seconds * 1_000, random);
  const folder = await mkdtemp(join(tmpdir(), 'clocks-'));
  const clocks = await openClocks(folder);
  const system = await startChaosSystem({
    env: { RESERVATION_SECONDS: '20' },
    startEnv: (service) => clocks[service].env,
    say,
  });
  const client = openClientOf(system);
  try {
    const users = startVirtualUsers({ client, random, users: 16, thinkMs: 150, onSale: 20 });
    await inject(plan, system, clocks);
    await users.stop();
    const count = (wanted: Fault['kind']) => plan.filter(({ kind }) => kind === wanted).length;
    say(
      `${seconds} s: ${count('kill')} × SIGKILL, ${count('suspend')} × SIGSTOP, ${count('clock')} steps of a clock; ${users.visits()} visits`,
    );
    // The clocks stay wrong, and each service says so.
    const { kept } = await verifyPromises(system, client.history, say, {
      expectedAlarm: /this machine's clock and the store's differ/,
    });
    if (!kept) for (const fault of plan) say(`  fault ${JSON.stringify(fault)}`);
    return kept;
  } finally {
    await client.close();
    await system.stop();
    await rm(folder, { recursive: true });
  }
}

function planFaults(totalMs: number, random: Random): Fault[] {
  const faults: Fault[] = [];
  for (let atMs = random.below(maxPauseMs); atMs < totalMs; atMs += random.below(maxPauseMs)) {
    const kind = random.pick(kinds);
    if (kind === 'clock') {
      const aheadMs = random.below(2 * maxAheadMs + 1) - maxAheadMs;
      faults.push({ atMs, forMs: 0, kind, of: random.pick(serviceNames), aheadMs });
    } else {
      const forMs = random.below(kind === 'kill' ? maxDownMs : maxSuspendedMs);
      faults.push({ atMs, forMs, kind, of: random.pick(processNames) });
    }
  }
  return faults;
}

type Clocks = Readonly<Record<ServiceName, Awaited<ReturnType<typeof openClock>>>>;

async function openClocks(folder: string): Promise<Clocks> {
  const open = async (name: ServiceName) => [name, await openClock(join(folder, name))] as const;
  return Object.fromEntries(await Promise.all(serviceNames.map(open))) as Clocks;
}

/** Resolves when the last fault is over: every process runs again. */
async function inject(plan: readonly Fault[], system: ChaosSystem, clocks: Clocks): Promise<void> {
  const processes = { ...system.services, ...system.servers, cards: system.cards };
  const begin = Date.now();
  const running: Promise<void>[] = [];
  for (const fault of plan) {
    await delay(Math.max(0, begin + fault.atMs - Date.now()));
    if (fault.kind === 'clock') running.push(clocks[fault.of].setAhead(fault.aheadMs));
    else if (fault.kind === 'suspend') running.push(processes[fault.of].suspend(fault.forMs));
    else running.push(processes[fault.of].kill(() => delay(fault.forMs)));
  }
  await Promise.all(running);
}
