// The profiler of the database counts what queries and updates examine. A result does not depend on the speed of the machine.

import type { Document } from 'bson';
import type { Connection } from 'mongoose';

type Db = NonNullable<Connection['db']>;

/** Records the operations of a database that match `filter`, until the returned function is called, which returns them. */
export async function startProfile(
  db: Db,
  filter: Document,
  bytes = 50_000_000,
): Promise<() => Promise<Document[]>> {
  await emptyProfile(db, bytes);
  await db.command({ profile: 2, filter });
  return async () => {
    await db.command({ profile: 0 });
    const found = await db.collection('system.profile').find(filter).toArray();
    await dropProfile(db);
    return found;
  };
}

// An operation that began while the profiler was on may end later, and then makes the dropped collection again.
async function emptyProfile(db: Db, bytes: number): Promise<void> {
  await dropProfile(db);
  try {
    await db.createCollection('system.profile', { capped: true, size: bytes });
  } catch (error) {
    if ((error as { codeName?: string }).codeName !== 'NamespaceExists') throw error;
    await emptyProfile(db, bytes);
  }
}

async function dropProfile(db: Db): Promise<void> {
  const found = await db.listCollections({ name: 'system.profile' }).toArray();
  if (found.length > 0) await db.dropCollection('system.profile');
}
