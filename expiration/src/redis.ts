// The service's own Redis: connected in the background and for ever, unfit as long as it could lose what it is given.

import { setTimeout as delay } from 'node:timers/promises';
import { backoff } from '@ticketing/common/bus';
import { DependencyDown } from '@ticketing/common/errors';
import type { Logger } from '@ticketing/common/observability';
import type { Platform } from '@ticketing/common/service';
import { Redis } from 'ioredis';
import type { Config } from './config.js';
import { judgeRedis } from './domain/redis-fitness.js';

// Longer than BullMQ ever waits for the next job (10 s), so that only a dead socket is that silent.
const silenceMs = 15_000;
// What Redis answers when it is full, starting, failing over or being repaired. All of it passes.
const failPoint =
  /^(OOM|LOADING|READONLY|BUSY|MISCONF|MASTERDOWN|CLUSTERDOWN|NOREPLICAS|TRYAGAIN|NOAUTH|WRONGPASS)\b/;

/** @throws DependencyDown when Redis does not answer in time, or answers that it cannot at the moment */
type Ask = <T>(work: (redis: Redis) => Promise<T>) => Promise<T>;

/** Opens the connection at once; it connects in the background and for ever. */
export function openRedis({ config, log }: Platform<Config>) {
  // Commands wait for the connection as long as BullMQ's Worker needs it; `inTime` is what keeps others from waiting.
  const client = new Redis(config.REDIS_URL, {
    maxRetriesPerRequest: null,
    connectTimeout: config.REDIS_TIMEOUT_MS,
    socketTimeout: silenceMs,
    retryStrategy: (tries) => backoff(tries, 100, 2_000),
  });
  logErrors(client, log, 'redis not reachable');

  const inTime: Ask = async (work) => {
    if (client.status !== 'ready') throw new DependencyDown('redis');
    const timer = new AbortController();
    const late = delay(config.REDIS_TIMEOUT_MS, undefined, { signal: timer.signal }).then(() => {
      throw new DependencyDown('redis');
    });
    try {
      return await Promise.race([work(client), late]);
    } catch (error) {
      if (error instanceof Error && failPoint.test(error.message))
        throw new DependencyDown('redis', { cause: error });
      throw error;
    } finally {
      late.catch(() => undefined);
      timer.abort();
    }
  };

  return { client, inTime, problem: fitness(inTime, log), close: async () => client.disconnect() };
}

export type Connection = ReturnType<typeof openRedis>;

function fitness(inTime: Ask, log: Logger) {
  let logged = '';
  return async (): Promise<string | undefined> => {
    try {
      const { problem, unknown } = judgeRedis(await inTime((redis) => redis.info()));
      const finding = problem ?? unknown.join(', ');
      if (finding !== logged && problem) log.error({ problem, alarm: true }, 'redis is unfit');
      else if (finding !== logged && finding) log.warn({ unknown }, 'redis does not tell whether it is set');
      logged = finding;
      return problem;
    } catch (error) {
      log.debug({ err: error }, 'redis does not answer');
      return 'disconnected';
    }
  };
}

/** A connection without a listener for its errors would end the process. */
export function logErrors(
  source: { on(event: 'error', listener: (error: Error) => void): unknown },
  log: Logger,
  message: string,
): void {
  source.on('error', (error) => log.warn({ err: error }, message));
}
