import type { Platform } from '@ticketing/common/service';
import type { Config } from './config.js';
import { openRedis } from './redis.js';
import { deadLettersIn, openTimers } from './store.js';

export type ExpirationContext = ReturnType<typeof openContext>;

export function openContext(platform: Platform<Config>) {
  const { config, now, bus, metrics } = platform;
  const redis = openRedis(platform);

  return {
    config,
    now,
    bus,
    metrics,
    redis,
    timers: openTimers(redis, platform),
    // The job in Redis is the outbox.
    outboxes: [],
    deadLetters: deadLettersIn(redis, platform),
    ready: { redis: redis.problem },
    close: redis.close,
  };
}
