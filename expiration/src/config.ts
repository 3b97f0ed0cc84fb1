import { BaseConfig, whole } from '@ticketing/common';
import { z } from 'zod';

export const Config = BaseConfig.extend({
  REDIS_URL: z.string().regex(/^rediss?:\/\//, 'must start with redis:// or rediss://'),
  /** A request to Redis that has no answer by then has failed. */
  REDIS_TIMEOUT_MS: whole(2_000, 100),
  /** How many expirations are announced at once. */
  EXPIRATION_CONCURRENCY: whole(100, 1, 1_000),
});
export type Config = z.infer<typeof Config>;
