// Makes the requested refunds of a charge at Stripe, after reading what is there already: refunds of an interrupted step,
// refunds made at the dashboard, and disputes.

import type { Cause } from '@ticketing/common/observability';
import { RefundRefused } from '../cards/card-errors.js';
import { recordReported, recordRefund, recordRefusedRefund } from '../domain/charge.js';
import { withRefunds, type Charge, type Refund } from '../domain/charge-state.js';
import { isCharge, type Payment } from '../domain/payment-state.js';
import type { PaymentsContext } from '../store.js';
import { record } from './record.js';

export async function settleRefunds(ctx: PaymentsContext, payment: Charge, cause: Cause): Promise<Payment> {
  let current = await readCharge(ctx, payment, cause);
  for (const refund of requestedOf(current)) {
    current = await refundOnce(ctx, payment, refund, cause);
    if (!requestedOf(current).length) break;
  }
  return current;
}

/** Records all refunds and disputes that Stripe knows of a charge. */
export async function readCharge(ctx: PaymentsContext, charge: Charge, cause: Cause): Promise<Payment> {
  const found = await ctx.cards.chargeAt(charge.intentId);
  return record(ctx, charge, (current) => recordReported(current, found), cause);
}

async function refundOnce(
  ctx: PaymentsContext,
  charge: Charge,
  { id, amountInMinorUnits }: Refund,
  cause: Cause,
): Promise<Payment> {
  const { id: orderId, intentId } = charge;
  try {
    const answer = await ctx.cards.refund({ id, intentId, orderId, amountInMinorUnits });
    return await record(ctx, charge, (current) => recordRefund(current, answer), cause);
  } catch (error) {
    if (!(error instanceof RefundRefused)) throw error;
    // A refund at the dashboard or a dispute may have come first. What Stripe knows now decides.
    const seen = await readCharge(ctx, charge, cause);
    if (!requestedOf(seen).some((refund) => refund.id === id)) return seen;
    return record(ctx, charge, (current) => recordRefusedRefund(current, id, error.problem), cause);
  }
}

function requestedOf(payment: Payment): readonly Refund[] {
  if (!isCharge(payment)) return [];
  return (withRefunds(payment).refunds ?? []).filter(({ status }) => status === 'requested');
}
