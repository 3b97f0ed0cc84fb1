import type { Metrics } from '../observability/metrics.js';
import type { Job } from '../service/jobs.js';
import type { Bus } from './bus.js';

type Parts = Readonly<{ bus: Pick<Bus, 'stored'>; metrics: Pick<Metrics, 'streamBytes' | 'streamLimit'> }>;

/** The job that measures how full the stream is. While the bus does not tell, the gauges have no value. */
export function measureStream({ bus, metrics }: Parts): Job['run'] {
  return async () => {
    const stored = await bus.stored();
    metrics.streamBytes.remove();
    metrics.streamLimit.remove();
    if (!stored) return;
    metrics.streamBytes.set(stored.bytes);
    if (stored.limit !== undefined) metrics.streamLimit.set(stored.limit);
  };
}
