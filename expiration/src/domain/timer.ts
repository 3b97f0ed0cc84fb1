// Orders refuses an early expiration by its own clock. The margin covers a small difference between the clocks.
const marginMs = 250;

/** Milliseconds from `now` until expiration:complete is published for an order; 0 if it is overdue. */
export function expirationDelayMs(expiresAt: Date, now: Date): number {
  return Math.max(0, expiresAt.getTime() + marginMs - now.getTime());
}

/** By how many milliseconds a timer that is due at `dueAtMs` fires too early; 0 if its order has expired. */
export function earlyByMs(dueAtMs: number, now: Date): number {
  const earlyMs = dueAtMs - now.getTime();
  return earlyMs > marginMs ? earlyMs : 0;
}
