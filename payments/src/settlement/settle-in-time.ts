import { setTimeout as delay } from 'node:timers/promises';
import { DependencyDown } from '@ticketing/common/errors';
import type { Cause } from '@ticketing/common/observability';
import { KeyRefused } from '../cards/card-errors.js';
import type { CountedAttempt } from '../decline-limits.js';
import type { Payment } from '../domain/payment-state.js';
import type { PaymentsContext } from '../store.js';
import { settle } from './settle.js';

type Options = Readonly<{
  isNew?: boolean;
  /** Learns the outcome, also after the client has stopped waiting. */
  counted?: CountedAttempt | undefined;
}>;

/**
 * Settles for as long as a client waits, and continues in the background. Returns the payment as it was if Stripe has not
 * answered by then.
 * @throws KeyRefused because nothing happens until an operator replaces the key
 */
export async function settleInTime(
  ctx: PaymentsContext,
  payment: Payment,
  cause: Cause,
  { isNew = false, counted }: Options = {},
): Promise<Payment> {
  const settling = settle(ctx, payment, cause, { isNew });
  ctx.settleInBackground(settling, payment.id);
  counted?.follow(settling);
  return Promise.race([
    settling.catch((error: unknown) => {
      // The step is saved and the sweep will repeat it, so the client may ask again.
      if (error instanceof DependencyDown && !(error instanceof KeyRefused)) return payment;
      throw error;
    }),
    delay(ctx.config.PAYMENT_ANSWER_MS, payment, { ref: false }),
  ]);
}
