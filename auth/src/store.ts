import { openDocuments, type Database } from '@ticketing/common/documents';
import { Refusal } from '@ticketing/common/errors';
import type { Platform } from '@ticketing/common/service';
import { Schema } from 'mongoose';
import type { Config } from './config.js';
import { tellUser, type Account, type User } from './domain/user.js';

const userSchema = new Schema({
  email: String,
  passwordHash: String,
  status: String,
  sessions: [Object],
  ended: [Object],
});
// One account for each address. Deleted ones have none.
userSchema.index(
  { email: 1 },
  { name: 'one-account', unique: true, partialFilterExpression: { email: { $gt: '' } } },
);

export function openUsers(database: Database, { relay, now, metrics }: Platform<Config>) {
  const toEvent = (user: User) => tellUser(user, now());
  const users = openDocuments<User>({
    name: 'user',
    database,
    schema: userSchema,
    relay,
    now,
    metrics,
    toEvent,
  });
  // It lets only one be without an address.
  database.retireIndex('users', 'email_1');

  return {
    ...users,

    async findByEmail(email: string): Promise<Account | undefined> {
      const found = await users.model.findOne({ email } as never, { _id: 1 }).lean<{ _id: string }>();
      const user = found ? await users.find(found._id) : undefined;
      return user?.status === 'deleted' ? undefined : user;
    },

    /** @throws Refusal not-signed-in when it is gone, though its session has not been heard of as ended here */
    async getAccount(id: string): Promise<Account> {
      const user = await users.find(id);
      if (!user || user.status === 'deleted') throw new Refusal('not-signed-in');
      return user;
    },
  };
}
