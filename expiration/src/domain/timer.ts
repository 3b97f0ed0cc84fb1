// Orders judge an expiration by their own clock, so a timer that is a little early is refused there. Hence the margin.
const marginMs = 250;

/** Milliseconds from `now` until the expiration of an order is announced; 0 when that is overdue. */
export function delayUntilAnnounced(expiresAt: Date, now: Date): number {
  return Math.max(0, expiresAt.getTime() + marginMs - now.getTime());
}
