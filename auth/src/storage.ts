import { openDocuments, type Database, type Platform } from '@ticketing/common';
import { Schema } from 'mongoose';
import type { Config } from './config.js';
import type { User } from './domain/user.js';

const userSchema = new Schema({ email: String, passwordHash: String });
// One account for each address.
userSchema.index({ email: 1 }, { unique: true });

export function openUsers(database: Database, { relay, now, metrics }: Platform<Config>) {
  const users = openDocuments<User>({ name: 'user', database, schema: userSchema, relay, now, metrics });

  return {
    ...users,

    async findByEmail(email: string): Promise<User | undefined> {
      const found = await users.model.findOne({ email } as never, { _id: 1 }).lean<{ _id: string }>();
      return found ? users.find(found._id) : undefined;
    },
  };
}
