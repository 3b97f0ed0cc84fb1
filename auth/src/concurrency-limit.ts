import { DependencyDown } from '@ticketing/common/errors';
import pLimit from 'p-limit';

type Limits = Readonly<{
  /** Calls that run at once. */
  concurrency: number;
  /** Calls that may wait. */
  queue: number;
  /** A call that has waited longer does not run: its client has already received an answer. */
  patienceMs: number;
}>;

/** Runs `work` within the limits. @throws DependencyDown if the queue is full or the wait was too long */
export type ConcurrencyLimit = <T>(work: () => Promise<T>) => Promise<T>;

/** Bounds the calls that run and the calls that wait, first come, first served. */
export function createConcurrencyLimit({ concurrency, queue, patienceMs }: Limits): ConcurrencyLimit {
  const limit = pLimit(concurrency);

  return async (work) => {
    if (limit.activeCount + limit.pendingCount >= concurrency + queue)
      throw new DependencyDown('password hashing');
    const begin = performance.now();
    return limit(() => {
      if (performance.now() - begin > patienceMs) throw new DependencyDown('password hashing');
      return work();
    });
  };
}
