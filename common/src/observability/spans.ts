// Spans and log fields of the current request, message or job, kept in the OpenTelemetry context.
//
// The SDK is loaded only when there is a collector (tracing.ts). Without it no span is recorded, but the trace is still
// carried from the request to the document's history, the event's envelope and its consumers.

import { randomUUID } from 'node:crypto';
import {
  context,
  createContextKey,
  INVALID_SPAN_CONTEXT,
  isSpanContextValid,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type Span,
  type SpanContext,
  type SpanOptions,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { parseTraceParent } from '@opentelemetry/core';

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

type LogFields = Readonly<Record<string, string>>;

const logFieldsKey = createContextKey('log fields');

/** Runs `work` within `parent`; each of its log lines carries `fields`. */
export function runInContext<T>(fields: LogFields, work: () => T, parent = context.active()): T {
  return context.with(parent.setValue(logFieldsKey, fields), work);
}

/** The fields that a log line of the active context carries. */
export function contextFields(): LogFields | undefined {
  return context.active().getValue(logFieldsKey) as LogFields | undefined;
}

/** The active context with a span of another process as the parent; without a valid `traceparent` it has no parent. */
export function remoteParent(traceparent: string | string[] | undefined): Context {
  const spanContext = typeof traceparent === 'string' ? parseTraceParent(traceparent) : null;
  const active = trace.deleteSpan(context.active());
  return spanContext ? trace.setSpanContext(active, { ...spanContext, isRemote: true }) : active;
}

/** https://www.w3.org/TR/trace-context/#traceparent-header */
export function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

let isRecording = false;

/** Sets whether the SDK is registered. Without the SDK, spans have ids only and cost next to nothing. */
export function recordSpans(on: boolean): void {
  isRecording = on;
}

/** Starts a span that the caller ends. Prefer `withSpan`. */
export function startSpan(name: string, options: SpanOptions, parent: Context): Span {
  if (isRecording) return trace.getTracer('ticketing').startSpan(name, options, parent);
  return unrecordedSpan(options.root ? undefined : trace.getSpanContext(parent));
}

/** A span with ids only: in the trace of `parent` if that is valid, else the first of a new trace. */
export function unrecordedSpan(parent: SpanContext = INVALID_SPAN_CONTEXT): Span {
  const continues = isSpanContextValid(parent);
  return trace.wrapSpanContext({
    traceId: continues ? parent.traceId : randomUUID().replaceAll('-', ''),
    spanId: randomSpanId(),
    traceFlags: continues ? parent.traceFlags & TraceFlags.SAMPLED : TraceFlags.SAMPLED,
  });
}

// Node reads the random bytes of many UUIDs at once: ten times faster than `randomBytes` for each span.
function randomSpanId(): string {
  const uuid = randomUUID();
  return uuid.slice(0, 8) + uuid.slice(24, 32);
}

type Options = SpanOptions & Readonly<{ parent?: Context }>;

/**
 * Runs `work` inside a span, a child of the active span unless `parent` is given, and ends the span with it.
 * The span records the class of an error and not its message, which may hold personal data.
 */
export async function withSpan<T>(
  name: string,
  { parent = context.active(), ...options }: Options,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  // Without a collector a client span needs no ids, because no other process continues it.
  if (!isRecording && options.kind === SpanKind.CLIENT)
    return work(trace.getActiveSpan() ?? unrecordedSpan());
  const span = startSpan(name, options, parent);
  try {
    return await context.with(trace.setSpan(parent, span), work, undefined, span);
  } catch (error) {
    span.setAttribute('error.type', error instanceof Error ? error.name : 'unknown');
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}
