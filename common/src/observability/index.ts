// Logs, metrics, traces.

export { SpanKind } from '@opentelemetry/api';
export { readGauges } from './gauges.js';
export { createLogger, type Logger } from './logger.js';
export type { Metrics } from './metrics.js';
export { remoteParent, runInContext, traceparentOf, withSpan } from './spans.js';
export { type Cause, jobCause, traceIdOf } from './trace.js';
