// The reads of requests and jobs in a store. The profiler of the database counts the index keys and documents that each query
// and update examines, so the result does not depend on the speed of the machine.

import { startProfile } from '@ticketing/common/testing';
import type { Document } from 'mongodb';
import type { Connection } from 'mongoose';

type Db = NonNullable<Connection['db']>;

type Examined = Readonly<{ ns: string; plan: string; keys: number; documents: number; command: Document }>;

export type ExaminedBy = (work: () => Promise<unknown>) => Promise<Examined[]>;

/** Returns a function that reports what the databases examined in these collections during `work`. */
export function profilerOf(connections: readonly Connection[], collections: readonly string[]): ExaminedBy {
  const databases = connections.map(({ db }) => db ?? fail());
  return async (work) => {
    const start = (db: Db) => {
      const names = collections.map((name) => `${db.databaseName}.${name}`);
      return startProfile(db, { ns: { $in: names }, planSummary: { $exists: true } });
    };
    const profiles = await Promise.all(databases.map(start));
    let found: Document[][] = [];
    try {
      await work();
    } finally {
      found = await Promise.all(profiles.map((end) => end()));
    }
    return found.flat().map(({ ns, planSummary, keysExamined = 0, docsExamined = 0, command }) => ({
      ...{ ns, plan: planSummary, keys: keysExamined, documents: docsExamined, command },
    }));
  };
}

function fail(): never {
  throw new Error('not connected');
}

/** Selects scans of a whole collection, and everything that examined more than `most` keys or documents. */
export const tooMuch = (most: number) => (examined: Examined) =>
  /COLLSCAN/.test(examined.plan) || examined.keys > most || examined.documents > most;

type Collection = { insertMany(documents: never[]): Promise<unknown> };

/** Inserts `one(0)` … `one(count - 1)`, so many with each command. */
export async function fillWith(
  collection: Collection,
  count: number,
  one: (n: number) => object,
  each = 5_000,
): Promise<void> {
  for (let start = 0; start < count; start += each)
    await collection.insertMany(Array.from({ length: each }, (_, at) => one(start + at) as never));
}
