// The refunds of an order that need a notice, one for each. An event carries all refunds of its payment, and several events
// may carry the same one.

import type { Place } from '@ticketing/common/events';
import { toDecimal, toMinorUnits } from '@ticketing/common/money';
import { isNotified, type Order } from './order.js';

export type Refund = Readonly<{
  id: string;
  amount: string;
  reason: string;
  /** the places that it pays back; undefined for an amount of the whole order */
  places?: readonly Place[] | undefined;
}>;

type RefundWithStatus = Refund & Readonly<{ status: 'pending' | 'succeeded' | 'failed' }>;

/** The refunds about which no notice is stored. A refund that the card network has accepted counts. */
export function newRefunds(order: Order, refunds: readonly RefundWithStatus[]): Refund[] {
  return refunds.filter(({ id, status }) => status !== 'failed' && !isNotified(order, id));
}

/**
 * Like `newRefunds`, when the whole payment went back. An amount without a refund, for example a lost dispute, counts as
 * one refund.
 */
export function newRefundsOfWhole(
  order: Order,
  reason: string,
  refunds: readonly RefundWithStatus[] = [],
): Refund[] {
  const { currency, total } = order;
  const made = refunds.filter(({ status }) => status !== 'failed');
  const explained = made.reduce((sum, { amount }) => sum + toMinorUnits(amount, currency), 0);
  const rest = toMinorUnits(total, currency) - explained;
  const other: RefundWithStatus = {
    id: `rest-${order.id}`,
    amount: toDecimal(Math.max(0, rest), currency),
    ...{ reason, status: 'succeeded' },
  };
  return newRefunds(order, rest > 0 ? [...made, other] : made);
}
