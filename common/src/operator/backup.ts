// A whole database as lines of text, and back.
//
// Problem: a backup must show one point in time, and a truncated one must not count as complete. Backup and restore must
// need only the service's own program. Guarantee: all documents are read in one snapshot; the last line counts them;
// a refused restore changes nothing, and each collection is replaced atomically. Not promised: all collections at once (an
// interrupted restore is repeated), one point in time for several services (`resync --restored` repairs their copies), or a
// database that takes longer to read than minSnapshotHistoryWindowInSeconds (five minutes); use volume snapshots for that.

import type { Connection } from 'mongoose';
import type { Database } from '../documents/database.js';
import { documentLine, headLine, tailLine } from './backup-lines.js';
import { namesOf, restoreInto } from './restore.js';

export type Backup = Readonly<{
  /** Prints one line for the database, one per document, and one with their number, which it returns. */
  write(print: Print): Promise<number>;
  /**
   * Replaces each collection of the database atomically and keeps its indexes. Collections that the backup lacks become
   * empty. Restart the running processes of the service afterwards, because they cache documents.
   * @returns the number of documents
   * @throws Error if a line is wrong or missing; nothing was replaced. After any other error, repeat the restore
   */
  restore(lines: AsyncIterable<string>): Promise<number>;
}>;

type Print = (line: string) => void | Promise<void>;

/** The backup of a service's own database. */
export function backupOf({ connection }: Database): Backup {
  return {
    write: (print) => write(connection, print),
    restore: (lines) => restoreInto(connection, lines),
  };
}

async function write(connection: Connection, print: Print): Promise<number> {
  let documents = 0;
  await print(headLine(connection.name));
  const session = connection.getClient().startSession({ snapshot: true });
  try {
    for (const collection of await namesOf(connection))
      for await (const document of connection.collection(collection).find({}, { session })) {
        await print(documentLine(collection, document));
        documents += 1;
      }
  } finally {
    await session.endSession();
  }
  await print(tailLine(documents));
  return documents;
}
