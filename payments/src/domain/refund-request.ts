// A person asks for a refund: of an amount, of places, or of all that is left.

import { already, refuse, type Decision } from '@ticketing/common/decision';
import type { Place } from '@ticketing/common/events';
import { withDueRefundAndStatus } from './charge.js';
import {
  isHeldByDispute,
  refundableAmount,
  nextRefundId,
  withRefunds,
  type Charge,
  type Refund,
} from './charge-state.js';
import { isCharge, type Payment } from './payment-state.js';
import { priceOfPlaces, type PlaceRefusal } from './places.js';

/** Without an amount or places, the request is for everything that is left. */
export type RefundRequest = Readonly<{
  amountInMinorUnits?: number | undefined;
  /** instead of an amount: the sum of their prices goes back, and they are free again */
  places?: readonly Place[] | undefined;
  /** `user:<id>` or `operator:<name>` */
  by: string;
  reason: string;
  /** The idempotent request that asked for the refund. */
  requestKey?: string | undefined;
}>;

/** Only the seller of the ticket may refund. Orders of earlier releases name no seller: an operator refunds those. */
export function requireSeller(payment: Payment, userId: string): Decision<Payment, 'not-your-sale'> {
  return payment.sellerId === userId ? already(payment) : refuse('not-your-sale');
}

export type RefundRefusal =
  | 'order-not-paid'
  | 'refund-too-large'
  | 'payment-disputed'
  | 'too-many-refunds'
  | PlaceRefusal;

/** Each event of a charge lists its refunds. Beyond this number, only all that is left can be refunded; beyond twice, nothing. */
export const maxParts = 50;

/** Asks for a refund of a part of a charge, or of all that is left. One request under one key is one refund. */
export function requestRefund(payment: Payment, request: RefundRequest): Decision<Payment, RefundRefusal> {
  if (!isCharge(payment)) return refuse('order-not-paid');
  const charge = withRefunds(payment);
  const { refunds = [] } = charge;
  const { requestKey, by, reason, places } = request;
  if (requestKey !== undefined && refunds.some((refund) => refund.requestKey === requestKey))
    return already(payment);

  const isPart = request.amountInMinorUnits !== undefined || places !== undefined;
  const asked = amountOf(charge, request);
  if (asked.outcome === 'refused') return asked;
  const amount = asked.state;
  const isAllReturned = !isPart && amount === 0;
  if (isAllReturned && refunds.some(({ status }) => status !== 'failed')) return already(payment);
  if (isAllReturned || isHeldByDispute(charge)) return refuse('payment-disputed');
  if (amount > refundableAmount(charge)) return refuse('refund-too-large');
  if (refunds.length >= (isPart ? maxParts : 2 * maxParts)) return refuse('too-many-refunds');
  const refund: Refund = {
    id: nextRefundId(charge),
    amountInMinorUnits: amount,
    status: 'requested',
    ...{ by, reason, requestKey },
    ...(places && { places }),
  };
  return withDueRefundAndStatus(charge, { ...charge, refunds: [...refunds, refund] });
}

function amountOf(
  charge: Charge,
  { amountInMinorUnits, places }: RefundRequest,
): Decision<number, PlaceRefusal> {
  if (!places) return already(amountInMinorUnits ?? refundableAmount(charge));
  const live = (charge.refunds ?? []).filter(({ status }) => status !== 'failed');
  const named = live.flatMap((refund) => refund.places ?? []);
  return priceOfPlaces(charge.items ?? [], named, places);
}
