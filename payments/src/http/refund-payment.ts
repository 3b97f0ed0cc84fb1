import { refuse, type Decision } from '@ticketing/common/decision';
import { InvalidInput } from '@ticketing/common/errors';
import { acceptedForProcessing, created, handle, ok, problemWith, required } from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import { DecimalPrice, toMinorUnits } from '@ticketing/common/money';
import { trimmedText } from '@ticketing/common/text';
import { z } from 'zod';
import { requireSeller } from '../domain/charge.js';
import type { Refund } from '../domain/charge-state.js';
import type { Payment } from '../domain/payment-state.js';
import { requestRefund } from '../refund.js';
import type { PaymentsContext } from '../store.js';
import { RefundView, viewRefund } from './payment-view.js';

const Params = z.object({ orderId: Id });
const Body = z.strictObject({
  amount: DecimalPrice.optional(),
  reason: trimmedText(200)
    .meta({ examples: ['the match is moved'] })
    .optional(),
});

// POST /api/payments/:orderId/refunds: the seller gives a part of the price back, or all that is left.
export function refundPayment(ctx: PaymentsContext) {
  return handle(
    {
      name: 'refundPayment',
      summary: 'Refunds a payment, or a part of it, to the buyer.',
      user: required,
      params: Params,
      body: Body,
      answers: { 201: RefundView, 200: RefundView, 202: RefundView },
      idempotent: true,
      refusals: [
        'not-found',
        'not-your-sale',
        'order-not-paid',
        'refund-too-large',
        'too-many-refunds',
        'payment-disputed',
        'refund-failed',
      ],
    },
    async ({ params: { orderId }, body, user, cause, orThrow }) => {
      const payment = await ctx.payments.getOrWait(orderId);
      orThrow(requireSeller(payment, user.id));

      const amountInMinorUnits = body.amount === undefined ? undefined : amountIn(body.amount, payment);
      const request = { orderId, amountInMinorUnits, by: `user:${user.id}`, reason: body.reason ?? 'seller' };
      const decision = await requestRefund(ctx, request, cause);
      const { charge, refund } = orThrow(decision);

      if (refund.status === 'failed') orThrow(refusedBy(refund));
      const view = viewRefund(charge, refund);
      if (refund.status === 'requested') return acceptedForProcessing(view);
      return decision.outcome === 'already' ? ok(view) : created(view);
    },
  );
}

/** @throws InvalidInput for an amount that the currency does not have */
export function amountIn(amount: string, { currency }: Payment): number {
  if (currency === undefined) return 0;
  try {
    const minorUnits = toMinorUnits(amount, currency);
    if (minorUnits > 0) return minorUnits;
  } catch {
    throw new InvalidInput([problemWith('amount', `must be an amount in ${currency}`)]);
  }
  throw new InvalidInput([problemWith('amount', 'must be more than zero')]);
}

function refusedBy({
  problem,
}: Refund): Decision<never, 'refund-too-large' | 'payment-disputed' | 'refund-failed'> {
  return refuse(problem === 'refund-too-large' || problem === 'payment-disputed' ? problem : 'refund-failed');
}
