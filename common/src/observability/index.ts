// Logs, metrics, traces.

export { createLogger, type Logger } from './logger.js';
export type { Metrics } from './metrics.js';
export { runInContext, withSpan } from './request-context.js';
export { type Cause, jobCause, traceIdOf } from './trace.js';
export { spanning } from './tracer.js';
