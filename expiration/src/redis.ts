// The service's Redis. It connects in the background and reconnects for ever. It is not ready while it may lose timers.

import { backoff } from '@ticketing/common/bus';
import { DependencyDown } from '@ticketing/common/errors';
import type { Logger } from '@ticketing/common/observability';
import type { Base } from '@ticketing/common/service';
import { Redis } from 'ioredis';
import type { Config } from './config.js';
import { sentinelsIn } from './domain/redis-address.js';
import { judgeRedis } from './domain/redis-fitness.js';

// Longer than the 10 s that BullMQ waits for a job, so that only a dead socket stays silent for so long.
const silenceMs = 15_000;
// Redis is full, starting, failing over or under maintenance, or refuses the user. Retrying helps once that is over.
const temporaryError =
  /^(OOM|LOADING|READONLY|BUSY|MISCONF|MASTERDOWN|CLUSTERDOWN|NOREPLICAS|TRYAGAIN|NOAUTH|WRONGPASS|NOPERM)\b/;

/** @throws DependencyDown if Redis does not answer in time or cannot serve at the moment */
type Ask = <T>(work: (redis: Redis) => Promise<T>) => Promise<T>;

/** Opens the connection at once; it connects in the background. */
export function openRedis({ config, log }: Base<Config>) {
  // BullMQ's worker needs commands that wait for the connection; `inTime` limits the wait of all other commands.
  const retryStrategy = (tries: number) => backoff(tries, 100, 2_000);
  const options = {
    maxRetriesPerRequest: null,
    connectTimeout: config.REDIS_TIMEOUT_MS,
    socketTimeout: silenceMs,
    retryStrategy,
    // A server that has become a replica keeps our connection. The address leads to the new master.
    reconnectOnError: ({ message }: Error) => message.startsWith('READONLY'),
  };
  const sentinels = sentinelsIn(config.REDIS_URL);
  const client = sentinels
    ? new Redis({ ...options, ...sentinels, sentinelRetryStrategy: retryStrategy })
    : new Redis(config.REDIS_URL, options);
  logErrors(client, log, 'redis not reachable');

  const inTime: Ask = async (work) => {
    if (client.status !== 'ready') throw new DependencyDown('redis');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new DependencyDown('redis')), config.REDIS_TIMEOUT_MS);
    });
    try {
      return await Promise.race([work(client), late]);
    } catch (error) {
      if (error instanceof Error && temporaryError.test(error.message))
        throw new DependencyDown('redis', { cause: error });
      throw error;
    } finally {
      clearTimeout(timer);
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
      else if (finding !== logged && finding) log.warn({ unknown }, 'redis does not report this setting');
      logged = finding;
      return problem;
    } catch (error) {
      log.debug({ err: error }, 'redis does not answer');
      return 'disconnected';
    }
  };
}

const refused = 'Redis refuses the user or the password in REDIS_URL';
const isRefusal = ({ message }: Error) => /^(WRONGPASS|NOAUTH|NOPERM)\b/.test(message);

/** Logs the errors of a connection. Without a listener, an error would end the process. */
export function logErrors(
  source: { on(event: 'error', listener: (error: Error) => void): unknown },
  log: Logger,
  message: string,
): void {
  source.on('error', (error) => log.warn({ err: error }, isRefusal(error) ? refused : message));
}
