// The cause of a change: the user, and the request, event or job. It is carried from the request into the document's
// history, the event's envelope and the consumer.

import { randomUUID } from 'node:crypto';
import { traceparentOf, unrecordedSpan } from './spans.js';

export type Cause = Readonly<{
  /** `user:<id>` or `system` */
  by: string;
  /** `request:<id>`, `event:<id>` or `job:<name>` */
  why: string;
  /** https://www.w3.org/TR/trace-context/#traceparent-header */
  traceparent: string;
  /** when the request has an `Idempotency-Key` */
  request?: KeyedRequest;
}>;

/** What a request with an `Idempotency-Key` stores with its effect (documents/idempotency-keys.ts). */
export type KeyedRequest = Readonly<{
  effect: string;
  /** an earlier request had the same key, and may have stored its effect */
  again: boolean;
}>;

/** The 32 hex digits that all log lines of one trace carry. */
export function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35);
}

/** The cause of one run of a job; without a span of its own it begins a new trace. */
export function jobCause(name: string, span = unrecordedSpan()): Cause {
  return { by: 'system', why: `job:${name}/${randomUUID()}`, traceparent: traceparentOf(span) };
}
