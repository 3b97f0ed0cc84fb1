// Begins an attempt to pay that is counted as a decline in advance (decline-limits.ts).

import { refuse, type Decision } from '@ticketing/common/decision';
import { getOrLate } from '@ticketing/common/documents';
import type { Cause } from '@ticketing/common/observability';
import type { CountedAttempt } from './decline-limits.js';
import type { Payment, Pending } from './domain/payment-state.js';
import type { PaymentsContext } from './store.js';

type Request = Readonly<{ orderId: string; address: string; cause: Cause }>;

type Begun<C extends string> = Readonly<{
  decision: Decision<Payment, C | 'too-many-declines'>;
  /** Present if the attempt has begun. */
  counted?: CountedAttempt;
}>;

/**
 * Saves the attempt that `decide` accepts, unless too many cards of its account or at its network were declined.
 * @param decide accepts an attempt, and nothing else
 * @throws NotFound for an unknown order, or DependencyDown if its event may be late
 */
export async function beginAttempt<C extends string>(
  ctx: PaymentsContext,
  { orderId, address, cause }: Request,
  decide: (payment: Payment) => Decision<Payment, C>,
): Promise<Begun<C>> {
  // A state from memory saves a read: `change` accepts nothing on a state that is out of date.
  for (let recent = ctx.payments.recent(orderId); ; recent = undefined) {
    const current = recent ?? (await getOrLate(ctx.payments, orderId, ctx));
    const expected = decide(current);
    if (expected.outcome !== 'accepted') {
      if (recent) continue;
      return { decision: expected };
    }
    const limit = await ctx.declineLimits.count(expected.state as Pending, address);
    if (limit.outcome === 'refused') return { decision: limit };
    // Only the attempt that was counted may begin.
    const unlessChanged = (payment: Payment) =>
      payment.version === current.version ? decide(payment) : refuse('superseded' as const);
    const decision = await ctx.payments
      .change<C | 'superseded'>(orderId, unlessChanged, cause)
      .catch(async (error: unknown) => {
        // If the attempt was saved all the same, the sweep counts it.
        await limit.state.undo().catch(() => undefined);
        throw error;
      });
    if (decision.outcome === 'accepted') return { decision, counted: limit.state };
    await limit.state.undo();
  }
}
