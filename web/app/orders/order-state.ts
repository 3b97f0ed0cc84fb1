// One status for an order and its payment together. Events connect the two, so one may be ahead of the other.

import type { DataOf } from '@ticketing/client';

export type Order = DataOf<'showOrder'>;
export type Payment = DataOf<'showPayment'>;

export type OrderState =
  /** the buyer can pay */
  | 'open'
  /** the card network decides */
  | 'processing'
  /** the bank waits for the buyer's approval */
  | 'needs-approval'
  /** The time to pay is over, and the order is about to be cancelled. */
  | 'overdue'
  | 'paid'
  | 'refunding'
  | 'partly-refunded'
  | 'refunded'
  /** cancelled, because it was not paid in time */
  | 'expired'
  | 'cancelled';

const ofUnpaid: Record<Payment['status'], OrderState> = {
  pending: 'processing',
  'requires-action': 'needs-approval',
  declined: 'open',
  succeeded: 'paid',
  refunding: 'refunding',
  'partly-refunded': 'partly-refunded',
  refunded: 'refunded',
};

/**
 * @param payment null before the first attempt to pay, undefined while it is not known
 * @param now the server's clock in milliseconds
 */
export function stateOf(
  order: Pick<Order, 'status' | 'cancelledBy' | 'expiresAt'>,
  payment: Pick<Payment, 'status'> | null | undefined,
  now: number,
): OrderState {
  switch (order.status) {
    case 'cancelled':
      return order.cancelledBy === 'expiry' ? 'expired' : 'cancelled';
    case 'refunded':
      return 'refunded';
    case 'complete': {
      const state = payment ? ofUnpaid[payment.status] : 'paid';
      return state === 'refunding' || state === 'partly-refunded' || state === 'refunded' ? state : 'paid';
    }
    case 'created': {
      const state = payment ? ofUnpaid[payment.status] : 'open';
      const isOver = now >= Date.parse(order.expiresAt);
      return isOver && (state === 'open' || state === 'needs-approval') ? 'overdue' : state;
    }
  }
}

/** The outcome of the payment is not known yet. */
export const isUndecided = (payment: Pick<Payment, 'status'> | null | undefined): boolean =>
  payment?.status === 'pending' || payment?.status === 'requires-action';

/** The places of a ticket that a refund has paid back. */
export const placesPaidBack = (payment: Payment | null | undefined, ticketId: string): readonly number[] =>
  (payment?.refunds ?? [])
    .filter(({ status }) => status === 'succeeded')
    .flatMap(({ places = [] }) => places)
    .filter((place) => place.ticketId === ticketId)
    .map(({ place }) => place);
