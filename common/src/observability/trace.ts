// Who caused a change, and by which request or event: carried from the request into the document's
// history, the event's envelope and the consumer. https://www.w3.org/TR/trace-context/

import { randomBytes, randomUUID } from 'node:crypto';

export type Cause = Readonly<{
  /** `user:<id>` or `system` */
  by: string;
  /** `request:<id>`, `event:<id>` or `job:<name>` */
  why: string;
  traceparent: string;
  /** when the request has an `Idempotency-Key` */
  request?: KeyedRequest;
}>;

/** A request under an `Idempotency-Key` (documents/idempotency-keys.ts). */
export type KeyedRequest = Readonly<{
  /** stored by the write of the effect, so that the effect happens once */
  effectId: string;
  /** an earlier request under this key may have had its effect */
  retried: boolean;
}>;

const pattern = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * The next span of the trace that `parent` names, or the first of a new one when it names none. Whether it is sampled was
 * decided at its beginning.
 */
export function nextSpan(parent?: string): string {
  const known = parent !== undefined && pattern.test(parent) ? parent : undefined;
  const traceId = known?.slice(3, 35) ?? randomBytes(16).toString('hex');
  return `00-${traceId}-${randomBytes(8).toString('hex')}-${known?.slice(53) ?? '01'}`;
}

/** The 32 hex digits by which all log lines of one journey are found. */
export function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35);
}

/** The cause of what a timer does by itself. */
export function jobCause(name: string): Cause {
  return { by: 'system', why: `job:${name}/${randomUUID()}`, traceparent: nextSpan() };
}
