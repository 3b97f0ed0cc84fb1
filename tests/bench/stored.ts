// The stored bytes of a running system, by type of event, collection and index; and the CPU time of its processes.

import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { MongoClient } from 'mongodb';
import type { System } from '../system/system.js';

/** `storedBytes`: on disk, after compression, without the free space in the file. */
export type Group = Readonly<{ name: string; count: number; bytes: number; storedBytes: number }>;

export type Stored = Readonly<{ collections: Group[]; indexes: Group[]; oplog: Group[] }>;

const stream = 'TICKETING';

async function onBus<T>(system: System, use: (nats: NatsConnection) => Promise<T>): Promise<T> {
  const nats = await connect({ servers: system.serversOf('operator')['NATS_URL'] ?? '' });
  try {
    return await use(nats);
  } finally {
    await nats.close();
  }
}

async function onStores<T>(system: System, use: (mongo: MongoClient) => Promise<T>): Promise<T> {
  const mongo = await new MongoClient(system.serversOf('operator')['MONGO_URI'] ?? '').connect();
  try {
    return await use(mongo);
  } finally {
    await mongo.close();
  }
}

/** Waits until every event is handled and every mail is sent, and mongod has written a checkpoint. */
export async function untilQuiet(system: System): Promise<void> {
  await onBus(system, async (nats) => {
    const manager = await jetstreamManager(nats);
    for (let quiet = 0; quiet < 10; quiet += 1) {
      await delay(200);
      // The reader of `streamOf` has no durable name.
      for await (const { config, num_pending, num_ack_pending } of manager.consumers.list(stream))
        if (config.durable_name && num_pending + num_ack_pending > 0) quiet = 0;
    }
  });
  await onStores(system, async (mongo) => {
    const notices = mongo.db('ticketing-notifications').collection('notices');
    while ((await notices.countDocuments({ status: 'due' })) > 0) await delay(200);
    await mongo.db('admin').command({ fsync: 1 });
  });
}

