// How often cards may be declined: for one order, for one account and at one network. Card testers try stolen cards until
// one is accepted, so repeated declines must slow them down.

import { delaySeconds, doublingTo, secondsToWait, type FailureRule } from '@ticketing/common/failure-rule';
import type { DeclineCode, Payment } from './payment-state.js';

/** The most attempts to pay one order, with any card. */
export const tooManyAttempts = 15;

const orderRule = { free: 4, delaysSeconds: doublingTo(60) };

type Declines = Readonly<{ declines?: number | undefined; declinedAt?: Date | undefined }>;

/** Seconds until the next attempt: none for the first declines, then 1, 2, 4 … 60 after each. */
export function retryAfterDecline({ declines = 0, declinedAt }: Declines, now: Date): number {
  const delayMs = delaySeconds(declines, orderRule) * 1_000;
  return secondsToWait(declinedAt && new Date(declinedAt.getTime() + delayMs), now);
}

/** Attempts of an account that were declined: the delay grows to 15 minutes. Each subject is an attempt. */
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

// A refused amount and a cancelled intent are not the fault of the card.
const isFaultOfCard: Record<DeclineCode, boolean> = {
  'card-declined': true,
  'card-needs-authentication': true,
  'authentication-failed': true,
  'invalid-token': true,
  'payment-cancelled': false,
  'amount-refused': false,
};

/** Was the card of the last attempt declined? */
export function isCardDeclined(payment: Payment): boolean {
  return payment.status === 'declined' && isFaultOfCard[payment.declineCode];
}
