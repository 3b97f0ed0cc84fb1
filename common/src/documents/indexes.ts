// The order in which a database changes its indexes.
//
// Problem: during a rolling update, and after a rollback, processes of two releases use one database, and each makes the
// indexes that it declares when it starts.
// Guarantee: 1. the indexes of this release exist; 2. the steps of migrations have run; 3. an index that this release does
// not declare is dropped, but only from the release on whose predecessor does not declare it either. A process of an older
// release may make such an index again: the first write that it refuses drops it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Connection } from 'mongoose';

/** An index that an earlier release declares. */
export type RetiredIndex = Readonly<{
  collection: string;
  name: string;
  /**
   * The first release that drops it, such as `1.3`. The release before that one, 1.2, does not declare the index. Until
   * then, every document must fit the index, so that a process of release 1.1 can make it.
   */
  dropIn: `${number}.${number}`;
  /** If true, the index stays for now: until a later start, or a later write that it refuses. */
  isNeeded?: () => Promise<boolean>;
}>;

// The version of the system is that of its root package, which every image contains.
const manifest = join(__dirname, '..', '..', '..', 'package.json');
const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };

/** May `release` drop an index that is listed for `dropIn`? */
export function mayDrop({ dropIn }: Pick<RetiredIndex, 'dropIn'>, release = version): boolean {
  const [major = 0, minor = 0] = release.split('.').map(Number);
  const [dropMajor = 0, dropMinor = 0] = dropIn.split('.').map(Number);
  return major > dropMajor || (major === dropMajor && minor >= dropMinor);
}

export type Indexes = ReturnType<typeof createIndexes>;

/** The indexes and migrations of one database. */
export function createIndexes(connection: Connection) {
  const migrations: (() => Promise<void>)[] = [];
  const retired: RetiredIndex[] = [];

  return {
    migrate: (step: () => Promise<void>) => void migrations.push(step),
    retire: (index: RetiredIndex) => void retired.push(index),

    /** Everything that must be done before the service is ready. Repeatable, also beside other processes. */
    async prepare(): Promise<void> {
      for (const model of Object.values(connection.models)) await model.createIndexes();
      for (const step of migrations) await step();
      for (const index of retired) if (mayDrop(index)) await drop(connection, index);
    },

    /** Drops the index that this error of a write names. false if it stays, and with it the refusal of the write. */
    async dropRefusing({ code, errmsg }: Omit<WriteError, 'index'>): Promise<boolean> {
      const refusing = code === duplicateKey ? retired.find(isNamedIn(errmsg)) : undefined;
      return refusing !== undefined && mayDrop(refusing) && drop(connection, refusing);
    },
  };
}

/** Why one write of a command failed; `index` is its place in the command. */
export type WriteError = Readonly<{ index: number; code: number; errmsg: string }>;

/**
 * Runs the writes. Those that only a retired index refused run again after it is dropped. Returns the errors that remain,
 * each with the index of its write.
 */
export async function runPastRetired<T>(
  indexes: Pick<Indexes, 'dropRefusing'>,
  writes: readonly T[],
  run: (some: readonly T[]) => Promise<Readonly<{ writeErrors?: readonly WriteError[] }>>,
): Promise<WriteError[]> {
  const { writeErrors = [] } = await run(writes);
  const remaining: WriteError[] = [];
  const again: number[] = [];
  for (const error of writeErrors)
    if (await indexes.dropRefusing(error)) again.push(error.index);
    else remaining.push(error);
  if (again.length === 0) return remaining;
  const { writeErrors: later = [] } = await run(again.map((index) => writes[index] as T));
  return [...remaining, ...later.map((error) => ({ ...error, index: again[error.index] ?? 0 }))];
}

// https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml
const duplicateKey = 11_000;
const indexNotFound = 27;

// `E11000 duplicate key error collection: ticketing-auth.users index: email_1 dup key: { email: null }`
const isNamedIn =
  (message: string) =>
  ({ collection, name }: RetiredIndex): boolean =>
    message.includes(`.${collection} index: ${name} dup key`);

/** true if the index does not exist any more */
async function drop({ db }: Connection, { collection, name, isNeeded }: RetiredIndex): Promise<boolean> {
  const found = db?.collection(collection);
  const indexes = (await found?.indexes()) ?? [];
  if (!indexes.some((index) => index.name === name)) return true;
  if (await isNeeded?.()) return false;
  try {
    await found?.dropIndex(name);
  } catch (error) {
    // Another process was faster.
    if ((error as { code?: unknown }).code !== indexNotFound) throw error;
  }
  return true;
}
