// The bus is away for long, loses its tail, or everything; and everything is told again by command.

import { root } from '@ticketing/common/testing/servers';
import { execFile } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { manyTickets } from '../bench/measures.js';
import { openClientOf, type Client } from './history.js';
import { gather } from './people.js';
import type { Random } from './random.js';
import { conclude } from './report.js';
import { offerMany } from './rush.js';
import { agreed, unfinished, withStores } from './snapshot.js';
import { createWorld } from './world.js';

type Say = (line: string) => void;

const healedWithinMs = 60_000;
const resyncWithinS = 120;

/** Orders are placed at a steady pace while there is no bus; when it is back the backlog goes. */
export async function busAway(
  seconds: number,
  perSecond: number,
  random: Random,
  say: Say,
): Promise<boolean> {
  const world = await createWorld({ env: { RESERVATION_SECONDS: '3600' }, say });
  const client = openClientOf(world);
  try {
    const ids = await offerMany(world, client, seconds * perSecond);
    await world.servers.nats.kill(() =>
      steadily(seconds, perSecond, (index) => orderAndEdit(client, random, ids[index] ?? '')),
    );
    const backAt = Date.now();
    const { unpublished } = await unfinished(world);
    const refused = client.ops.filter(({ what, status }) => what === 'order' && status !== 201).length;
    while ((await unfinished(world)).unpublished > 0 && Date.now() - backAt < healedWithinMs)
      await delay(200);
    const differences = await agreed(world, healedWithinMs - (Date.now() - backAt));
    const tookS = (Date.now() - backAt) / 1_000;
    say(
      `${seconds * perSecond} orders without a bus, ${refused} refused; ${unpublished} things had news when it was back; all copies agree after ${tookS.toFixed(1)} s`,
    );
    const { kept } = await conclude(world, client.ops, say, { openAllowed: true });
    return kept && differences.length === 0 && refused === 0;
  } finally {
    await client.close();
    await world.stop();
  }
}

async function orderAndEdit(client: Client, random: Random, ticket: string): Promise<void> {
  const user = client.newUser();
  const { id } = await client.order(user, ticket);
  if (id && random.chance(0.3)) await client.cancel(user, id);
}

async function steadily(
  seconds: number,
  perSecond: number,
  act: (index: number) => Promise<void>,
): Promise<void> {
  const begin = Date.now();
  const under: Promise<void>[] = [];
  for (let index = 0; index < seconds * perSecond; index += 1) {
    const wait = begin + (index * 1_000) / perSecond - Date.now();
    if (wait > 0) await delay(wait);
    under.push(act(index));
  }
  await Promise.all(under);
}

/** Under load the broker's store is put back to an older copy, and later wiped; nobody does anything about it. */
export async function brokerLost(olderByS: number, random: Random, say: Say): Promise<boolean> {
  const world = await createWorld({ env: { RESERVATION_SECONDS: '20' }, say });
  const client = openClientOf(world);
  let healed = true;
  try {
    for (const loss of ['put back', 'wiped'] as const) {
      const people = gather({ client, random, crowd: 8, thinkMs: 150, onSale: 20 });
      await delay(5_000);
      const copy = join(world.folder, 'older');
      await world.meddle('nats', (folder) => cp(folder, copy, { recursive: true, force: true }));
      await delay(olderByS * 1_000);
      await world.meddle('nats', async (folder) => {
        await rm(folder, { recursive: true });
        if (loss === 'put back') await cp(copy, folder, { recursive: true });
      });
      const backAt = Date.now();
      // People go on for a while, then it must become quiet and equal.
      await delay(5_000);
      await people.leave();
      const differences = await agreed(world, healedWithinMs - (Date.now() - backAt));
      say(
        differences.length === 0
          ? `the store was ${loss} (${olderByS} s of news): copies agree ${((Date.now() - backAt) / 1_000).toFixed(1)} s after its return`
          : `the store was ${loss}: NOT HEALED, ${differences.length} differ: ${differences.slice(0, 3).join('; ')}`,
      );
      healed = healed && differences.length === 0;
    }
    const { kept } = await conclude(world, client.ops, say, { streamLost: true });
    return kept && healed;
  } finally {
    await client.close();
    await world.stop();
  }
}

/** The copies of many tickets are gone; an operator tells them again. */
export async function resync(tickets: number, say: Say): Promise<boolean> {
  const world = await createWorld({ say });
  try {
    await manyTickets({ mongo: world.storeOf() }, tickets);
    const begin = Date.now();
    const seconds = () => (Date.now() - begin) / 1_000;
    const program = join(root, 'tickets', 'dist', 'main.js');
    const { stdout } = await promisify(execFile)(process.execPath, [program, 'resync'], { env: world.env });
    say(`${stdout.trim()} after ${seconds().toFixed(1)} s`);
    await withStores(world, async (db) => {
      const copies = db('orders').collection('tickets');
      while ((await copies.countDocuments()) < tickets && seconds() < 2 * resyncWithinS) await delay(200);
    });
    const tookS = seconds();
    const differences = await agreed(world, 1_000);
    say(`${tickets} copies are back after ${tookS.toFixed(1)} s; ${differences.length} differ`);
    return tookS <= resyncWithinS && differences.length === 0;
  } finally {
    await world.stop();
  }
}
