// Which money of a payment went back, one notice for each refund. An event carries all refunds of its payment, and several
// events may carry the same one.

import type { Place } from '@ticketing/common/events';
import { toDecimal, toMinorUnits } from '@ticketing/common/money';
import { isTold, type Order } from './order.js';

export type Refund = Readonly<{
  id: string;
  amount: string;
  reason: string;
  /** the places that it pays back; undefined for an amount of the whole order */
  places?: readonly Place[] | undefined;
}>;

type Made = Refund & Readonly<{ status: 'pending' | 'succeeded' | 'failed' }>;

/** The refunds that the people of the order have not been told of. One that the card network has accepted counts. */
export function untoldRefunds(order: Order, refunds: readonly Made[]): Refund[] {
  return refunds.filter(({ id, status }) => status !== 'failed' && !isTold(order, id));
}

/**
 * Like `untoldRefunds`, when the whole payment went back. What no refund explains, for example a lost dispute, counts as one
 * refund.
 */
export function untoldOfWhole(order: Order, reason: string, refunds: readonly Made[] = []): Refund[] {
  const { currency, total } = order;
  const made = refunds.filter(({ status }) => status !== 'failed');
  const explained = made.reduce((sum, { amount }) => sum + toMinorUnits(amount, currency), 0);
  const rest = toMinorUnits(total, currency) - explained;
  const other: Made = {
    id: `rest-${order.id}`,
    amount: toDecimal(Math.max(0, rest), currency),
    ...{ reason, status: 'succeeded' },
  };
  return untoldRefunds(order, rest > 0 ? [...made, other] : made);
}
