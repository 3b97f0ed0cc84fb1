import { maxPlaces } from '@ticketing/common/events';
import { Id } from '@ticketing/common/id';
import { Currency, DecimalPrice, toDecimal } from '@ticketing/common/money';
import { z } from 'zod';
import {
  receivedRefundAmount,
  requesterOf,
  withRefunds,
  type Charge,
  type Dispute,
  type Refund,
} from '../domain/charge-state.js';
import { declineReasons, isCharge, type VisiblePayment } from '../domain/payment-state.js';

const Status = z.enum([
  'pending',
  'requires-action',
  'declined',
  'succeeded',
  'refunding',
  'partly-refunded',
  'refunded',
]);
const clientSecret = z.string().meta({
  description: 'For Stripe.js, which shows the challenge of the bank.',
  examples: ['pi_3Q_secret_7x'],
});

/** The answer to POST /api/payments. */
export const PaymentReceipt = z
  .object({ id: Id, orderId: Id, status: Status })
  .meta({ id: 'PaymentReceipt' });

/** The answer to POST /api/payments while the outcome is open. */
export const OpenPayment = PaymentReceipt.extend({ clientSecret: clientSecret.optional() }).meta({
  id: 'OpenPayment',
});

export const PlaceView = z
  .strictObject({
    ticketId: Id,
    place: z
      .int()
      .min(0)
      .max(maxPlaces - 1)
      .meta({ description: 'The number of the place, from 0.' }),
  })
  .meta({ id: 'Place' });

/** A refund as buyer and seller see it. */
export const RefundView = z
  .object({
    id: z.string().meta({ examples: ['rf-665f1c2e0a9b8c7d6e5f4a3b-1'] }),
    amount: DecimalPrice,
    currency: Currency,
    status: z.enum(['pending', 'succeeded', 'failed']),
    by: z.enum(['seller', 'operator', 'system', 'card-network']),
    reason: z.string().meta({ examples: ['the match is moved'] }),
    places: z
      .array(PlaceView)
      .optional()
      .meta({ description: 'The places that it pays back; they are free again once it has succeeded.' }),
  })
  .meta({ id: 'Refund' });

const DisputeView = z
  .object({
    id: z.string().meta({ examples: ['du_1Q'] }),
    amount: DecimalPrice,
    currency: Currency,
    status: z.enum(['open', 'won', 'lost']),
    reason: z.string().meta({ examples: ['fraudulent'] }),
  })
  .meta({ id: 'Dispute' });

/** A payment as its buyer and the seller see it. */
export const PaymentView = PaymentReceipt.extend({
  amount: DecimalPrice,
  currency: Currency,
  refunded: DecimalPrice.meta({ description: 'What went back to the buyer.', examples: ['0.00'] }),
  refunds: z.array(RefundView),
  disputes: z.array(DisputeView),
  clientSecret: clientSecret.optional(),
  declineReason: z.enum(declineReasons).optional().meta({
    description:
      'What the bank says about the declined card, if the buyer may know it. Only the buyer sees it.',
  }),
}).meta({ id: 'Payment' });

// Buyers do not see the steps of an attempt. A parked charge has no buyer.
const statusFor: Record<VisiblePayment['status'], z.infer<typeof Status>> = {
  pending: 'pending',
  'requires-action': 'requires-action',
  cancelling: 'pending',
  declined: 'declined',
  parked: 'pending',
  succeeded: 'succeeded',
  refunding: 'refunding',
  'partly-refunded': 'partly-refunded',
  refunded: 'refunded',
};

export function viewReceipt({ id, status }: VisiblePayment): z.infer<typeof PaymentReceipt> {
  return { id, orderId: id, status: statusFor[status] };
}

/** The payment as a user may see it. Only its buyer sees the secret of a challenge and what the bank says. */
export function viewPayment(
  payment: VisiblePayment,
  viewerId: string,
  clientSecret: string | undefined,
): z.infer<typeof PaymentView> {
  const isBuyer = payment.userId === viewerId;
  const { amountInMinorUnits, currency } = payment;
  const charge = isCharge(payment) ? withRefunds(payment) : undefined;
  return {
    ...viewReceipt(payment),
    amount: toDecimal(amountInMinorUnits, currency),
    currency,
    refunded: toDecimal(charge ? receivedRefundAmount(charge) : 0, currency),
    refunds: charge?.refunds?.map((refund) => viewRefund(charge, refund)) ?? [],
    disputes: charge?.disputes?.map((dispute) => viewDispute(charge, dispute)) ?? [],
    ...(isBuyer && clientSecret !== undefined && { clientSecret }),
    ...(isBuyer &&
      payment.status === 'declined' &&
      payment.declineReason && { declineReason: payment.declineReason }),
  };
}

export function viewRefund({ currency }: Charge, refund: Refund): z.infer<typeof RefundView> {
  const { id, amountInMinorUnits, status, by, reason, places } = refund;
  return {
    id,
    amount: toDecimal(amountInMinorUnits, currency),
    currency,
    status: status === 'requested' ? 'pending' : status,
    by: requesterOf(by),
    reason,
    ...(places && { places: [...places] }),
  };
}

function viewDispute({ currency }: Charge, dispute: Dispute): z.infer<typeof DisputeView> {
  const { id, amountInMinorUnits, status, reason } = dispute;
  return { id, amount: toDecimal(amountInMinorUnits, currency), currency, status, reason };
}
