// npm run bench -- cost: what one purchase costs, by process and by collection. Counts do not depend on the machine's speed.

import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { MongoClient } from 'mongodb';
import { startSystem, type System } from '../system/system.js';
import { newUsers, targetOf, type Target } from './client.js';
import { offer, purchasesOf } from './measures.js';

/** Figures that only grow, by name. */
type Counters = ReadonlyMap<string, number>;

const ticksPerSecond = 100;
const count = 1_500;
const sellers = 20;

/** Prints a table: figures of one purchase with 1, 16 and 64 buyers at a time. */
export async function cost(
  print: (line: string) => void,
  buyers: readonly number[] = [1, 16, 64],
): Promise<void> {
  const system = await startSystem();
  try {
    const target = { ...targetOf(system), known: await peopleIn(targetOf(system)) };
    await purchasesOf(target, await offer(target, 500), 16);
    const runs: (readonly [number, Counters])[] = [];
    for (const connections of buyers) runs.push([connections, await costOf(system, target, connections)]);
    print(`| of one purchase | ${buyers.map((n) => `${n} buyers`).join(' | ')} |`);
    print(`|---|${buyers.map(() => '---|').join('')}`);
    const names = [...new Set(runs.flatMap(([, figures]) => [...figures.keys()]))];
    for (const name of names)
      print(`| ${name} | ${runs.map(([, figures]) => (figures.get(name) ?? 0).toFixed(2)).join(' | ')} |`);
  } finally {
    await system.stop();
  }
}

/** Tokens of people whom notifications knows, so that they get mails. To sign up so many would take minutes. */
async function peopleIn({ mongo: url, signer }: Target): Promise<Required<Target>['known']> {
  const people = newUsers(sellers + count / 5, signer);
  const mongo = await new MongoClient(url).connect();
  const bookkeeping = { emailVerified: true, version: 0, outbox: [], history: [], changedAt: new Date() };
  const documents = people.map(({ id, email }) => ({ _id: id, email, ...bookkeeping }));
  await mongo
    .db('ticketing-notifications')
    .collection('persons')
    .insertMany(documents as never);
  await mongo.close();
  const tokens = people.map(({ token }) => token);
  return { sellers: tokens.slice(0, sellers), buyers: tokens.slice(sellers) };
}

async function costOf(system: System, target: Target, connections: number): Promise<Counters> {
  const purchases = connections === 1 ? count / 5 : count;
  const ids = await offer(target, purchases);
  const mongo = await new MongoClient(target.mongo).connect();
  try {
    await settled(mongo);
    const before = await read(system, mongo);
    const figures = await purchasesOf(target, ids, connections);
    await settled(mongo);
    const after = await read(system, mongo);
    const each = [...after].map(([name, value]): [string, number] => [
      name,
      (value - (before.get(name) ?? 0)) / purchases,
    ]);
    return new Map([
      ...Object.entries(figures),
      ...each.filter(([, value]) => value >= 0.005),
      ['CPU ms, all', sum(each, 'CPU ms, ')],
      ['updates of documents', sum(each, 'update ')],
      ['inserts', sum(each, 'insert ')],
    ]);
  } finally {
    await mongo.close();
  }
}

const sum = (figures: readonly [string, number][], prefix: string): number =>
  figures.filter(([name]) => name.startsWith(prefix)).reduce((total, [, value]) => total + value, 0);

/** Resolves when no document has an outbox entry, and no mail is due. */
async function settled(mongo: MongoClient): Promise<void> {
  await delay(500);
  for (const service of ['tickets', 'orders', 'payments'])
    while (
      await mongo
        .db(`ticketing-${service}`)
        .collection(`${service}`)
        .findOne({ 'outbox.id': { $gt: '' } })
    )
      await delay(100);
}

async function read(system: System, mongo: MongoClient): Promise<Counters> {
  return new Map([
    ...(await processorTimes(system.pid)),
    ...(await commandsOf(mongo)),
    ...(await operationsByCollection(mongo)),
    ...(await storedEvents(system)),
  ]);
}

/** Milliseconds of processor time of the processes that a program has started, by name. */
async function processorTimes(parent: number): Promise<[string, number][]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => processorTime(Number(pid), parent)));
  return found.filter((each) => each !== undefined);
}

async function processorTime(pid: number, parent: number): Promise<[string, number] | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    if (fields[1] !== parent && pid !== parent) return undefined;
    const [program = '', ...args] = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    const script = args.find((each) => each.endsWith('.js'))?.split('/') ?? [];
    const name = pid === parent ? 'gateway' : script.length > 0 ? (script.at(-3) ?? '') : basename(program);
    return [`CPU ms, ${name}`, (((fields[11] ?? 0) + (fields[12] ?? 0)) * 1_000) / ticksPerSecond];
  } catch {
    return undefined; // it has ended
  }
}

async function commandsOf(mongo: MongoClient): Promise<[string, number][]> {
  const status = await mongo.db('admin').command({ serverStatus: 1 });
  const commands = ['insert', 'update', 'findAndModify', 'delete', 'find', 'aggregate', 'count', 'getMore'];
  const log = status['wiredTiger'].log as Record<string, number>;
  return [
    ...commands.map((name): [string, number] => [
      `command ${name}`,
      Number(status['metrics'].commands[name].total),
    ]),
    ['journal syncs', log['log sync operations'] ?? 0],
    ['journal kB', (log['log bytes written'] ?? 0) / 1_024],
  ];
}

async function operationsByCollection(mongo: MongoClient): Promise<[string, number][]> {
  const { totals } = await mongo.db('admin').command({ top: 1 });
  const kinds = { insert: 'insert', update: 'update', remove: 'remove', queries: 'query' } as const;
  return Object.entries(totals as Record<string, Record<string, { count: number }>>)
    .filter(([name]) => name.startsWith('ticketing-'))
    .flatMap(([name, counts]) =>
      Object.entries(kinds).map(([field, kind]): [string, number] => [
        `${kind} ${name.slice('ticketing-'.length)}`,
        counts[field]?.count ?? 0,
      ]),
    );
}

async function storedEvents(system: System): Promise<[string, number][]> {
  const nats = await connect({ servers: system.serversOf('operator')['NATS_URL'] ?? '' });
  try {
    const manager = await jetstreamManager(nats);
    const [stream] = await manager.streams.list().next();
    return [
      ['events stored', stream?.state.last_seq ?? 0],
      ['events kB', (stream?.state.bytes ?? 0) / 1_024],
    ];
  } finally {
    await nats.close();
  }
}
