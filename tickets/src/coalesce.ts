import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';

type Queue<R, V> = Readonly<{ requests: [R, ...R[]]; result: Promise<V> }>;

/**
 * Runs `run` for one key at a time. The requests of one event-loop turn, and those that arrive during a run, share a run
 * that begins after all of them. After a run the key pauses for as long as the run took. A busy key therefore runs half of
 * the time at most, and another process with the same key gets its turn. A failed run fails all of its requests.
 */
export function coalesce<R, V>(
  run: (key: string, requests: readonly [R, ...R[]]) => Promise<V>,
): (key: string, request: R) => Promise<V> {
  const waiting = new Map<string, Queue<R, V>>();
  const busy = new Map<string, Promise<void>>();

  async function runNext(key: string, requests: readonly [R, ...R[]]): Promise<V> {
    await (busy.get(key) ?? nextTurn());
    waiting.delete(key);
    const startedAt = performance.now();
    const result = run(key, requests);
    const rested = result
      .then(() => delay(performance.now() - startedAt))
      .catch(() => undefined)
      .finally(() => busy.delete(key));
    busy.set(key, rested);
    return result;
  }

  return (key, request) => {
    const queue = waiting.get(key);
    queue?.requests.push(request);
    if (queue) return queue.result;
    const requests: [R] = [request];
    const result = runNext(key, requests);
    waiting.set(key, { requests, result });
    return result;
  };
}
