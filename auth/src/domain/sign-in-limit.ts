// Limits on failed sign-ins. An attempt is counted before its password is checked, so a thousand parallel guesses count a
// thousand. The count is reverted if the password was right or was not checked.

/** The rule of one key: `free` failures cost nothing; after each further one the next attempt waits longer. */
export type Rule = Readonly<{
  free: number;
  /** The delay after the first failure that is not free, after the second, and so on. The last value repeats. */
  delaysSeconds: readonly number[];
  rememberedSeconds: number;
  /** The unit of counting: each failure, or each account that has failed at least once. */
  each: 'failure' | 'account';
}>;

/** Failures of an account: the delay grows to 15 minutes. */
export const accountRule = (free: number): Rule => ({
  free,
  delaysSeconds: doublingTo(900),
  rememberedSeconds: 24 * 3_600,
  each: 'failure',
});

/**
 * Accounts that failed at an address. Many people may share it, so the delay stays short, and a person who mistypes often
 * counts once.
 */
export const addressRule = (free: number): Rule => ({
  free,
  delaysSeconds: doublingTo(4),
  rememberedSeconds: 15 * 60,
  each: 'account',
});

/** Seconds for which a network stays known to an account after a sign-in from there. */
export const knownSeconds = 30 * 24 * 3_600;

/** 1, 2, 4, … and finally `longest`. */
export function doublingTo(longest: number): number[] {
  const doublings = Math.ceil(Math.log2(longest));
  return Array.from({ length: doublings + 1 }, (_, index) => Math.min(longest, 2 ** index));
}

/** The delay of the next attempt after this number of failures. */
export function delaySeconds(failures: number, { free, delaysSeconds }: Rule): number {
  if (failures < free) return 0;
  return delaysSeconds[Math.min(failures - free, delaysSeconds.length - 1)] ?? 0;
}

/** Whole seconds until the next attempt is allowed; 0 if it is allowed now. */
export function secondsToWait(allowedAt: Date | undefined, now: Date): number {
  return allowedAt === undefined ? 0 : Math.max(0, Math.ceil((allowedAt.getTime() - now.getTime()) / 1_000));
}
