// Refunds for a seller or an operator. The request is saved before Stripe is called, so a repeat or the sweep continues it.

import { accept, already, type Decision } from '@ticketing/common/decision';
import type { Cause } from '@ticketing/common/observability';
import { nextRefundId, withRefunds, type Charge, type Refund } from './domain/charge-state.js';
import { isCharge, isUnsettled, type Payment } from './domain/payment-state.js';
import {
  requestRefund as decideRefund,
  type RefundRefusal,
  type RefundRequest,
} from './domain/refund-request.js';
import { reported } from './settlement/record.js';
import { settleInTime } from './settlement/settle-in-time.js';
import type { PaymentsContext } from './store.js';

type Request = Readonly<{ orderId: string }> & Omit<RefundRequest, 'requestKey'>;

export type Refunded = Readonly<{ charge: Charge; refund: Refund }>;

/**
 * Refunds a charge, also one of a cancelled or unknown order. `already` if everything was asked for before. The refund is
 * `requested` if Stripe has not answered in time, and `failed` with a problem if Stripe has refused it.
 * @throws NotFound for an unknown order
 */
export async function requestRefund(
  ctx: PaymentsContext,
  { orderId, ...request }: Request,
  cause: Cause,
): Promise<Decision<Refunded, RefundRefusal>> {
  const requestKey = cause.request?.effectId;
  let newId = '';
  const decision = await reported(ctx, (observe) =>
    ctx.payments.change(
      orderId,
      (payment) => {
        newId = isCharge(payment) ? nextRefundId(withRefunds(payment)) : '';
        return decideRefund(observe(payment), { ...request, requestKey });
      },
      cause,
    ),
  );
  if (decision.outcome === 'refused') return decision;

  const isAsked =
    decision.outcome === 'accepted'
      ? ({ id }: Refund) => id === newId
      : (refund: Refund) => requestKey !== undefined && refund.requestKey === requestKey;
  const { state } = decision;
  const settled = isUnsettled(state) ? await settleInTime(ctx, state, cause) : state;
  const asked = refundIn(settled, isAsked);
  // A refund of all that is left was asked for before.
  return asked ? accept(asked) : already(lastIn(settled));
}

function refundIn(payment: Payment, isAsked: (refund: Refund) => boolean): Refunded | undefined {
  const charge = isCharge(payment) ? withRefunds(payment) : undefined;
  const refund = charge?.refunds?.find(isAsked);
  return charge && refund && { charge, refund };
}

/** The last refund that has not failed, or the last one if all have failed. */
function lastIn(payment: Payment): Refunded {
  const charge = isCharge(payment) ? withRefunds(payment) : undefined;
  const refunds = charge?.refunds ?? [];
  const refund = refunds.findLast(({ status }) => status !== 'failed') ?? refunds.at(-1);
  if (!charge || !refund) throw new Error(`The payment ${payment.id} has no refund.`);
  return { charge, refund };
}
