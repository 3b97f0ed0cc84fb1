// The collection of users, its queries, and what use cases may use.

import { refuse, type Decision } from '@ticketing/common/decision';
import { isDuplicateKey } from '@ticketing/common/documents';
import { Refusal } from '@ticketing/common/errors';
import { sessionKeys } from '@ticketing/common/http';
import type { Cause } from '@ticketing/common/observability';
import type { Base, Mongodb } from '@ticketing/common/service';
import { Schema, trusted } from 'mongoose';
import { createConcurrencyLimit } from './concurrency-limit.js';
import type { Config } from './config.js';
import { untilNextStep } from './constant-time-response.js';
import type { PaidOrder } from './domain/paid-order.js';
import { userEvents, type Account, type User } from './domain/account.js';
import { openAccountLinks } from './account-links.js';
import { openMailLimits } from './mail-limits.js';
import { roleChange } from './domain/role.js';
import { openPasswords } from './passwords.js';
import { openSignInLimits } from './sign-in-limits.js';

export type AuthContext = ReturnType<typeof openContext>;

export function openContext(platform: Base<Config> & Mongodb) {
  const { bus, config, log, now, newId, database, revokedSessions } = platform;
  const hashing = createConcurrencyLimit({
    concurrency: config.HASHING_CONCURRENCY,
    queue: config.HASHING_QUEUE,
    perAccount: config.HASHING_PER_ACCOUNT,
    patienceMs: config.REQUEST_TIMEOUT_MS,
  });
  const users = openUsers(platform);
  const signInLimits = openSignInLimits(database, platform);

  return {
    ...{ bus, config, log, now, newId, revokedSessions },
    users,
    links: openAccountLinks(users, config),
    paidOrders: openPaidOrders(platform),
    sessionLimits: { open: config.SESSIONS_PER_USER, ended: config.ENDED_SESSIONS_PER_USER },
    signInLimits,
    mailLimits: openMailLimits(database, platform, signInLimits.knownNetworks),
    hashing,
    passwords: openPasswords(hashing),
    untilNextStep,
    keys: sessionKeys(config),
  };
}

const userSchema = new Schema({
  email: String,
  emailVerified: Boolean,
  passwordHash: String,
  status: String,
  role: String,
  sessions: [Object],
  ended: [Object],
  profile: Object,
  links: [Object],
  passwordChange: Object,
  newNetwork: Object,
  eraseAt: Date,
});
// One account per address. Deleted accounts have no address.
userSchema.index(
  { email: 1 },
  { name: 'one-account', unique: true, partialFilterExpression: { email: { $gt: '' } } },
);

// Finds deleted accounts whose events are still on the bus.
userSchema.index({ eraseAt: 1 }, { sparse: true });

function openUsers({ collection, database, now }: Base<Config> & Mongodb) {
  const users = collection<User>({
    name: 'user',
    schema: userSchema,
    toEvent: (user) => userEvents(user, now()),
    detail: roleChange,
  });
  async function findByEmail(email: string): Promise<Account | undefined> {
    const found = await users.model.findOne({ email } as never, { _id: 1 }).lean<{ _id: string }>();
    const user = found ? await users.find(found._id) : undefined;
    return user?.status === 'deleted' ? undefined : user;
  }
  /** Changes a user by a decision that deletes nobody. */
  async function changeAccount<C extends string>(
    id: string,
    decide: (user: User) => Decision<Account, C>,
    cause: Cause,
  ): Promise<Decision<Account, C>> {
    return (await users.change(id, decide, cause)) as Decision<Account, C>;
  }
  // The index of an older release allows only one user without an address.
  database.retireIndex({ collection: 'users', name: 'email_1', dropIn: '1.0' });

  return {
    ...users,

    ...{ findByEmail, changeAccount },

    /** Changes the address. The unique index refuses a taken one, also if two accounts change to it at once. */
    async changeAddress<C extends string>(
      ...change: Parameters<typeof changeAccount<C>>
    ): Promise<Decision<Account, C | 'email-in-use'>> {
      try {
        return await changeAccount(...change);
      } catch (error) {
        if (isDuplicateKey(error)) return refuse('email-in-use');
        throw error;
      }
    },

    /** The user with this e-mail address or id. */
    findByEmailOrId: (text: string): Promise<User | undefined> =>
      text.includes('@') ? findByEmail(text.trim().toLowerCase()) : users.find(text),

    /** The ids of deleted accounts whose events can be removed from the bus: none of them waits in the outbox. */
    async findErasable(now: Date, limit: number): Promise<string[]> {
      const filter = { eraseAt: trusted({ $lte: now }), outbox: trusted({ $size: 0 }) };
      const found = users.model.find(filter as never, { _id: 1 }).limit(limit);
      return (await found.lean<{ _id: string }[]>()).map(({ _id }) => _id);
    },

    /** @throws Refusal not-signed-in if the account is deleted and its session has not been revoked here yet */
    async getAccount(id: string): Promise<Account> {
      const user = await users.find(id);
      if (!user || user.status === 'deleted') throw new Refusal('not-signed-in');
      return user;
    },
  };
}

// Longer than any event of an order is on its way.
const endedKeptSeconds = 8 * 24 * 3_600;

const paidOrderSchema = new Schema({ userId: String, endedAt: Date });
paidOrderSchema.index({ userId: 1, endedAt: 1 });
paidOrderSchema.index({ endedAt: 1 }, { expireAfterSeconds: endedKeptSeconds });

function openPaidOrders({ collection }: Mongodb) {
  const orders = collection<PaidOrder>({ name: 'paidOrder', schema: paidOrderSchema });

  return {
    ...orders,

    /** The ids of a user's orders that are paid and were neither refunded nor cancelled since, newest first. */
    async findIdsOf(userId: string): Promise<string[]> {
      const found = orders.model.find({ userId, endedAt: null } as never, { _id: 1 }).sort({ _id: -1 });
      return (await found.lean<{ _id: string }[]>()).map(({ _id }) => _id);
    },
  };
}
