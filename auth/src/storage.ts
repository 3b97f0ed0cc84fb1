import { createHash } from 'node:crypto';
import { openDocuments, type Database, type Platform } from '@ticketing/common';
import { Schema } from 'mongoose';
import type { Config } from './config.js';
import type { Tries } from './domain/sign-in-limit.js';
import type { User } from './domain/user.js';

const userSchema = new Schema({ email: String, passwordHash: String });
// One account for each address.
userSchema.index({ email: 1 }, { unique: true });

export function openUsers(database: Database, { relay, now }: Platform<Config>) {
  const users = openDocuments<User>({ name: 'user', database, schema: userSchema, relay, now });

  return {
    ...users,

    async findByEmail(email: string): Promise<User | undefined> {
      const found = await users.model.findOne({ email } as never, { _id: 1 }).lean<{ _id: string }>();
      return found ? users.find(found._id) : undefined;
    },
  };
}

const triesSchema = new Schema({ _id: String, count: Number, windowEnds: Date }, { versionKey: false });
// MongoDB clears up once a minute. That is for tidiness only: every read looks at `windowEnds` itself.
triesSchema.index({ windowEnds: 1 }, { expireAfterSeconds: 0 });

export type SignInTries = ReturnType<typeof openSignInTries>;

/** Counts sign-ins by a key that tells nothing about whose they are. */
export function openSignInTries(database: Database, { config, now }: Platform<Config>) {
  type Stored = Tries & { _id: string };
  const model = database.connection.model<Stored>('sign-in-tries', triesSchema, 'signInTries');
  const idOf = (key: string) => createHash('sha256').update(key).digest('base64url');

  async function count(key: string): Promise<Stored | null> {
    const at = now();
    const next = new Date(at.getTime() + config.SIGNIN_WINDOW_SECONDS * 1_000);
    const running = { $gt: ['$windowEnds', at] };
    return model.collection.findOneAndUpdate(
      { _id: idOf(key) } as never,
      [
        {
          $set: {
            count: { $cond: [running, { $add: ['$count', 1] }, 1] },
            windowEnds: { $cond: [running, '$windowEnds', next] },
          },
        },
      ],
      { upsert: true, returnDocument: 'after' },
    ) as Promise<Stored | null>;
  }

  return {
    model,

    /** Counts one more, in one step, and begins a new window when the last one is over. */
    async add(key: string): Promise<Tries> {
      for (;;) {
        const tries = await count(key).catch((error: { code?: unknown }) => {
          // Two at once made the first document of this key: the second now finds it.
          if (error.code === 11_000) return null;
          throw error;
        });
        if (tries) return tries;
      }
    },

    /** Takes back one that was counted in this window. */
    async giveBack(key: string, { windowEnds }: Tries): Promise<void> {
      await model.updateOne({ _id: idOf(key), windowEnds }, { $inc: { count: -1 } });
    },

    async forget(key: string): Promise<void> {
      await model.deleteOne({ _id: idOf(key) });
    },
  };
}
