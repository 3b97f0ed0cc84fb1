// Restores a backup: fills temporary collections, then renames each of them over the live one.

import type { Connection, mongo } from 'mongoose';
import { documentsIn } from './backup-lines.js';

const batchSize = 500;
const suffix = '.restoring';

/** The collections of a database, without those of the server and of a restore in progress. */
export async function namesOf(connection: Connection): Promise<string[]> {
  const all = await connection.listCollections();
  return all.map(({ name }) => name).filter((name) => !name.startsWith('system.') && !name.endsWith(suffix));
}

/** Replaces the database by the backup in `lines`, and returns the number of documents. */
export async function restoreInto(connection: Connection, lines: AsyncIterable<string>): Promise<number> {
  const batches = new Map<string, mongo.Document[]>();
  let count = 0;
  try {
    for await (const { collection, document } of documentsIn(lines, connection.name)) {
      if (!batches.has(collection)) await begin(connection, collection, batches);
      const batch = batches.get(collection) ?? [];
      batch.push(document);
      count += 1;
      if (batch.length >= batchSize) await store(connection, collection, batch);
    }
    for (const [collection, batch] of batches) await store(connection, collection, batch);
    for (const collection of await namesOf(connection))
      if (!batches.has(collection)) await begin(connection, collection, batches);
    for (const collection of batches.keys())
      await temporary(connection, collection).rename(collection, { dropTarget: true });
    return count;
  } finally {
    for (const collection of batches.keys()) await temporary(connection, collection).drop();
  }
}

const temporary = (connection: Connection, collection: string) => connection.collection(collection + suffix);

async function begin(
  connection: Connection,
  collection: string,
  batches: Map<string, mongo.Document[]>,
): Promise<void> {
  const target = temporary(connection, collection);
  await target.drop();
  await connection.createCollection(collection + suffix);
  // Created before any document, because the unique indexes must hold from the first moment.
  const isLive = (await namesOf(connection)).includes(collection);
  const indexes = isLive ? await connection.collection(collection).indexes() : [];
  for (const { key, v: _version, ...options } of indexes) await target.createIndex(key, options);
  batches.set(collection, []);
}

async function store(connection: Connection, collection: string, batch: mongo.Document[]): Promise<void> {
  if (batch.length > 0) await temporary(connection, collection).insertMany(batch);
  batch.length = 0;
}
