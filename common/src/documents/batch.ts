// What many ask for in one turn of the event loop becomes one call to the database. Under load this is what counts:
// a call costs the same for one document as for ten, and ten writes wait for one flush of the journal.

import DataLoader from 'dataloader';
import { isOutage } from '../errors.js';

/**
 * Makes a function of one item from `run`, which answers for many, in their order; equal items are asked for once. When `run` fails for all of them
 * (unless by an outage) it is called again for each alone, so that a bad one harms nobody else.
 */
export function batch<K, V>(
  run: (items: readonly K[]) => Promise<readonly (V | Error)[]>,
): (item: K) => Promise<V> {
  const alone = async (item: K): Promise<V | Error> => {
    const [answer] = await run([item]);
    return answer as V | Error;
  };
  const batch = async (items: readonly K[]) => {
    const different = [...new Set(items)];
    const answers = await runOrSeparate(different);
    const byItem = new Map(different.map((item, index) => [item, answers[index]]));
    return items.map((item) => byItem.get(item) as V | Error);
  };
  const runOrSeparate = async (items: readonly K[]) => {
    try {
      return await run(items);
    } catch (error) {
      if (items.length === 1 || isOutage(error)) throw error;
      return Promise.all(items.map((item) => alone(item).catch(asError)));
    }
  };
  const loader = new DataLoader<K, V>(batch, {
    cache: false,
    maxBatchSize: 500,
    batchScheduleFn: (dispatch) => void setImmediate(dispatch),
  });
  return (item) => loader.load(item);
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
