// The client secret, by which the buyer's browser answers a challenge of the bank. It is read from Stripe for each answer;
// it is neither stored nor logged.

import type { Cause } from '@ticketing/common/observability';
import type { Payment } from './domain/payment-state.js';
import { recordChallengeState } from './settlement/settle-attempt.js';
import { settle } from './settlement/settle.js';
import type { PaymentsContext } from './store.js';

export type WithSecret = Readonly<{ payment: Payment; clientSecret?: string | undefined }>;

/**
 * The present state of a payment, with the secret while a challenge is open.
 * @throws DependencyDown if Stripe does not answer about a challenge
 */
export async function followChallenge(
  ctx: PaymentsContext,
  payment: Payment,
  cause: Cause,
): Promise<WithSecret> {
  if (payment.status !== 'requires-action') return { payment };
  const { intent, clientSecret } = await ctx.cards.challengeOf(payment.intentId);
  const next = await recordChallengeState(ctx, payment, intent, cause);
  if (next.status === 'requires-action' && next.attempt === payment.attempt)
    return { payment: next, clientSecret };
  return { payment: next.status === 'cancelling' ? await settle(ctx, next, cause) : next };
}
