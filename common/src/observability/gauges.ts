import type { Job } from '../service/jobs.js';
import type { Metrics } from './metrics.js';
import type { ServiceContext } from '../service/service.js';

/** The job that measures outboxes and dead letters. While a store is unavailable its gauges have no value. */
export function measureGauges(ctx: ServiceContext, metrics: Metrics, now: () => Date): Job['run'] {
  const { outboxEntries, outboxAge, deadLetters } = metrics;
  return async () => {
    for (const gauge of [outboxEntries, outboxAge, deadLetters]) gauge.remove();
    deadLetters.set(await ctx.deadLetters.count());
    const depths = await Promise.all(ctx.outboxes.map((outbox) => outbox.depth()));
    const since = depths.flatMap(({ oldest }) => oldest ?? []).map((time) => time.getTime());
    outboxEntries.set(depths.reduce((sum, { entries }) => sum + entries, 0));
    outboxAge.set(since.length === 0 ? 0 : Math.max(0, now().getTime() - Math.min(...since)) / 1_000);
    await ctx.gauge?.();
  };
}
