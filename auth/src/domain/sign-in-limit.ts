// Limits on failed sign-ins. An attempt is counted before its password is checked, so a thousand parallel guesses count a
// thousand. The count is reverted if the password was right or was not checked.

import { doublingTo, type FailureRule } from '@ticketing/common/failure-rule';

/** Failures of an account: the delay grows to 15 minutes. */
export const accountRule = (free: number): FailureRule => ({
  free,
  delaysSeconds: doublingTo(900),
  rememberedSeconds: 24 * 3_600,
  each: 'failure',
});

/**
 * Accounts that failed at an address. Many people may share it, so the delay stays short, and a person who mistypes often
 * counts once.
 */
export const addressRule = (free: number): FailureRule => ({
  free,
  delaysSeconds: doublingTo(4),
  rememberedSeconds: 15 * 60,
  each: 'subject',
});

/** Seconds for which a network stays known to an account after a sign-in from there. */
export const knownSeconds = 30 * 24 * 3_600;
