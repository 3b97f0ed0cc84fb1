import type { Logger } from '../observability/logger.js';
import type { Metrics } from '../observability/metrics.js';
import type { Job } from '../service/jobs.js';
import type { Bus } from './bus.js';

type Parts = Readonly<{ bus: Pick<Bus, 'window'>; metrics: Metrics; log: Logger }>;

const nearlyFull = 0.8;

/**
 * The job that measures how much of the broker's window of unacknowledged messages is in use. A full window stops all
 * messages of the service. The alarm is raised once, when two measurements in a row are above 80 %.
 */
export function watchWindow({ bus, metrics, log }: Parts): Job['run'] {
  let timesNearlyFull = 0;
  return async () => {
    const window = await bus.window();
    metrics.windowUsed.remove();
    if (!window || window.limit === 0) return;
    const share = window.used / window.limit;
    metrics.windowUsed.set(share);
    timesNearlyFull = share > nearlyFull ? timesNearlyFull + 1 : 0;
    if (timesNearlyFull === 2)
      log.error({ ...window, alarm: true }, 'unacknowledged messages nearly fill the window of the bus');
  };
}
