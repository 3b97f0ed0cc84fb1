import { setTimeout as delay } from 'node:timers/promises';
import { isStopping } from './supervisor.js';

const readyWithinMs = 180_000;
const pollMs = 100;

/** Resolves when the path answers 2xx, or when the system is stopping. */
export async function untilReady(port: number, path = '/readyz'): Promise<void> {
  while (!isStopping()) {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
    if (answer?.ok) return;
    await delay(pollMs);
  }
}

/** @throws Error when one of `waits` has not resolved after three minutes */
export async function allInTime(waits: readonly Promise<void>[]): Promise<void> {
  const late = delay(readyWithinMs, 'late' as const, { ref: false });
  if ((await Promise.race([Promise.all(waits), late])) === 'late')
    throw new Error(`The system is not ready after ${readyWithinMs / 1_000} s.`);
}
