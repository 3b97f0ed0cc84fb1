import type { BaseConfig } from '../service/config.js';
import type { Logger } from './logger.js';
import type { Metrics } from './metrics.js';
import { silentTracer, type Tracer } from './tracer.js';

const sayEveryMs = 60_000;

/** The tracer that the environment asks for. */
export async function openTracer(
  name: string,
  config: BaseConfig,
  log: Logger,
  metrics: Metrics,
): Promise<Tracer> {
  const endpoint = config.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined) return silentTracer;
  const { openOtlpTracer } = await import('./otlp.js');
  let said = Number.NEGATIVE_INFINITY;
  const onDropped = (count: number, error?: Error): void => {
    metrics.spansDropped.inc(count);
    if (performance.now() - said < sayEveryMs) return;
    said = performance.now();
    log.warn({ err: error }, 'spans are dropped: the collector does not take them');
  };
  return openOtlpTracer({ name, endpoint, config, onDropped });
}
