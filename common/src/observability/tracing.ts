// Sends spans to a collector: the OpenTelemetry SDK and its exporter of OTLP over HTTP, loaded only when an endpoint is set.
// The SDK itself reads the variables OTEL_EXPORTER_OTLP_*, OTEL_SERVICE_NAME and OTEL_TRACES_SAMPLER*.
//
// Guarantee: a slow or absent collector harms no request. At most `maxQueueSize` spans wait for it; spans that do not
// fit, and spans that it does not take, are dropped and counted.

import { SpanKind, trace } from '@opentelemetry/api';
import type { SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { BaseConfig } from '../service/config.js';
import type { Logger } from './logger.js';
import type { Metrics } from './metrics.js';
import { recordSpans } from './spans.js';

const maxQueueSize = 2_048;
const exportEveryMs = 1_000;
const exportTimeoutMs = 5_000;
const stopTimeoutMs = 3_000;
const warnEveryMs = 60_000;

type OnDropped = (count: number, error?: Error) => void;

/** Starts tracing, once per process. Resolves with the function that sends the last spans and stops it within seconds. */
export async function startTracing(
  name: string,
  config: BaseConfig,
  log: Logger,
  metrics: Metrics,
): Promise<() => Promise<void>> {
  if (config.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return async () => undefined;
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  const { detectResources, envDetector, resourceFromAttributes } = await import('@opentelemetry/resources');
  const { BasicTracerProvider, BatchSpanProcessor } = await import('@opentelemetry/sdk-trace-base');

  const onDropped = countDropped(log, metrics);
  const queue: Queue = { waiting: 0 };
  const otlp = new OTLPTraceExporter({ timeoutMillis: exportTimeoutMs });
  const exporter = countingExporter(otlp, queue, onDropped);
  const batches = new BatchSpanProcessor(exporter, {
    maxQueueSize,
    scheduledDelayMillis: exportEveryMs,
    exportTimeoutMillis: 2 * exportTimeoutMs,
  });
  // The NAMESPACE of two installations in one cluster is the same.
  const namespace = config.INSTALLATION_ID ?? config.NAMESPACE;
  const own = resourceFromAttributes({ 'service.name': name, 'service.namespace': namespace });
  const provider = new BasicTracerProvider({
    resource: own.merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [boundedProcessor(batches, queue, onDropped)],
  });
  trace.setGlobalTracerProvider(provider);
  recordSpans(true);

  return async () => {
    recordSpans(false);
    trace.disable();
    const timeout = new Promise((resolve) => setTimeout(resolve, stopTimeoutMs).unref());
    await Promise.race([provider.shutdown().catch(() => undefined), timeout]);
  };
}

function countDropped(log: Logger, metrics: Metrics): OnDropped {
  let warnedAt = Number.NEGATIVE_INFINITY;
  return (count, error) => {
    metrics.spansDropped.inc(count);
    if (performance.now() - warnedAt < warnEveryMs) return;
    warnedAt = performance.now();
    log.warn({ err: error }, 'spans are dropped: the collector does not take them');
  };
}

/** Spans that have ended and are not yet on their way to the collector. */
type Queue = { waiting: number };

function countingExporter(exporter: SpanExporter, queue: Queue, onDropped: OnDropped): SpanExporter {
  return {
    export(spans, done) {
      queue.waiting -= spans.length;
      exporter.export(spans, (result) => {
        if (result.code !== 0) onDropped(spans.length, result.error);
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
  };
}

// The batch processor reports no span that it drops because its queue is full, so the queue is checked here.
function boundedProcessor(batches: SpanProcessor, queue: Queue, onDropped: OnDropped): SpanProcessor {
  const parents = new WeakSet<object>();
  return {
    onStart(_span, parentContext) {
      const parent = trace.getSpan(parentContext);
      if (parent) parents.add(parent);
    },
    onEnd(span) {
      // A sweep that found nothing to do has no children, and is not exported.
      if (span.kind === SpanKind.INTERNAL && !parents.has(span)) return;
      if (queue.waiting >= maxQueueSize) return onDropped(1);
      queue.waiting += 1;
      batches.onEnd(span);
    },
    forceFlush: () => batches.forceFlush(),
    shutdown: () => batches.shutdown(),
  };
}
