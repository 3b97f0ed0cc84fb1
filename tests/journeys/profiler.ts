// What requests and jobs read in a store. The profiler of the database counts the index keys and documents that each query
// and update examines, so the result does not depend on the speed of the machine.

import type { Document } from 'mongodb';
import type { Connection } from 'mongoose';

type Db = NonNullable<Connection['db']>;

type Examined = Readonly<{ ns: string; plan: string; keys: number; documents: number; command: Document }>;

export type ExaminedBy = (work: () => Promise<unknown>) => Promise<Examined[]>;

/** Returns a function that reports what the databases examined in these collections during `work`. */
export function profilerOf(connections: readonly Connection[], collections: readonly string[]): ExaminedBy {
  const databases = connections.map(({ db }) => db ?? fail());
  return async (work) => {
    const found: Examined[] = [];
    try {
      for (const db of databases) {
        await dropProfile(db);
        await db.createCollection('system.profile', { capped: true, size: 50_000_000 });
        await db.command({ profile: 2 });
      }
      await work();
      for (const db of databases) {
        const names = collections.map((name) => `${db.databaseName}.${name}`);
        const filter = { ns: { $in: names }, planSummary: { $exists: true } };
        const profile = db.collection('system.profile').find(filter);
        for await (const { ns, planSummary, keysExamined = 0, docsExamined = 0, command } of profile)
          found.push({ ns, plan: planSummary, keys: keysExamined, documents: docsExamined, command });
      }
    } finally {
      for (const db of databases) {
        await db.command({ profile: 0 });
        await dropProfile(db);
      }
    }
    return found;
  };
}

// An operation that began while the profiler was on may end after the drop, and makes the collection again.
async function dropProfile(db: Db): Promise<void> {
  const found = await db.listCollections({ name: 'system.profile' }).toArray();
  if (found.length > 0) await db.dropCollection('system.profile');
}

function fail(): never {
  throw new Error('not connected');
}

/** Selects scans of a whole collection, and everything that examined more than `most` keys or documents. */
export const tooMuch = (most: number) => (examined: Examined) =>
  /COLLSCAN/.test(examined.plan) || examined.keys > most || examined.documents > most;

type Collection = { insertMany(documents: never[]): Promise<unknown> };

/** Inserts `one(0)` … `one(count - 1)`. */
export async function fillWith(
  collection: Collection,
  count: number,
  one: (n: number) => object,
): Promise<void> {
  for (let start = 0; start < count; start += 5_000)
    await collection.insertMany(Array.from({ length: 5_000 }, (_, at) => one(start + at) as never));
}