/** Stored events by type: the stream's bytes have the subject, the headers and 30 bytes of the record. */
export async function streamOf(system: System): Promise<Group[]> {
  return onBus(system, async (nats) => {
    const { state } = await (await jetstreamManager(nats)).streams.info(stream);
    const types = new Map<string, { count: number; bytes: number }>();
    const consumer = await jetstream(nats).consumers.get(stream);
    let read = 0;
    for await (const message of await consumer.consume()) {
      const type = message.subject.split('.').slice(1, 3).join(':');
      const group = types.get(type) ?? { count: 0, bytes: 0 };
      const headers = (message.headers?.keys() ?? []).reduce(
        (sum, key) => sum + key.length + (message.headers?.get(key).length ?? 0) + 4,
        16,
      );
      group.count += 1;
      group.bytes += message.data.length + message.subject.length + headers + 30;
      types.set(type, group);
      read += 1;
      if (read === state.messages) break;
    }
    const counted = [...types.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    // The difference to the stored total is spread over the types.
    const correction = state.bytes / counted;
    return [...types].map(([name, { count, bytes }]) => ({
      name,
      count,
      bytes: bytes * correction,
      storedBytes: bytes * correction,
    }));
  });
}

type Stats = {
  count: number;
  size: number;
  storageSize: number;
  freeStorageSize: number;
  indexSizes: Record<string, number>;
  indexDetails: Record<string, { 'block-manager': { 'file bytes available for reuse': number } }>;
};

export async function storedBy(system: System): Promise<Stored> {
  return onStores(system, async (mongo) => {
    const collections: Group[] = [];
    const indexes: Group[] = [];
    const { databases } = await mongo.db('admin').admin().listDatabases();
    for (const { name: database } of databases.filter(({ name }) => name.startsWith('ticketing-'))) {
      const db = mongo.db(database);
      for (const { name } of await db.listCollections().toArray()) {
        const [stats] = await db
          .collection(name)
          .aggregate<{ storageStats: Stats }>([{ $collStats: { storageStats: {} } }])
          .toArray();
        if (!stats) continue;
        const { count, size, storageSize, freeStorageSize, indexSizes, indexDetails } = stats.storageStats;
        const label = `${database.replace('ticketing-', '')}.${name}`;
        collections.push({ name: label, count, bytes: size, storedBytes: storageSize - freeStorageSize });
        for (const [index, bytes] of Object.entries(indexSizes)) {
          const free = indexDetails[index]?.['block-manager']['file bytes available for reuse'] ?? 0;
          indexes.push({ name: `${label} ${index}`, count, bytes: bytes - free, storedBytes: bytes - free });
        }
      }
    }
    return { collections, indexes, oplog: await oplogOf(mongo) };
  });
}

/** By database. On disk, the oplog takes the same share of its bytes for each. */
async function oplogOf(mongo: MongoClient): Promise<Group[]> {
  const oplog = mongo.db('local').collection('oplog.rs');
  const groups = await oplog
    .aggregate<{ _id: string; count: number; bytes: number }>([
      { $match: { op: { $ne: 'n' } } },
      {
        $group: {
          _id: { $first: { $split: [{ $ifNull: [{ $first: '$o.applyOps.ns' }, '$ns'] }, '.'] } },
          count: { $sum: 1 },
          bytes: { $sum: { $bsonSize: '$$ROOT' } },
        },
      },
      { $match: { _id: /^ticketing-/ } },
      { $sort: { _id: 1 } },
    ])
    .toArray();
  const [stats] = await oplog
    .aggregate<{ storageStats: Stats }>([{ $collStats: { storageStats: {} } }])
    .toArray();
  const { size = 1, storageSize = 0, freeStorageSize = 0 } = stats?.storageStats ?? {};
  const share = (storageSize - freeStorageSize) / size;
  return groups.map(({ _id, count, bytes }) => ({ name: _id, count, bytes, storedBytes: bytes * share }));
}

/** CPU time so far of each process of the system, in seconds, by name. */
export function cpuSecondsOf(launcher: number): Readonly<Record<string, number>> {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
  const seconds: Record<string, number> = {};
  for (const line of lines) {
    const [, pid = '', parent = '', args = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    if (Number(parent) !== launcher) continue;
    const name = nameOf(args);
    seconds[name] = (seconds[name] ?? 0) + cpuSeconds(pid);
  }
  return seconds;
}

/** The folder of a service, or the program, or what node runs. */
function nameOf(args: string): string {
  const service = /([\w-]+)\/dist\/main\.js/.exec(args)?.[1];
  const words = args.split(' ').map((word) => word.split('/').at(-1) ?? '');
  return service ?? (words[0] === 'node' ? words[1] : words[0]) ?? '';
}

const ticksPerSecond = 100;

function cpuSeconds(pid: string): number {
  const stat = execFileSync('cat', [`/proc/${pid}/stat`], { encoding: 'utf8' });
  // The name of the program is in parentheses and may have spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

const subjects = 200_000;
const publishedAtOnce = 1_000;

/** Resident bytes that nats-server needs for one more message whose subject no other message has. */
export async function subjectBytes(system: System): Promise<number> {
  return onBus(system, async (nats) => {
    const manager = await jetstreamManager(nats);
    await manager.streams.add({ name: 'SIZES', subjects: ['sizes.>'] });
    const before = residentOf('nats-server', system.pid);
    for (let first = 0; first < subjects; first += publishedAtOnce)
      await Promise.all(
        Array.from({ length: publishedAtOnce }, (_, index) =>
          jetstream(nats).publish(
            `sizes.order.completed.${(first + index).toString(16).padStart(24, '6')}`,
            'x',
          ),
        ),
      );
    await delay(15_000); // the cache of written blocks expires
    return Math.round((residentOf('nats-server', system.pid) - before) / subjects);
  });
}

function residentOf(program: string, launcher: number): number {
  const lines = execFileSync('ps', ['-eo', 'ppid=,rss=,args='], { encoding: 'utf8' }).split('\n');
  const line = lines.find((each) => each.trim().startsWith(`${launcher} `) && each.includes(program));
  return Number(line?.trim().split(/\s+/)[1]) * 1_024;
}
