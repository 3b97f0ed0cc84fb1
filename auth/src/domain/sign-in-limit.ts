// How often a sign-in may fail. A try is counted before the password is looked at, so that a thousand guesses at once
// count a thousand; it is taken back if the password was right or was never looked at.

/** What is counted under one key: so many failures are free, after each further one the next try has to wait longer. */
export type Rule = Readonly<{
  free: number;
  /** since the last failure, for the first one that is not free, the second, … and for all after the last of these */
  delaysSeconds: readonly number[];
  rememberedSeconds: number;
  /** what counts as one: each failure, or everybody who fails, however often */
  each: 'failure' | 'account';
}>;

/** Failures of an account: the tenth that is not free waits for a quarter of an hour. */
export const accountRule = (free: number): Rule => ({
  free,
  delaysSeconds: growingTo(900),
  rememberedSeconds: 24 * 3_600,
  each: 'failure',
});

/**
 * Accounts that failed at an address. Many people may be behind it, so the delay stays one that they can wait for, and
 * who mistypes often counts once.
 */
export const addressRule = (free: number): Rule => ({
  free,
  delaysSeconds: growingTo(4),
  rememberedSeconds: 15 * 60,
  each: 'account',
});

/** How long a network counts as one of an account's own after a sign-in from there. */
export const knownSeconds = 30 * 24 * 3_600;

/** 1, 2, 4, … and at last `longest`. */
export function growingTo(longest: number): number[] {
  const doublings = Math.ceil(Math.log2(longest));
  return Array.from({ length: doublings + 1 }, (_, index) => Math.min(longest, 2 ** index));
}

/** How long the next try waits after the last of so many failures. */
export function delaySeconds(failures: number, { free, delaysSeconds }: Rule): number {
  if (failures < free) return 0;
  return delaysSeconds[Math.min(failures - free, delaysSeconds.length - 1)] ?? 0;
}

/** Whole seconds until a try may be made; 0 when it may be made now. */
export function secondsToWait(allowedAt: Date | undefined, now: Date): number {
  return allowedAt === undefined ? 0 : Math.max(0, Math.ceil((allowedAt.getTime() - now.getTime()) / 1_000));
}
