import { BaseConfig, constant, integer } from '@ticketing/common/service';
import { z } from 'zod';

export const Config = BaseConfig.extend({
  REDIS_URL: z.string().regex(/^rediss?:\/\//, 'must start with redis:// or rediss://'),
  /** Time after which a command to Redis has failed. */
  REDIS_TIMEOUT_MS: constant(integer(2_000, 100)),
  /** Timers that fire at the same time. */
  EXPIRATION_CONCURRENCY: constant(integer(100, 1, 1_000)),
});
export type Config = z.infer<typeof Config>;
