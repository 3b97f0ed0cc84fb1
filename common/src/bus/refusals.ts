// Notices that a broker is connected and refuses messages: full, read-only, or without permission for us.
//
// Problem: a broker that refuses every publish looks healthy while it is connected (docs/decisions/0028). Guarantee: the
// last answer to a publish of each event type is remembered, and refusals that continue for five seconds raise one alarm.
// Not promised: to notice a refusal while nothing is published, or a refusal of another service's messages.

import { DependencyDown } from '../errors.js';
import { toEnvelope, type Envelope } from '../events/event.js';
import type { Logger } from '../observability/logger.js';
import type { Cause } from '../observability/trace.js';
import type { Bus } from './bus.js';

export type Driver = Omit<Bus, 'refusal' | 'storesForMs'>;

type Parts = Readonly<{ log: Logger; onRefused?: ((type: string) => void) | undefined }>;

// Longer than every delay between two tries of the same event. After that, another replica may have published it.
const currentForMs = 15_000;
// A cluster that elects a leader refuses for a moment.
const alarmAfterMs = 5_000;
const quietForMs = 60_000;

type Answers = {
  readonly parts: Parts;
  /** by event type: the time of its last publish, if that was refused */
  readonly refusedAt: Map<string, number>;
  reason: string;
  /** by `performance.now()`: of the present or last run of refusals */
  firstAt: number;
  lastAt: number;
  isAlarmRaised: boolean;
};

/** Adds to a driver what the broker's answers say about it. */
export function watchRefusals(driver: Driver, parts: Parts): Bus {
  const answers: Answers = {
    parts,
    refusedAt: new Map(),
    reason: '',
    firstAt: -Infinity,
    lastAt: -Infinity,
    isAlarmRaised: false,
  };
  return {
    ...driver,
    async publish(envelope) {
      const since = driver.connectedSince();
      try {
        await driver.publish(envelope);
      } catch (error) {
        // A publish that lost its connection was not refused.
        if (since !== undefined && driver.connectedSince() === since)
          recordRefusal(answers, envelope.type, error);
        throw error;
      }
      recordSuccess(answers, envelope.type);
    },
    refusal: () => (driver.connectedSince() !== undefined && isRefused(answers) ? answers.reason : undefined),
    storesForMs() {
      const since = driver.connectedSince();
      if (since === undefined || isRefused(answers)) return undefined;
      return performance.now() - Math.max(since, answers.lastAt);
    },
  };
}

const isRefused = ({ refusedAt }: Answers): boolean =>
  [...refusedAt.values()].some((at) => performance.now() - at < currentForMs);

function recordRefusal(answers: Answers, type: string, error: unknown): void {
  const { parts, refusedAt } = answers;
  const now = performance.now();
  if (!isRefused(answers)) answers.firstAt = now;
  if (now - answers.lastAt > quietForMs) answers.isAlarmRaised = false;
  answers.reason = reasonOf(error);
  answers.lastAt = now;
  refusedAt.set(type, now);
  parts.onRefused?.(type);
  // Without an answer the connection is probably lost, which has a log line of its own.
  const isLong = now - answers.firstAt >= alarmAfterMs && !/timeout/i.test(answers.reason);
  if (!isLong || answers.isAlarmRaised) return;
  answers.isAlarmRaised = true;
  parts.log.error(
    { err: error, type, alarm: true },
    'the bus refuses messages: give it more space, or the user of this service the permission (docs/operations.md)',
  );
}

function recordSuccess(answers: Answers, type: string): void {
  if (answers.refusedAt.delete(type) && !isRefused(answers))
    answers.parts.log.info('the bus stores messages again');
}

function reasonOf(error: unknown): string {
  const cause = error instanceof DependencyDown ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}

// As large as an event, so that it is not stored where an event would be refused.
const padding = 'x'.repeat(800);

/** A message that nobody consumes. Publishing it shows whether the bus stores messages. */
export const busProbe = (source: string, cause: Cause, now: Date): Envelope =>
  toEnvelope(
    { type: 'bus:probe', source, subject: source, version: undefined, data: { padding } },
    cause,
    now,
  );
