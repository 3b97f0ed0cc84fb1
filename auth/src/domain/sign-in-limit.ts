// How often a sign-in may fail. A try is counted before the password is looked at, so that a thousand guesses at once
// count a thousand; it is given back if the password was right or was never looked at.

/** What has been counted for an account, or for an address, since its window began. */
export type Tries = Readonly<{ count: number; windowEnds: Date }>;

/** Seconds until this try may be made; 0 when it may be made now. The try itself is in the count. */
export function secondsToWait({ count, windowEnds }: Tries, limit: number, now: Date): number {
  if (count <= limit) return 0;
  return Math.max(1, Math.ceil((windowEnds.getTime() - now.getTime()) / 1_000));
}
