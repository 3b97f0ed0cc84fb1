// How long to wait after failures, such as wrong passwords or declined cards.

/** The rule of one key: `free` failures cost nothing; after each further one the next attempt waits longer. */
export type FailureRule = Readonly<{
  free: number;
  /** The delay after the first failure that is not free, after the second, and so on. The last value repeats. */
  delaysSeconds: readonly number[];
  rememberedSeconds: number;
  /** The unit of counting: each failure, or each subject, such as an account, that has failed at least once. */
  each: 'failure' | 'subject';
}>;

/** 1, 2, 4, … and finally `longest`, in seconds. */
export function doublingTo(longest: number): number[] {
  const doublings = Math.ceil(Math.log2(longest));
  return Array.from({ length: doublings + 1 }, (_, index) => Math.min(longest, 2 ** index));
}

/** The delay of the next attempt after this number of failures, in seconds. */
export function delaySeconds(
  failures: number,
  { free, delaysSeconds }: Pick<FailureRule, 'free' | 'delaysSeconds'>,
): number {
  if (failures < free) return 0;
  return delaysSeconds[Math.min(failures - free, delaysSeconds.length - 1)] ?? 0;
}

/** Whole seconds until the next attempt is allowed; 0 if it is allowed now. */
export function secondsToWait(allowedAt: Date | undefined, now: Date): number {
  return allowedAt === undefined ? 0 : Math.max(0, Math.ceil((allowedAt.getTime() - now.getTime()) / 1_000));
}
