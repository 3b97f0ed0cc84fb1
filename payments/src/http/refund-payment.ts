import { refuse, type Decision } from '@ticketing/common/decision';
import { InvalidInput } from '@ticketing/common/errors';
import {
  acceptedForProcessing,
  created,
  handle,
  ok,
  operator,
  problemWith,
  required,
} from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import { DecimalPrice, toMinorUnits } from '@ticketing/common/money';
import type { Cause } from '@ticketing/common/observability';
import { trimmedText } from '@ticketing/common/text';
import { z } from 'zod';
import type { Refund } from '../domain/charge-state.js';
import type { Payment } from '../domain/payment-state.js';
import { requireSeller } from '../domain/refund-request.js';
import { requestRefund, type Refunded } from '../refund.js';
import type { PaymentsContext } from '../store.js';
import { PlaceView, RefundView, viewRefund } from './payment-view.js';

const Params = z.object({ orderId: Id });
const maxPlacesOfOrder = 20;
const Reason = trimmedText(200);
const returned = {
  amount: DecimalPrice.optional(),
  places: z.array(PlaceView).min(1).max(maxPlacesOfOrder).optional().meta({
    description:
      'Instead of an amount: the sum of the prices of these places goes back, and they are free again.',
  }),
};
type Returned = Readonly<{ amount?: string | undefined; places?: z.infer<typeof PlaceView>[] | undefined }>;
const namesAtMostOne = ({ amount, places }: Returned) => amount === undefined || places === undefined;
const otherwise = { path: ['amount'], message: 'must be left out if places are named' };

const Body = z
  .strictObject({ ...returned, reason: Reason.optional() })
  .refine(namesAtMostOne, otherwise)
  // Without a body, all that is left goes back.
  .default({});
const OperatorBody = z.strictObject({ ...returned, reason: Reason }).refine(namesAtMostOne, otherwise);

const answers = { 201: RefundView, 200: RefundView, 202: RefundView };
const refusals = [
  'not-found',
  'order-not-paid',
  'refund-too-large',
  'unknown-place',
  'place-refunded',
  'nothing-to-refund',
  'too-many-refunds',
  'payment-disputed',
  'refund-failed',
] as const;

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
      answers,
      idempotent: true,
      refusals: ['not-your-sale', ...refusals],
    },
    async ({ params: { orderId }, body, user, cause, orThrow }) => {
      const payment = await ctx.payments.getOrWait(orderId);
      orThrow(requireSeller(payment, user.id));

      const decision = await refund(ctx, payment, { ...body, reason: body.reason ?? 'seller' }, cause);
      return answerOf(decision, orThrow(decision));
    },
  );
}

// POST /api/payments/office/refunds/:orderId: an operator does the same for any payment, also one of an unknown order.
export function refundByOperator(ctx: PaymentsContext) {
  return handle(
    {
      name: 'refundByOperator',
      summary: 'An operator refunds a payment, or a part of it, to the buyer.',
      user: operator,
      params: Params,
      body: OperatorBody,
      answers,
      idempotent: true,
      refusals,
    },
    async ({ params: { orderId }, body, cause, orThrow }) => {
      const payment = await ctx.payments.get(orderId);

      const decision = await refund(ctx, payment, body, cause);
      return answerOf(decision, orThrow(decision));
    },
  );
}

type Asked = Returned & Readonly<{ reason: string }>;

/** The refund, refused also if Stripe has refused it. */
async function refund(ctx: PaymentsContext, payment: Payment, { amount, ...asked }: Asked, cause: Cause) {
  const amountInMinorUnits = amount === undefined ? undefined : amountIn(amount, payment);
  const request = { orderId: payment.id, amountInMinorUnits, ...asked, by: cause.by };
  const decision = await requestRefund(ctx, request, cause);
  const isRefused = decision.outcome !== 'refused' && decision.state.refund.status === 'failed';
  return isRefused ? refusedBy(decision.state.refund) : decision;
}

function answerOf({ outcome }: Pick<Decision<Refunded>, 'outcome'>, { charge, refund: made }: Refunded) {
  const view = viewRefund(charge, made);
  if (made.status === 'requested') return acceptedForProcessing(view);
  return outcome === 'already' ? ok(view) : created(view);
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
