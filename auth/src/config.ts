import { availableParallelism } from 'node:os';
import { BaseConfig, DatabaseConfig, integer } from '@ticketing/common/service';
import type { z } from 'zod';

export const Config = BaseConfig.extend(DatabaseConfig.shape).extend({
  /** Passwords hashed at once; each takes a core and 19 MiB. */
  HASHING_CONCURRENCY: integer(Math.max(1, availableParallelism()), 1, 1_000),
  /** How many more may wait for their turn; who comes then is told to try again. */
  HASHING_QUEUE: integer(50, 0, 10_000),
  /** Failed sign-ins of an account in a day, and accounts that failed at an address in 15 minutes, before they have to wait. */
  SIGNIN_FAILURES_PER_ACCOUNT: integer(10, 1, 1_000_000),
  SIGNIN_FAILURES_PER_ADDRESS: integer(100, 1, 1_000_000),
  /** Sessions of an account that may be open at once, and that may have been ended in the 12 hours before a sign-in. */
  SESSIONS_PER_USER: integer(50, 1, 1_000),
  ENDED_SESSIONS_PER_USER: integer(1_000, 1, 4_000),
});
export type Config = z.infer<typeof Config>;
