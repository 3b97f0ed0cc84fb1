// The collection of people: copies of profiles, and their preferences.

import type { Mongodb } from '@ticketing/common/service';
import { Schema } from 'mongoose';
import type { Person } from './domain/person.js';

const schema = new Schema({
  ...{ email: String, emailVerified: Boolean, name: String, locale: String, timeZone: String },
  ...{ unwanted: [String], deletedAt: Date },
});
schema.index({ email: 1 }, { partialFilterExpression: { email: { $gt: '' } } });
// Longer than the bus and the dead letters together keep an event of the user (7 and 90 days).
schema.index({ deletedAt: 1 }, { expireAfterSeconds: 100 * 24 * 3_600 });

export type People = ReturnType<typeof openPeople>;

export function openPeople({ collection }: Pick<Mongodb, 'collection'>) {
  const people = collection<Person>({ name: 'person', schema });
  return {
    ...people,

    /** The person with this e-mail address. */
    async findByEmail(email: string): Promise<Person | undefined> {
      const found = await people.model.findOne({ email } as never, { _id: 1 }).lean<{ _id: string }>();
      return found ? people.find(found._id) : undefined;
    },
  };
}
