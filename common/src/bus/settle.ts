// One try of a message, and the decision that follows an error: retry or dead letter.

import { InvalidInput, isOutage, NotFound } from '../errors.js';
import type { Logger } from '../observability/logger.js';
import type { Metrics } from '../observability/metrics.js';
import { backoff } from './backoff.js';
import type { BusMessage } from './bus.js';
import type { DeadLetters } from './dead-letters.js';
import type { MessageInfo } from './parse-message.js';

export type SettleParts = Readonly<{
  handle: (body: string, about: MessageInfo) => Promise<void>;
  deadLetters: DeadLetters;
  log: Logger;
  metrics: Metrics;
  limits: ConsumerLimits;
}>;

type ConsumerLimits = Readonly<{
  RETRY_DELAY_MS: number;
  RETRY_DELAY_MAX_MS: number;
  MAX_TRIES: number;
  NOT_FOUND_RETRY_SECONDS: number;
}>;

/**
 * Handles the message once. Returns `ack`, or the delay before the next try in milliseconds.
 * @throws when a dependency is down, also while it stores a dead letter
 */
export async function settle(
  parts: SettleParts,
  message: BusMessage,
  about: MessageInfo,
): Promise<'ack' | number> {
  const { handle, log, metrics, limits } = parts;
  const { tries } = message;
  try {
    await handle(message.body, about);
    return 'ack';
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    if (isOutage(error)) throw error;
    const delayMs = retryDelay(error, message, limits);
    if (delayMs === undefined) {
      await moveToDeadLetters(parts, message, about, error);
      return 'ack';
    }
    const { type, fields } = about;
    metrics.messages.inc({ type, outcome: 'retry' });
    log.warn({ ...fields, err: error, type, tries, delayMs }, 'message will be tried again');
    return delayMs;
  }
}

/** Milliseconds until the next try; undefined when the message is a dead letter. */
function retryDelay(
  error: Error,
  { tries, storedAt }: BusMessage,
  limits: ConsumerLimits,
): number | undefined {
  if (error instanceof InvalidInput) return undefined;
  const notFoundMs = limits.NOT_FOUND_RETRY_SECONDS * 1_000;
  const mayAppear = error instanceof NotFound && Date.now() - storedAt.getTime() < notFoundMs;
  if (tries >= limits.MAX_TRIES && !mayAppear) return undefined;
  return backoff(tries, limits.RETRY_DELAY_MS, limits.RETRY_DELAY_MAX_MS);
}

async function moveToDeadLetters(
  { deadLetters, metrics, log }: SettleParts,
  { body, tries, storedAt }: BusMessage,
  { type, fields }: MessageInfo,
  error: Error,
): Promise<void> {
  await deadLetters.add({
    body,
    type,
    error: error.stack ?? error.message,
    tries,
    storedAt,
    diedAt: new Date(),
  });
  metrics.messages.inc({ type, outcome: 'dead-letter' });
  log.error({ ...fields, err: error, type, tries, alarm: true }, 'message moved to the dead letters');
}
