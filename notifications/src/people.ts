// The collection of people: copies of profiles, and their preferences.

import type { Mongodb } from '@ticketing/common/service';
import { Schema } from 'mongoose';
import type { Person } from './domain/person.js';

const schema = new Schema({
  ...{ email: String, emailVerified: Boolean, name: String, locale: String, timeZone: String },
  ...{ unwanted: [String], deletedAt: Date },
});
schema.index({ email: 1 }, { partialFilterExpression: { email: { $gt: '' } } });

export type People = ReturnType<typeof openPeople>;

export function openPeople({ collection, database }: Pick<Mongodb, 'collection' | 'database'>) {
  const people = collection<Person>({ name: 'person', schema });
  // The index of earlier releases removes tombstones after 100 days. After that, a deleted person counts as not known yet.
  database.retireIndex({ collection: 'persons', name: 'deletedAt_1', dropIn: '1.1' });
  return {
    ...people,

    /** The person with this e-mail address. */
    async findByEmail(email: string): Promise<Person | undefined> {
      const found = await people.model.findOne({ email } as never, { _id: 1 }).lean<{ _id: string }>();
      return found ? people.find(found._id) : undefined;
    },
  };
}
