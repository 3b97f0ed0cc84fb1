// Where a message goes that cannot be handled: whole, with its error, so that it can be replayed once the cause is mended.

import type { Collection } from 'mongoose';
import type { Database } from '../storage/database.js';

export type DeadLetter = Readonly<{
  /** the message's bytes as they came */
  body: string;
  type: string;
  error: string;
  tries: number;
  storedAt: Date;
  diedAt: Date;
}>;

export interface DeadLetters {
  /** Resolves when the letter is stored; throws while its store is down. */
  add(letter: DeadLetter): Promise<void>;
}

/** Dead letters in the collection `deadLetters` of the service's own database. */
export function deadLettersIn(database: Database): DeadLetters {
  const letters = (): Collection => database.connection.collection('deadLetters');
  return {
    async add(letter) {
      await letters().insertOne({ ...letter }, { writeConcern: { w: 'majority' } });
    },
  };
}
