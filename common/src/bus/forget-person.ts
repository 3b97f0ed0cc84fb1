// Removes what a service still stores of messages about a person whose account is deleted.

import type { Database } from '../documents/database.js';
import { runWrite } from '../documents/writes.js';
import { personalEvents } from '../events/users.js';

/** Removes the dead letters and the parked messages that hold the personal data of this user. */
export async function forgetPerson(database: Database, userId: string): Promise<void> {
  const q = { type: { $in: [...personalEvents] }, body: { $regex: `"subject":"${userId}"` } };
  for (const name of ['deadLetters', 'parkedMessages'])
    await runWrite(database, { delete: name, deletes: [{ q, limit: 0 }] });
}
