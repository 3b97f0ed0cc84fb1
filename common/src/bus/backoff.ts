import { setTimeout as delay } from 'node:timers/promises';

/**
 * Milliseconds to wait after try number `tries` (from 1): doubles up to `longest`, less up to half of it at random,
 * so that many waiters do not come back in step.
 */
export function backoff(tries: number, first: number, longest: number): number {
  const full = Math.min(first * 2 ** Math.min(tries - 1, 30), longest);
  return Math.round(full * (0.5 + Math.random() / 2));
}

/**
 * One door for all who need the same dependency: whoever fails closes it for everybody, for a growing while.
 * So an outage is felt once, not once per message. An aborted `signal` opens it for good.
 */
export function createGate(first: number, longest: number, signal: AbortSignal) {
  let failures = 0;
  let closed: Promise<void> | undefined;

  return {
    async open(): Promise<void> {
      while (closed) await closed;
    },
    /** The dependency answered. */
    worked(): void {
      failures = 0;
    },
    /** It did not. Returns for how many milliseconds the door is closed, or undefined when it was closed already. */
    failed(): number | undefined {
      if (closed) return undefined;
      failures += 1;
      const delayMs = backoff(failures, first, longest);
      closed = pause(delayMs, signal).then(() => {
        closed = undefined;
      });
      return delayMs;
    },
  };
}

/** Waits, or returns early when `signal` is aborted. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
