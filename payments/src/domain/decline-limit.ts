// Limits on declined cards, because card testers try stolen cards until one is accepted.

import { doublingTo, type FailureRule } from '@ticketing/common/failure-rule';
import type { DeclineCode, Payment } from './payment-state.js';

/** Attempts of an account: the delay grows to 15 minutes. Each subject is an attempt, so a repeated request counts once. */
export const accountRule = (free: number): FailureRule => ({
  free,
  delaysSeconds: doublingTo(900),
  rememberedSeconds: 3_600,
  each: 'subject',
});

/**
 * Accounts with a declined card at a network. Many people may share it, so the delay stays short, and a person whose card
 * is declined often counts once.
 */
export const networkRule = (free: number): FailureRule => ({
  free,
  delaysSeconds: doublingTo(4),
  rememberedSeconds: 15 * 60,
  each: 'subject',
});

// A refused amount is not the fault of the card.
const countsAsDecline: Record<DeclineCode, boolean> = {
  'card-declined': true,
  'card-needs-authentication': true,
  'invalid-token': true,
  'amount-refused': false,
};

/** Was the card of the last attempt declined? */
export function isCardDeclined(payment: Payment): boolean {
  return payment.status === 'declined' && countsAsDecline[payment.declineCode];
}
