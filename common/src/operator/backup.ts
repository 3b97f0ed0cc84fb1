// A whole database as lines of text, and back.
//
// Problem: a backup must be of one moment, must not pass for whole when it was cut off, and must work with nothing but
// the service's own program. Guarantee: all documents are read at one point in time; the last line counts them; a restore
// that is refused has changed nothing, and each collection is replaced at one stroke. Not promised: all collections at one
// stroke (a restore that dies between two is run again), one moment for several services (their copies are put right by
// `resync --restored`), nor a database that takes longer to read than the server keeps its history
// (minSnapshotHistoryWindowInSeconds, five minutes): that is for volume snapshots.

import mongoose from 'mongoose';
import type { Database } from '../documents/database.js';

const { EJSON } = mongoose.mongo.BSON;

export type Backup = Readonly<{
  /** A line that names the database, one for each document, and one that counts them. */
  write(print: (line: string) => void | Promise<void>): Promise<number>;
  /**
   * Replaces each collection of the database at one stroke, by one that has the same indexes; what the backup does not have
   * is empty then. Whoever serves from it should be restarted: it remembers what it has seen last.
   * @throws Error that says what is wrong with the lines; then nothing was replaced. Any other error: run it again
   */
  restore(lines: AsyncIterable<string>): Promise<number>;
}>;

type Line =
  | { database: string }
  | { collection: string; document: mongoose.mongo.Document }
  | { documents: number };

const batchSize = 500;
const suffix = '.restoring';

/** The backup of a service's own database. */
export function backupOf({ connection }: Database): Backup {
  const names = async () => {
    const all = await connection.listCollections();
    return all
      .map(({ name }) => name)
      .filter((name) => !name.startsWith('system.') && !name.endsWith(suffix));
  };

  async function write(print: (line: string) => void | Promise<void>): Promise<number> {
    let documents = 0;
    await print(JSON.stringify({ database: connection.name }));
    const session = connection.getClient().startSession({ snapshot: true });
    try {
      for (const collection of await names())
        for await (const document of connection.collection(collection).find({}, { session })) {
          await print(EJSON.stringify({ collection, document }, { relaxed: false }));
          documents += 1;
        }
    } finally {
      await session.endSession();
    }
    await print(JSON.stringify({ documents }));
    return documents;
  }

  async function restore(lines: AsyncIterable<string>): Promise<number> {
    const batches = new Map<string, mongoose.mongo.Document[]>();
    let documents = 0;
    let counted: number | undefined;
    let from: string | undefined;
    try {
      for await (const text of lines) {
        if (counted !== undefined) throw new Error('there is more after the end of the backup');
        const line = read(text);
        if ('documents' in line) {
          counted = line.documents;
          continue;
        }
        if ('database' in line) {
          from = line.database;
          continue;
        }
        if (from !== connection.name)
          throw new Error(`this is a backup of ${from ?? 'no database'}, not of ${connection.name}`);
        const batch = batches.get(line.collection) ?? (await begin(line.collection));
        batches.set(line.collection, batch);
        documents += 1;
        batch.push(line.document);
        if (batch.length >= batchSize) await store(line.collection, batch);
      }
      if (counted !== documents)
        throw new Error(`the backup is cut off: it has ${documents} documents of ${counted ?? 'more'}`);
      for (const [collection, batch] of batches) await store(collection, batch);
      for (const collection of await names())
        if (!batches.has(collection)) batches.set(collection, await begin(collection));
      for (const collection of batches.keys())
        await connection.collection(collection + suffix).rename(collection, { dropTarget: true });
      return documents;
    } finally {
      for (const collection of batches.keys()) await connection.collection(collection + suffix).drop();
    }
  }

  async function begin(collection: string): Promise<mongoose.mongo.Document[]> {
    const [live, restoring] = [connection.collection(collection), connection.collection(collection + suffix)];
    await restoring.drop();
    await connection.createCollection(collection + suffix);
    // Or the guards would be missing from the first moment of its life.
    const present = (await names()).includes(collection) ? await live.indexes() : [];
    for (const { key, v: _version, ...options } of present) await restoring.createIndex(key, options);
    return [];
  }

  async function store(collection: string, batch: mongoose.mongo.Document[]): Promise<void> {
    if (batch.length > 0) await connection.collection(collection + suffix).insertMany(batch);
    batch.length = 0;
  }

  return { write, restore };
}

function read(text: string): Line {
  const line: unknown = parsed(text);
  if (line !== null && typeof line === 'object') {
    if ('database' in line) return { database: String(line.database) };
    if ('documents' in line) return { documents: Number(line.documents) };
    if ('collection' in line && typeof line.collection === 'string' && 'document' in line)
      return line as Line;
  }
  throw new Error(`not a line of a backup: ${text.slice(0, 80)}`);
}

function parsed(text: string): unknown {
  try {
    return EJSON.parse(text, { relaxed: false });
  } catch {
    return undefined;
  }
}
