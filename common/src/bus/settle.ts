// One try of a message, and the decision that follows an error: park it, or move it to the dead letters.

import { InvalidInput, isOutage, NotFound } from '../errors.js';
import type { Logger } from '../observability/logger.js';
import type { Metrics } from '../observability/metrics.js';
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

/**
 * Handles the message once. If that fails, stores it for a later try or as a dead letter.
 * @throws when a dependency is down, also while it stores the message
 */
export async function settle(parts: SettleParts, message: BusMessage, about: MessageInfo): Promise<void> {
  const { body, tries, storedAt } = message;
  const tried = { body, tries, storedAt, ageMs: 0 };
  const error = await failureOf(parts, tried, about);
  if (!error) return;
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
    while (!signal.aborted) {
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
  { metrics, log }: SettleParts,
  { type, fields }: MessageInfo,
  error: Error,
  tries: number,
  delayMs: number,
): void {
  metrics.messages.inc({ type, outcome: 'retry' });
  log[tries === 1 ? 'warn' : 'debug'](
    { ...fields, err: error, type, tries, delayMs },
    'message parked: it will be tried again',
  );
}

async function moveToDeadLetters(
  { deadLetters, metrics, log, now }: SettleParts,
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
  log.error({ ...fields, err: error, type, tries, alarm: true }, 'message moved to the dead letters');
}
