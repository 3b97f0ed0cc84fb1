import { refuse, type Decision } from '@ticketing/common/decision';
import { InvalidInput } from '@ticketing/common/errors';
import { acceptedForProcessing, created, handle, ok, problemWith, required } from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import { DecimalPrice, toMinorUnits } from '@ticketing/common/money';
import { trimmedText } from '@ticketing/common/text';
import { z } from 'zod';
import type { Refund } from '../domain/charge-state.js';
import type { Payment } from '../domain/payment-state.js';
import { requireSeller } from '../domain/refund-request.js';
import { requestRefund } from '../refund.js';
import type { PaymentsContext } from '../store.js';
import { PlaceView, RefundView, viewRefund } from './payment-view.js';

const Params = z.object({ orderId: Id });
const mostPlacesOfOrder = 20;
const Body = z
  .strictObject({
    amount: DecimalPrice.optional(),
    places: z.array(PlaceView).min(1).max(mostPlacesOfOrder).optional().meta({
      description:
        'Instead of an amount: the sum of the prices of these places goes back, and they are free again.',
    }),
    reason: trimmedText(200).optional(),
  })
  .refine(({ amount, places }) => amount === undefined || places === undefined, {
    path: ['amount'],
    message: 'must be left out if places are named',
  })
  // Without a body, all that is left goes back.
  .default({});

// POST /api/payments/:orderId/refunds: the seller gives a part of the price back, the price of some places, or all that is
// left.
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
        'unknown-place',
        'place-refunded',
        'nothing-to-refund',
        'too-many-refunds',
        'payment-disputed',
        'refund-failed',
      ],
    },
    async ({ params: { orderId }, body, user, cause, orThrow }) => {
      const payment = await ctx.payments.getOrWait(orderId);
      orThrow(requireSeller(payment, user.id));

      const amountInMinorUnits = body.amount === undefined ? undefined : amountIn(body.amount, payment);
      const { places, reason = 'seller' } = body;
      const request = { orderId, amountInMinorUnits, places, by: `user:${user.id}`, reason };
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
