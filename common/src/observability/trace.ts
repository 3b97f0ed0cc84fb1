// The cause of a change: the user, and the request, event or job. It is carried from the request into the document's
// history, the event's envelope and the consumer.

import { randomUUID } from 'node:crypto';
import { traceparentOf, unrecordedSpan } from './spans.js';

export type Cause = Readonly<{
  /** `user:<id>`, `operator:<user id>`, `operator:<name>` by a command, `system` or `anonymous` */
  by: string;
  /** `request:<id>`, `event:<id>`, `job:<name>/<run>`, `ops:<command>` or `stripe:<event id>` */
  why: string;
  /** https://www.w3.org/TR/trace-context/#traceparent-header */
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

/** The 32 hex digits that all log lines of one trace carry. */
export function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35);
}

/** The cause of one run of a job; without a span of its own it begins a new trace. */
export function jobCause(name: string, span = unrecordedSpan()): Cause {
  return { by: 'system', why: `job:${name}/${randomUUID()}`, traceparent: traceparentOf(span) };
}
