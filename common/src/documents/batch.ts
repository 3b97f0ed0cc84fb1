// Calls of one event-loop turn become one database command. Under load this decides the throughput: a command costs about
// the same for one document as for ten, and ten writes wait for one journal flush.

import DataLoader from 'dataloader';
import { isOutage } from '../errors.js';

const maxItems = 500;

type RunMany<K, V> = (items: readonly K[]) => Promise<readonly (V | Error)[]>;

/**
 * Makes a function of one item from `runMany`, which returns the results of many items in their order. Equal items of one
 * turn are passed once. If `runMany` throws, it runs again for each item alone, so that one bad item fails only itself.
 * An outage is not retried. With `oneAtATime`, the items that arrive while a run lasts share the next one: fewer and larger
 * runs, for work that nobody waits for.
 */
export function batch<K, V>(runMany: RunMany<K, V>, { oneAtATime = false } = {}): (item: K) => Promise<V> {
  let running: Promise<unknown> = Promise.resolve();
  const load = async (items: readonly K[]) => {
    const distinct = [...new Set(items)];
    const run = runOrSeparate(runMany, distinct);
    if (oneAtATime) running = run.catch(() => undefined);
    const results = await run;
    const byItem = new Map(distinct.map((item, index) => [item, results[index]]));
    return items.map((item) => byItem.get(item) as V | Error);
  };
  const loader = new DataLoader<K, V>(load, {
    cache: false,
    maxBatchSize: maxItems,
    batchScheduleFn: (dispatch) =>
      void setImmediate(() => (oneAtATime ? void running.then(dispatch) : dispatch())),
  });
  return (item) => loader.load(item);
}

async function runOrSeparate<K, V>(runMany: RunMany<K, V>, items: readonly K[]) {
  try {
    return await runMany(items);
  } catch (error) {
    if (items.length === 1 || isOutage(error)) throw error;
    return Promise.all(items.map((item) => runOne(runMany, item)));
  }
}

async function runOne<K, V>(runMany: RunMany<K, V>, item: K): Promise<V | Error> {
  try {
    const [result] = await runMany([item]);
    return result as V | Error;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
