// Calls about refunds and disputes of a charge.

import type Stripe from 'stripe';
import type { ReportedCharge, ReportedRefund } from '../domain/charge.js';
import { legacyRefundId, type Dispute } from '../domain/charge-state.js';
import { translateRefundError } from './card-errors.js';
import type { StripeCall } from './stripe-client.js';

const maxListed = 1_000;

type NewRefund = Readonly<{
  /** The idempotency key, too. */
  id: string;
  intentId: string;
  orderId: string;
  amountInMinorUnits: number;
}>;

export function refundCalls(stripe: Stripe, call: StripeCall, installation: string) {
  return {
    /** All refunds, oldest first, and all disputes of the charge. */
    chargeAt: async (intentId: string): Promise<ReportedCharge> => {
      const page = { payment_intent: intentId, limit: 100 };
      const list = { limit: maxListed };
      const [refunds, disputes] = await Promise.all([
        call('list-refunds', () => stripe.refunds.list(page).autoPagingToArray(list)),
        call('list-disputes', () => stripe.disputes.list(page).autoPagingToArray(list)),
      ]);
      return { refunds: refunds.map(refundFound).reverse(), disputes: disputes.map(disputeFound) };
    },

    /**
     * Refunds a part of a charge. Repeating the call with the same id returns the same refund.
     * @throws RefundRefused
     */
    refund: ({ id, intentId, orderId, amountInMinorUnits }: NewRefund): Promise<ReportedRefund> =>
      call('refund', async () => {
        const metadata = { installation, orderId, refundId: id };
        const part = { amount: amountInMinorUnits, metadata };
        // Earlier releases refunded everything that was left, without metadata. Another request under their key is an error.
        const params = {
          payment_intent: intentId,
          ...(id !== legacyRefundId(orderId) && part),
        };
        const created = stripe.refunds.create(params, { idempotencyKey: id });
        return refundFound(await created.catch(refused));
      }),
  };
}

function refused(error: unknown): never {
  throw translateRefundError(error);
}

const refundStatuses: Readonly<Record<string, ReportedRefund['status']>> = {
  succeeded: 'succeeded',
  failed: 'failed',
  canceled: 'failed',
};

function refundFound(refund: Stripe.Refund): ReportedRefund {
  const status = refundStatuses[refund.status ?? ''] ?? 'pending';
  return {
    stripeId: refund.id,
    refundId: refund.metadata?.['refundId'],
    amountInMinorUnits: refund.amount,
    status,
    reason: refund.reason ?? 'refunded at the card network',
    ...(status === 'failed' && { problem: refund.failure_reason ?? 'unknown' }),
  };
}

// An inquiry that is closed, and a dispute that was prevented, leave the money with the seller.
const disputeStatuses: Readonly<Record<string, Dispute['status']>> = {
  won: 'won',
  warning_closed: 'won',
  prevented: 'won',
  lost: 'lost',
};

function disputeFound({ id, amount, status, reason, is_charge_refundable }: Stripe.Dispute): Dispute {
  return {
    id,
    amountInMinorUnits: amount,
    status: disputeStatuses[status] ?? 'open',
    reason,
    ...(is_charge_refundable && { isRefundable: true }),
  };
}
