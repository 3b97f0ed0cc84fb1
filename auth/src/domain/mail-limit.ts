// Limits on mails with links, so that nobody can fill an inbox. A mail is counted whether the address has an account or not.

import type { FailureRule } from '@ticketing/common/failure-rule';

/** Mails to one address: three at once, then after a minute, 10 minutes, an hour, and 6 hours each. */
export const inboxRule: FailureRule = {
  free: 3,
  delaysSeconds: [60, 600, 3_600, 6 * 3_600],
  rememberedSeconds: 24 * 3_600,
  each: 'failure',
};

/** Limits the changes of address that one account asks for, because the new address may belong to anybody. */
export const accountRule: FailureRule = {
  free: 5,
  delaysSeconds: [3_600, 6 * 3_600],
  rememberedSeconds: 24 * 3_600,
  each: 'failure',
};

/** Mails of sign-ups from one network, which may be those of a venue: 100 at once, then one in some seconds. */
export const signUpRule: FailureRule = {
  free: 100,
  delaysSeconds: [1, 2, 5],
  rememberedSeconds: 15 * 60,
  each: 'failure',
};

/** Addresses for which one network asks for a reset. Many people may share it, so the delay stays short. */
export const networkRule: FailureRule = {
  free: 50,
  delaysSeconds: [10, 30, 60],
  rememberedSeconds: 15 * 60,
  each: 'subject',
};
