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
  const { outboxEntries, outboxAge, parked, parkedAge } = metrics;
  const all = [outboxEntries, outboxAge, metrics.deadLetters, parked, parkedAge];
  return async () => {
    const [letters, { count, oldestSeconds }, depths] = await readGauges(all, () =>
      Promise.all([
        deadLetters.count(),
        parkedMessages.depth(),
        Promise.all(outboxes.map((outbox) => outbox.depth())),
      ]),
    );
    metrics.deadLetters.set(letters);
    parked.set(count);
    parkedAge.set(oldestSeconds);
    const oldest = depths.flatMap((depth) => depth.oldest ?? []).map((time) => time.getTime());
    outboxEntries.set(depths.reduce((sum, { entries }) => sum + entries, 0));
    outboxAge.set(oldest.length === 0 ? 0 : Math.max(0, now().getTime() - Math.min(...oldest)) / 1_000);
    await gauge();
  };
}

type Removable = Readonly<{ labelNames?: readonly string[]; reset(): void; remove(): void }>;

/**
 * Reads what the gauges will show, which keep their values meanwhile. A failed reading removes them, so that no stale value
 * stays.
 * @returns what `read` returns
 */
export async function readGauges<T>(gauges: readonly Removable[], read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    // `reset` sets a gauge without labels to 0.
    for (const gauge of gauges)
      if (gauge.labelNames?.length) gauge.reset();
      else gauge.remove();
    throw error;
  }
}
