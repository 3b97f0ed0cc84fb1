// One try of a message, and the decision that follows an error: park it, or move it to the dead letters.

import { InvalidInput, isOutage, NotFound } from '../errors.js';
import type { Logger } from '../observability/logger.js';
import type { Metrics } from '../observability/metrics.js';
import { oncePerSecond } from '../observability/once-per-second.js';
import type { Job } from '../service/jobs.js';
import { backoff } from './backoff.js';
import type { BusMessage } from './bus.js';
import type { DeadLetters } from './dead-letters.js';
import type { ParkedMessage, ParkedMessages } from './parked-messages.js';
import { unknownMessage, type MessageInfo } from './parse-message.js';

export type SettleParts = Readonly<{
  handle: (body: string, about: MessageInfo) => Promise<void>;
  deadLetters: DeadLetters;
  parkedMessages: ParkedMessages;
  log: Logger;
  report: ReturnType<typeof failureReports>;
  metrics: Metrics;
  now: () => Date;
  limits: ConsumerLimits;
}>;

type ConsumerLimits = Readonly<{
  RETRY_DELAY_MS: number;
  RETRY_DELAY_MAX_MS: number;
  MAX_TRIES: number;
  NOT_FOUND_RETRY_SECONDS: number;
}>;

type Tried = Pick<ParkedMessage, 'body' | 'tries' | 'storedAt' | 'ageMs'>;

const claimedAtOnce = 100;
// After a burst, parked messages leave time to the fresh ones.
const maxClaimedPerRun = 1_000;

/**
 * Handles the message once. If that fails, stores it for a later try or as a dead letter.
 * @throws when a dependency is down, also while it stores the message
 */
export async function settle(parts: SettleParts, message: BusMessage, about: MessageInfo): Promise<void> {
  const { body, storedAt } = message;
  // A failed message is parked at once. The broker delivers again only what was handed back, or what a process left when it
  // ended: neither is a failed try.
  const tries = 1;
  const tried = { body, tries, storedAt, ageMs: 0 };
  const error = await failureOf(parts, tried, about);
  if (!error) return;
  // Messages that are stored at the same time share a database command. So the next one need not wait for this one.
  message.handlerEnded();
  const delayMs = retryDelay(error, tried, parts.limits);
  if (delayMs !== undefined) {
    const { type } = about;
    const waitsFor = error instanceof NotFound ? (error.id ?? '') : undefined;
    const isParked = await parts.parkedMessages.add({ body, type, tries, storedAt, delayMs, waitsFor });
    if (isParked) return logRetry(parts, about, error, tries, delayMs);
  }
  await moveToDeadLetters(parts, tried, about, error);
}

/** The job that tries parked messages again when they are due. */
export function retryParked(parts: SettleParts): Job['run'] {
  return async ({ signal }) => {
    for (let count = 0; count < maxClaimedPerRun && !signal.aborted; count += claimedAtOnce) {
      const claimed = await parts.parkedMessages.claim(claimedAtOnce);
      const settled = await Promise.allSettled(claimed.map((message) => settleParked(parts, message)));
      // After an outage the claims end by themselves.
      for (const result of settled) if (result.status === 'rejected') throw result.reason;
      if (claimed.length < claimedAtOnce) return;
    }
  };
}

async function settleParked(parts: SettleParts, parked: ParkedMessage): Promise<void> {
  const { parkedMessages, limits } = parts;
  const about = unknownMessage();
  const tried = { ...parked, tries: parked.tries + 1 };
  const error = await failureOf(parts, tried, about);
  const delayMs = error && retryDelay(error, tried, limits);
  if (error && delayMs !== undefined) {
    await parkedMessages.postpone(tried, delayMs);
    return logRetry(parts, about, error, tried.tries, delayMs);
  }
  if (error) await moveToDeadLetters(parts, tried, about, error);
  await parkedMessages.remove(parked.id);
}

/** @throws when a dependency is down */
async function failureOf(
  { handle }: SettleParts,
  { body }: Tried,
  about: MessageInfo,
): Promise<Error | undefined> {
  try {
    await handle(body, about);
    return undefined;
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    if (isOutage(error)) throw error;
    return error;
  }
}

/** Milliseconds until the next try; undefined when the message is a dead letter. */
function retryDelay(error: Error, { tries, ageMs }: Tried, limits: ConsumerLimits): number | undefined {
  if (error instanceof InvalidInput) return undefined;
  const delayMs = backoff(tries, limits.RETRY_DELAY_MS, limits.RETRY_DELAY_MAX_MS);
  if (!(error instanceof NotFound)) return tries < limits.MAX_TRIES ? delayMs : undefined;
  const leftMs = limits.NOT_FOUND_RETRY_SECONDS * 1_000 - ageMs;
  return leftMs > 0 ? Math.min(delayMs, leftMs) : undefined;
}

function logRetry(
  { metrics, log, report }: SettleParts,
  { type, fields }: MessageInfo,
  error: Error,
  tries: number,
  delayMs: number,
): void {
  metrics.messages.inc({ type, outcome: 'retry' });
  const line = { ...fields, err: error, type, tries, delayMs };
  if (tries === 1) report.parked(keyOf(line), line);
  else log.debug(line, 'message parked: it will be tried again');
}

type FailureLine = Readonly<{ err: Error; type: string; tries: number }>;

const keyOf = ({ err, type }: FailureLine) => `${type} ${err.name}`;

/** The log lines about failed messages: at most one a second for each type and error; `messages` is their number. */
export function failureReports(log: Logger) {
  return {
    parked: oncePerSecond<FailureLine>((line, messages) =>
      log.warn({ ...line, messages }, 'message parked: it will be tried again'),
    ),
    dead: oncePerSecond<FailureLine>((line, messages) =>
      log.error({ ...line, messages, alarm: true }, 'message moved to the dead letters'),
    ),
  };
}

async function moveToDeadLetters(
  { deadLetters, metrics, report, now }: SettleParts,
  { body, tries, storedAt }: Tried,
  { type, fields }: MessageInfo,
  error: Error,
): Promise<void> {
  await deadLetters.add({
    body,
    type,
    error: error.stack ?? error.message,
    tries,
    storedAt,
    diedAt: now(),
  });
  metrics.messages.inc({ type, outcome: 'dead-letter' });
  const line = { ...fields, err: error, type, tries };
  report.dead(keyOf(line), line);
}
