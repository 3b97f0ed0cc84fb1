// Timers and dead letters in Redis.
//
// Problem: an expiration must be announced even if this process, the bus or Redis goes down in between. Guarantee: the
// timer is a BullMQ job, and leaves Redis only when what it calls has returned. Not promised: once. Whoever listens
// takes an announcement for a hint, and orders' sweep finds what Redis has lost with its disk.

import { setTimeout as delay } from 'node:timers/promises';
import { backoff, type DeadLetter, type DeadLetters } from '@ticketing/common/bus';
import { isOutage } from '@ticketing/common/errors';
import { failPoint } from '@ticketing/common/fail-points';
import {
  remoteParent,
  runInContext,
  SpanKind,
  traceIdOf,
  traceparentOf,
  withSpan,
  type Cause,
} from '@ticketing/common/observability';
import type { Platform, Worker } from '@ticketing/common/service';
import { Queue, Worker as BullWorker } from 'bullmq';
import type { Config } from './config.js';
import { logErrors, type Connection } from './redis.js';

export type Timer = Readonly<{ orderId: string; cause: Cause }>;

const queueName = 'expiration';
// BullMQ takes no id of digits only.
const jobIdOf = (orderId: string) => `order_${orderId}`;
// A crash leaves jobs in hand; others take them over after about this time.
const takeOverMs = 10_000;
const stopWithinMs = 5_000;
// Only an outage of the bus can make it fail, and every second counts for who waits for the seat.
const longestRetryMs = 5_000;

export function openTimers({ client, inTime }: Connection, { config, log }: Platform<Config>) {
  const settings = { connection: client, prefix: config.NAMESPACE };
  const queue = new Queue<Timer>(queueName, settings);
  logErrors(queue, log, 'timers not reachable');

  return {
    queue,

    /** Sets the timer of an order; one that runs already stays as it is. */
    async set(timer: Timer, delayMs: number): Promise<void> {
      await inTime(() =>
        queue.add('expire', timer, {
          jobId: jobIdOf(timer.orderId),
          delay: delayMs,
          attempts: Number.MAX_SAFE_INTEGER,
          backoff: { type: 'custom' },
          // The id of a kept job, done or failed, could never be added again.
          removeOnComplete: true,
          removeOnFail: true,
        }),
      );
    },

    /** The orders whose timer is set. */
    async running(): Promise<string[]> {
      const ids = await inTime(() => queue.getRanges(['delayed'], 0, -1));
      return ids.map((id) => id.slice(jobIdOf('').length));
    },

    /** Calls `use` for each timer that is due, again and again until it succeeds. */
    whenDue(use: (timer: Timer) => Promise<void>): Worker {
      // The timer goes on with the trace of what has set it.
      const once = async ({ orderId, cause }: Timer) => {
        const options = { kind: SpanKind.CONSUMER, parent: remoteParent(cause.traceparent) };
        await withSpan('timer expire', options, (span) => {
          const traceparent = traceparentOf(span);
          const fields = { job: jobIdOf(orderId), traceId: traceIdOf(traceparent) };
          return runInContext(fields, async () => {
            await use({ orderId, cause: { ...cause, traceparent } });
            failPoint('before-mark');
          });
        });
      };
      const worker = new BullWorker<Timer>(queueName, ({ data }) => once(data), {
        ...settings,
        autorun: false,
        concurrency: config.EXPIRATION_CONCURRENCY,
        // Seconds. So soon a wait on a connection that was cut is given up, while there is no timer to wait for.
        drainDelay: 2,
        lockDuration: takeOverMs,
        stalledInterval: takeOverMs,
        // By default a job that was in hand at two crashes is given up.
        maxStalledCount: Number.MAX_SAFE_INTEGER,
        settings: {
          backoffStrategy: (tries) => backoff(tries, config.RETRY_DELAY_MS, longestRetryMs),
        },
      });
      logErrors(worker, log, 'timers not reachable');
      worker.on('failed', (job, error) =>
        log[isOutage(error) ? 'debug' : 'warn'](
          {
            err: error,
            job: job?.id,
            ...(job && { traceId: traceIdOf(job.data.cause.traceparent) }),
            tries: job?.attemptsMade,
          },
          'timer will fire again',
        ),
      );
      return {
        start: () => {
          worker.run().catch((error: unknown) => log.error({ err: error, alarm: true }, 'timers stopped'));
        },
        // Without Redis the Worker would wait for ever for its jobs to end. They are taken over by others.
        stop: async () => {
          const isAway = client.status !== 'ready';
          await Promise.race([worker.close(isAway), delay(stopWithinMs, undefined, { ref: false })]);
        },
      };
    },
  };
}

/** Dead letters in the list `<NAMESPACE>:expiration:dead-letters`, oldest first. */
export function deadLettersIn({ inTime }: Connection, { config, newId }: Platform<Config>): DeadLetters {
  const key = `${config.NAMESPACE}:${queueName}:dead-letters`;
  const stored = () => inTime((redis) => redis.lrange(key, 0, -1));
  return {
    async add(letter) {
      await inTime((redis) => redis.rpush(key, JSON.stringify({ id: newId(), ...letter })));
    },
    async *list() {
      for (const line of await stored()) yield parseLetter(line);
    },
    count: () => inTime((redis) => redis.llen(key)),
    async remove(id) {
      const line = (await stored()).find((text) => parseLetter(text).id === id);
      return line !== undefined && (await inTime((redis) => redis.lrem(key, 1, line))) > 0;
    },
  };
}

function parseLetter(line: string): DeadLetter {
  const letter = JSON.parse(line) as DeadLetter;
  return { ...letter, storedAt: new Date(letter.storedAt), diedAt: new Date(letter.diedAt) };
}
