import { BaseConfig, constant, integer } from '@ticketing/common/service';
import { z } from 'zod';
import { redisUrl } from './domain/redis-address.js';

export const Config = BaseConfig.extend({
  /** `redis+sentinel://user:password@a:26379,b:26379/mymaster` names the servers of Redis Sentinel. */
  REDIS_URL: z
    .string()
    .regex(redisUrl, 'must start with redis:// or rediss://, or be redis+sentinel://hosts/master'),
  /** Time after which a command to Redis has failed. */
  REDIS_TIMEOUT_MS: constant(integer(2_000, 100)),
  /** Timers that fire at the same time. */
  EXPIRATION_CONCURRENCY: constant(integer(100, 1, 1_000)),
});
export type Config = z.infer<typeof Config>;
