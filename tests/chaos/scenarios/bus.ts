// The bus is down for long, or loses its latest or all data; an operator republishes the state of all tickets.

import { execFile } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { root } from '@ticketing/common/testing/servers';
import { manyTickets } from '../../bench/measures.js';
import type { Random } from '../random.js';
import { verifyPromises } from '../report.js';
import { pendingWork, waitUntilConsistent, withStores } from '../snapshot.js';
import { patient, startChaosSystem, type ChaosSystem } from '../system/chaos-system.js';
import { openClientOf, type RecordingClient } from '../workload/recording-client.js';
import { startVirtualUsers } from '../workload/virtual-users.js';
import { offerMany } from './rush.js';

type Say = (line: string) => void;

const consistentWithinMs = 60_000;
const resyncWithinS = 120;

/** Orders are placed at a constant rate while the bus is down; after its return the backlog drains. */
export async function busOutage(
  seconds: number,
  perSecond: number,
  random: Random,
  say: Say,
): Promise<boolean> {
  const system = await startChaosSystem({ env: { ...patient, RESERVATION_SECONDS: '3600' }, say });
  const client = openClientOf(system);
  try {
    const orders = seconds * perSecond;
    const ids = await offerMany(system, client, orders);
    const placeAndCancel = (index: number) => orderAndMaybeCancel(client, random, ids[index] ?? '');
    await system.servers.nats.kill(() => atConstantRate(seconds, perSecond, placeAndCancel));
    const restartedAt = Date.now();
    const elapsedMs = () => Date.now() - restartedAt;
    const { unpublished } = await pendingWork(system);
    const refused = client.history.filter(({ kind, status }) => kind === 'order' && status !== 201).length;
    while ((await pendingWork(system)).unpublished > 0 && elapsedMs() < consistentWithinMs) await delay(200);
    const differences = await waitUntilConsistent(system, consistentWithinMs - elapsedMs());
    const tookS = elapsedMs() / 1_000;
    say(
      `${orders} orders without a bus, ${refused} refused; ${unpublished} documents had unpublished events when the bus returned; ` +
        `all copies agree after ${tookS.toFixed(1)} s`,
    );
    const { kept } = await verifyPromises(system, client.history, say, { openAllowed: true });
    return kept && differences.length === 0 && refused === 0;
  } finally {
    await client.close();
    await system.stop();
  }
}

async function orderAndMaybeCancel(client: RecordingClient, random: Random, ticket: string): Promise<void> {
  const user = client.newUser();
  const { id } = await client.order(user, ticket);
  if (id && random.chance(0.3)) await client.cancel(user, id);
}

async function atConstantRate(
  seconds: number,
  perSecond: number,
  act: (index: number) => Promise<void>,
): Promise<void> {
  const begin = Date.now();
  const running: Promise<void>[] = [];
  for (let index = 0; index < seconds * perSecond; index += 1) {
    const wait = begin + (index * 1_000) / perSecond - Date.now();
    if (wait > 0) await delay(wait);
    running.push(act(index));
  }
  await Promise.all(running);
}

/** Under load the broker's data is replaced by an older copy, and later deleted. The system recovers by itself. */
export async function brokerDataLoss(lostSeconds: number, random: Random, say: Say): Promise<boolean> {
  const system = await startChaosSystem({ env: { RESERVATION_SECONDS: '20' }, say });
  const client = openClientOf(system);
  let recovered = true;
  try {
    for (const loss of ['replaced by an older copy', 'deleted'] as const) {
      const users = startVirtualUsers({ client, random, users: 8, thinkMs: 150, onSale: 20 });
      await loseBrokerData(system, loss, lostSeconds);
      const restartedAt = Date.now();
      const elapsedMs = () => Date.now() - restartedAt;
      await delay(5_000);
      await users.stop();
      const differences = await waitUntilConsistent(system, consistentWithinMs - elapsedMs());
      say(
        differences.length === 0
          ? `the broker's data was ${loss} (${lostSeconds} s lost): copies agree ${(elapsedMs() / 1_000).toFixed(1)} s after the restart`
          : `FAILED: the broker's data was ${loss}, ${differences.length} copies differ: ${differences.slice(0, 3).join('; ')}`,
      );
      recovered = recovered && differences.length === 0;
    }
    const { kept } = await verifyPromises(system, client.history, say, { streamLost: true });
    return kept && recovered;
  } finally {
    await client.close();
    await system.stop();
  }
}

async function loseBrokerData(
  system: ChaosSystem,
  loss: 'replaced by an older copy' | 'deleted',
  lostSeconds: number,
): Promise<void> {
  await delay(5_000);
  const copy = join(system.folder, 'older');
  await system.changeData('nats', (folder) => cp(folder, copy, { recursive: true, force: true }));
  await delay(lostSeconds * 1_000);
  await system.changeData('nats', async (folder) => {
    await rm(folder, { recursive: true });
    if (loss !== 'deleted') await cp(copy, folder, { recursive: true });
  });
}

/** Orders has no copies of many tickets; the command `resync` of tickets republishes all of them. */
export async function resync(tickets: number, say: Say): Promise<boolean> {
  const system = await startChaosSystem({ say });
  try {
    await manyTickets({ mongo: system.storeOf() }, tickets);
    const begin = Date.now();
    const elapsedS = () => (Date.now() - begin) / 1_000;
    const program = join(root, 'tickets', 'dist', 'main.js');
    const { stdout } = await promisify(execFile)(process.execPath, [program, 'resync'], { env: system.env });
    say(`${stdout.trim()} after ${elapsedS().toFixed(1)} s`);
    await withStores(system, async (db) => {
      const copies = db('orders').collection('tickets');
      while ((await copies.countDocuments()) < tickets && elapsedS() < 2 * resyncWithinS) await delay(200);
    });
    const tookS = elapsedS();
    const differences = await waitUntilConsistent(system, 1_000);
    say(`${tickets} copies after ${tookS.toFixed(1)} s; ${differences.length} differ`);
    return tookS <= resyncWithinS && differences.length === 0;
  } finally {
    await system.stop();
  }
}
