// `ops check`: compares the copies in all services with their owners.
import { setTimeout as delay } from 'node:timers/promises';
import type { SnapshotEntry } from '@ticketing/common/operator';
import {
  describeDifference,
  findDifferences,
  holders,
  remaining,
  type Difference,
  type Snapshots,
} from './compare-copies.js';
import { readJsonLines, type Print, type RunCommand } from './run-command.js';

const owners = ['tickets', 'orders', 'payments'] as const;
const MAX_ATTEMPTS = 3;
const RETRY_DELAY_MS = 2_000;
const MAX_PRINTED = 100;

// Reports only what every comparison has found: while people buy, each one finds other events in flight.
export async function check(runCommand: RunCommand, print: Print): Promise<number> {
  let differences: Difference[] = [];
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    if (attempt > 1) await delay(RETRY_DELAY_MS);
    const snapshots = await collectSnapshots(runCommand);
    const found = findDifferences(snapshots, new Date());
    differences = attempt === 1 ? found : remaining(differences, found);
    if (differences.length === 0) {
      print(owners.map((name) => `${countOwned(snapshots, name)} ${name}`).join(', '));
      print('every copy agrees with its owner');
      return 0;
    }
  }
  for (const difference of differences.slice(0, MAX_PRINTED)) print(describeDifference(difference));
  print(`${differences.length} differences`);
  return 1;
}

/** Reads what each service holds. */
export async function collectSnapshots(runCommand: RunCommand): Promise<Snapshots> {
  const snapshots = await Promise.all(
    holders.map(async (service) => {
      const entries = await readJsonLines<SnapshotEntry>(runCommand, service, ['snapshot']);
      return [service, entries] as const;
    }),
  );
  return Object.fromEntries(snapshots) as Record<(typeof holders)[number], SnapshotEntry[]>;
}

function countOwned(snapshots: Snapshots, owner: (typeof owners)[number]): number {
  return snapshots[owner].filter(({ about }) => about === owner).length;
}
