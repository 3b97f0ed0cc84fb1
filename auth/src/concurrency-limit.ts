import { DependencyDown } from '@ticketing/common/errors';

type Limits = Readonly<{
  /** how many work at once */
  atOnce: number;
  /** how many may wait */
  queue: number;
  /** Whoever has waited longer has been answered already: their work is not done. */
  patienceMs: number;
}>;

export type Turns = ReturnType<typeof createTurns>;

/** Lets a bounded number work at once and a bounded number wait, first come first served. */
export function createTurns({ atOnce, queue, patienceMs }: Limits) {
  const waiting: (() => void)[] = [];
  let busy = 0;

  async function wait(): Promise<void> {
    if (waiting.length >= queue) throw new DependencyDown('password hashing');
    // Whoever is done hands over their place, so `busy` stays as it is.
    await new Promise<void>((resolve) => waiting.push(resolve));
  }

  return {
    /** @throws DependencyDown when too many wait, or the wait was too long */
    async take<T>(work: () => Promise<T>): Promise<T> {
      const came = performance.now();
      if (busy < atOnce) busy += 1;
      else await wait();
      try {
        if (performance.now() - came > patienceMs) throw new DependencyDown('password hashing');
        return await work();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else busy -= 1;
      }
    },
  };
}
