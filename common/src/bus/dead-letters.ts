// Stores messages that cannot be handled, complete and with their error, for a replay after the cause is fixed.

import { Schema, type Collection } from 'mongoose';
import { batch } from '../documents/batch.js';
import type { Database } from '../documents/database.js';
import { results, runWrite } from '../documents/writes.js';
import { newId } from '../id.js';

export type DeadLetter = Readonly<{
  id: string;
  /** the message's bytes, unchanged */
  body: string;
  type: string;
  error: string;
  tries: number;
  storedAt: Date;
  diedAt: Date;
}>;

export interface DeadLetters {
  /** Resolves when the letter is stored; throws while the store is down. */
  add(letter: Omit<DeadLetter, 'id'>): Promise<void>;
  /** All letters, oldest first. */
  list(): AsyncIterable<DeadLetter>;
  count(): Promise<number>;
  /** Returns false when no letter has this id. */
  remove(id: string): Promise<boolean>;
}

const keptSeconds = 90 * 24 * 3_600;

const schema = new Schema({ _id: String, type: String, diedAt: Date });
schema.index({ diedAt: 1 }, { expireAfterSeconds: keptSeconds });
// Finds the letters about a person (forget-person.ts).
schema.index({ type: 1 });

/** Keeps dead letters for 90 days in the collection `deadLetters` of the service's database. */
export function deadLettersIn(database: Database): DeadLetters {
  type Stored = Omit<DeadLetter, 'id'> & { _id: string };
  const model = database.connection.model<Stored>('dead-letter', schema, 'deadLetters');
  const letters = () => model.collection as unknown as Collection<Stored>;
  const writeConcern = { w: 'majority' } as const;
  const insert = batch<Stored, boolean>(async (documents) => {
    const { writeErrors } = await runWrite(database, { insert: 'deadLetters', documents });
    return results(documents.length, writeErrors);
  });
  return {
    async add(letter) {
      await insert({ _id: newId(), ...letter });
    },
    async *list() {
      for await (const { _id, ...letter } of letters().find().sort({ _id: 1 })) yield { id: _id, ...letter };
    },
    count: () => letters().estimatedDocumentCount(),
    async remove(id) {
      return (await letters().deleteOne({ _id: id }, { writeConcern })).deletedCount > 0;
    },
  };
}
