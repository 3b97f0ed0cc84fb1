import { setTimeout as delay } from 'node:timers/promises';

/**
 * Exponential backoff with jitter: milliseconds to wait after try number `tries` (from 1). The delay doubles from
 * `first` up to `longest`; up to half of it is subtracted at random, so that waiting clients do not retry in step.
 */
export function backoff(tries: number, first: number, longest: number): number {
  const full = Math.min(first * 2 ** Math.min(tries - 1, 30), longest);
  return Math.round(full * (0.5 + Math.random() / 2));
}

export type Gate = Readonly<{
  /** Resolves while the gate is open, or once it opens. */
  open(): Promise<void>;
  isOpen(): boolean;
  /** Resets the delay: the dependency answered. */
  worked(): void;
  /** Closes the gate and returns for how many milliseconds; undefined when it was closed already. */
  failed(): number | undefined;
}>;

/**
 * A circuit breaker for one dependency. The first failure closes the gate for all callers, with a growing delay, so
 * that an outage costs one failed try instead of one per message. An aborted `signal` opens it for good.
 */
export function createGate(first: number, longest: number, signal: AbortSignal): Gate {
  let failures = 0;
  let closed: Promise<void> | undefined;

  return {
    async open() {
      while (closed) await closed;
    },
    isOpen: () => closed === undefined,
    worked() {
      failures = 0;
    },
    failed() {
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
