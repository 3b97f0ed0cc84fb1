// Timers and dead letters in Redis.
//
// Problem: a timer must fire even if this process, the bus or Redis goes down in between. Guarantee: a timer is a BullMQ
// job that leaves Redis only after its handler has returned. Not promised: firing once. Orders treat the event as a hint,
// and their sweep expires orders whose timers Redis lost with its disk.

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
import type { Base, Worker } from '@ticketing/common/service';
import { DelayedError, Queue, Worker as BullWorker, type Job } from 'bullmq';
import type { Config } from './config.js';
import { earlyByMs } from './domain/timer.js';
import { parkedMessagesIn } from './parked-messages.js';
import { logErrors, openRedis, type Connection } from './redis.js';

export type ExpirationContext = ReturnType<typeof openContext>;

/** The store of this service. It needs no outbox: a timer's job stays in Redis until its event is published. */
export function redis(base: Base<Config>) {
  const connection = openRedis(base);
  return {
    redis: connection,
    deadLetters: deadLettersIn(connection, base),
    parkedMessages: parkedMessagesIn(connection, base),
    outboxes: [],
    time: () => connection.inTime(async (redis) => timeOf(await redis.time())),
    ready: { redis: connection.problem },
    close: connection.close,
  };
}

export function openContext(platform: Base<Config> & ReturnType<typeof redis>) {
  const { config, now, bus, metrics } = platform;
  return {
    config,
    now,
    bus,
    metrics,
    redis: platform.redis,
    timers: openTimers(platform.redis, platform),
  };
}

const timeOf = ([seconds = 0, microseconds = 0]: readonly (number | string)[]) =>
  new Date(Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000));

export type Timer = Readonly<{ orderId: string; cause: Cause }>;

const queueName = 'expiration';
// BullMQ refuses ids of digits only.
const jobIdOf = (orderId: string) => `order_${orderId}`;
// After a crash, other processes take over the jobs in flight in about this time.
const takeOverMs = 10_000;
const stopWithinMs = 5_000;
// Only an outage of the bus makes a timer fail, and buyers wait for the ticket, so the delay stays short.
const longestRetryMs = 5_000;

export function openTimers({ client, inTime }: Connection, base: Base<Config>) {
  const settings = { connection: client, prefix: base.config.NAMESPACE };
  const queue = new Queue<Timer>(queueName, settings);
  logErrors(queue, base.log, 'timers not reachable');

  return {
    queue,

    /** Sets the timer of an order. A timer that is already set stays as it is. */
    async set(timer: Timer, delayMs: number): Promise<void> {
      await inTime(() =>
        queue.add('expire', timer, {
          jobId: jobIdOf(timer.orderId),
          // BullMQ would take the machine's clock.
          timestamp: base.now().getTime(),
          delay: delayMs,
          attempts: Number.MAX_SAFE_INTEGER,
          backoff: { type: 'custom' },
          // BullMQ would keep the stack of every failed try: an outage of the bus would fill Redis.
          stackTraceLimit: 1,
          // BullMQ silently ignores a new job with the id of a finished one that it keeps.
          removeOnComplete: true,
          removeOnFail: true,
        }),
      );
    },

    /** The ids of orders whose timer is set. */
    async running(): Promise<string[]> {
      const ids = await inTime(() => queue.getRanges(['delayed'], 0, -1));
      return ids.map((id) => id.slice(jobIdOf('').length));
    },

    /** Calls `use` for each due timer, and again until it succeeds. */
    whenDue: (use: (timer: Timer) => Promise<void>): Worker => timerWorker(client, base, use),
  };
}

function timerWorker(
  client: Connection['client'],
  { config, log, now }: Base<Config>,
  use: (timer: Timer) => Promise<void>,
): Worker {
  const take = async (job: Job<Timer>, token?: string) => {
    await delayIfEarly(job, token, now());
    await fire(job.data, use);
  };
  const worker = new BullWorker<Timer>(queueName, take, {
    connection: client,
    prefix: config.NAMESPACE,
    autorun: false,
    concurrency: config.EXPIRATION_CONCURRENCY,
    // In seconds: how soon an idle worker notices that its connection was cut.
    drainDelay: 2,
    lockDuration: takeOverMs,
    stalledInterval: takeOverMs,
    // By default BullMQ gives up a job that was in flight during two crashes.
    maxStalledCount: Number.MAX_SAFE_INTEGER,
    settings: {
      backoffStrategy: (tries) => backoff(tries, config.RETRY_DELAY_MS, longestRetryMs),
    },
  });
  logErrors(worker, log, 'timers not reachable');
  worker.on('failed', (job, error) => {
    const traceId = job && { traceId: traceIdOf(job.data.cause.traceparent) };
    const fields = { err: error, job: job?.id, ...traceId, tries: job?.attemptsMade };
    log[isOutage(error) ? 'debug' : 'warn'](fields, 'timer failed, it will fire again');
  });
  return {
    start: () => {
      worker.run().catch((error: unknown) => log.error({ err: error, alarm: true }, 'timers stopped'));
    },
    // Without Redis the worker would wait for its jobs for ever; other processes take them over.
    stop: async () => {
      const isDown = client.status !== 'ready';
      await Promise.race([worker.close(isDown), delay(stopWithinMs, undefined, { ref: false })]);
    },
  };
}

// A worker takes what is due by its machine's clock. If that is ahead, the timer waits for the rest of its time, by the same
// clock. The worker's `failed` is not emitted for it.
async function delayIfEarly(job: Job<Timer>, token: string | undefined, now: Date): Promise<void> {
  const earlyMs = earlyByMs(job.timestamp + (job.opts.delay ?? 0), now);
  if (earlyMs === 0) return;
  await job.moveToDelayed(Date.now() + earlyMs, token);
  throw new DelayedError();
}

/** Calls `use` within the trace of the request that set the timer. */
async function fire({ orderId, cause }: Timer, use: (timer: Timer) => Promise<void>): Promise<void> {
  const options = { kind: SpanKind.CONSUMER, parent: remoteParent(cause.traceparent) };
  await withSpan('timer expire', options, (span) => {
    const traceparent = traceparentOf(span);
    const fields = { job: jobIdOf(orderId), traceId: traceIdOf(traceparent) };
    return runInContext(fields, async () => {
      await use({ orderId, cause: { ...cause, traceparent } });
      failPoint('before-mark');
    });
  });
}

// Dead letters must not fill Redis, which would stop all timers. A lost one matters little: orders sweeps overdue orders.
export const maxLetters = 10_000;

/** The newest dead letters, in the list `<NAMESPACE>:expiration:dead-letters`, oldest first. */
export function deadLettersIn({ inTime }: Connection, { config, newId }: Base<Config>): DeadLetters {
  const key = `${config.NAMESPACE}:${queueName}:dead-letters`;
  const stored = () => inTime((redis) => redis.lrange(key, 0, -1));
  return {
    async add(letter) {
      await inTime((redis) => redis.ltrim(key, 1 - maxLetters, -1));
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
