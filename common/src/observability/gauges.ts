import type { Job } from '../service/jobs.js';
import type { Storage } from '../service/service.js';
import type { Metrics } from './metrics.js';

/** A job that counts what lies in the store, then sets the service's own gauges. A failed count leaves no stale value. */
export function measureGauges(
  { deadLetters, parkedMessages, outboxes }: Pick<Storage, 'deadLetters' | 'parkedMessages' | 'outboxes'>,
  gauge: () => Promise<void>,
  metrics: Metrics,
  now: () => Date,
): Job['run'] {
  return async () => {
    const { outboxEntries, outboxAge, parked, parkedAge } = metrics;
    for (const stale of [outboxEntries, outboxAge, metrics.deadLetters, parked, parkedAge]) stale.remove();
    metrics.deadLetters.set(await deadLetters.count());
    const { count, oldestSeconds } = await parkedMessages.depth();
    parked.set(count);
    parkedAge.set(oldestSeconds);
    const depths = await Promise.all(outboxes.map((outbox) => outbox.depth()));
    const oldest = depths.flatMap((depth) => depth.oldest ?? []).map((time) => time.getTime());
    outboxEntries.set(depths.reduce((sum, { entries }) => sum + entries, 0));
    outboxAge.set(oldest.length === 0 ? 0 : Math.max(0, now().getTime() - Math.min(...oldest)) / 1_000);
    await gauge();
  };
}
