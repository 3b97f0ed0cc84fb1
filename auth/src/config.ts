import { availableParallelism } from 'node:os';
import { BaseConfig, constant, DatabaseConfig, integer, privateKey, secret } from '@ticketing/common/service';
import { z } from 'zod';

export const Config = BaseConfig.extend(DatabaseConfig.shape).extend({
  /** Signs sessions (ES256); its public key is one of JWT_PUBLIC_KEYS. */
  JWT_PRIVATE_KEY: privateKey.optional(),
  /** Signs the links in mails about an account; notifications has the same key. */
  ACCOUNT_LINK_KEY: secret,
  /** May only accounts with a verified e-mail address sign in? */
  REQUIRE_VERIFIED_EMAIL: z.stringbool().default(false),
  /** Passwords hashed at once. Each takes a core and 19 MiB. */
  HASHING_CONCURRENCY: constant(integer(Math.max(1, availableParallelism()), 1, 1_000)),
  /** Sign-ins that may wait to be hashed, and sign-ups. Beyond that, the network with most of them gets 503. */
  HASHING_QUEUE: constant(integer(200, 0, 10_000)),
  /** Requests of an account whose passwords are hashed or wait for it. Further ones get 503. */
  HASHING_PER_ACCOUNT: constant(integer(10, 1, 10_000)),
  /** Failed sign-ins of an account in a day, and failed accounts of an address in 15 minutes, before attempts must wait. */
  SIGNIN_FAILURES_PER_ACCOUNT: constant(integer(10, 1, 1_000_000)),
  SIGNIN_FAILURES_PER_ADDRESS: constant(integer(100, 1, 1_000_000)),
  /** Open sessions of an account, and sessions that ended in the 12 hours before a sign-in. */
  SESSIONS_PER_USER: constant(integer(50, 1, 1_000)),
  ENDED_SESSIONS_PER_USER: constant(integer(1_000, 1, 4_000)),
});
export type Config = z.infer<typeof Config>;
