// Spans, as far as the rest of the code knows of them. OpenTelemetry itself stands behind it only when there is somebody
// to send spans to (otlp.ts); otherwise none of it is even loaded.

import { nextSpan } from './trace.js';

export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** By whom it was begun: an answer to somebody's call, a call of ours, something sent, something received. */
export type SpanKind = 'server' | 'client' | 'producer' | 'consumer' | 'internal';

export type Span = Readonly<{
  /** of this span: whatever comes of it names it as its parent */
  traceparent: string;
  rename(name: string): void;
  note(attributes: Attributes): void;
  /** Once. An error is told by its class only: its message may carry what nobody else should read. */
  end(error?: unknown): void;
}>;

export type SpanStart = Readonly<{
  kind: SpanKind;
  /** traceparent; without one a new trace begins */
  parent?: string | undefined;
  attributes?: Attributes;
}>;

export type Tracer = Readonly<{
  /** false: nobody hears of the spans, and nobody needs to begin one that is not for its traceparent */
  on: boolean;
  start(name: string, options: SpanStart): Span;
  /** Sends what has ended, if that can be done within seconds. */
  close(): Promise<void>;
}>;

/** Ends the span when `work` does. */
export async function spanning<T>(span: Span, work: Promise<T>): Promise<T> {
  try {
    const result = await work;
    span.end();
    return result;
  } catch (error) {
    span.end(error);
    throw error;
  }
}

const nothing = () => undefined;

/** Carries the trace on, and tells nobody. */
export const silentTracer: Tracer = {
  on: false,
  start: (_name, { parent }) => ({
    traceparent: nextSpan(parent),
    rename: nothing,
    note: nothing,
    end: nothing,
  }),
  close: async () => undefined,
};
