// The life of an order, and the only place where it is decided.
//
//   created ──complete──► complete ──refund──► refunded      created and complete hold the places;
//      │                   │    │ ▲                          cancelled and refunded are final.
//      │                   │    └─┘ free places
//      └─cancel, expire──► cancelled ◄──cancel (if free)
//
// placement.ts begins it. An order for free tickets is complete at once. It keeps its slots, so that the limit of unpaid
// places covers it. Events of payments arrive in any order: a created order whose payment went back is refunded.

import { accept, already, matchesVersion, refuse, type Decision } from '@ticketing/common/decision';
import type { Place } from '@ticketing/common/events';
import { toDecimal, type Currency } from '@ticketing/common/money';
import { itemsOf, placesOf, withoutPlaces, type Item } from './items.js';
import { orderEvent } from './order-events.js';

type Common = Readonly<{
  id: string;
  userId: string;
  /** The first ticket as the buyer saw it. Later changes by the seller do not affect the order. */
  ticket: Readonly<{
    id: string;
    title: string;
    /** the price of the whole order */
    priceInMinorUnits: number;
    currency: Currency;
    version: number;
    /** Orders of earlier releases have none. */
    sellerId?: string | undefined;
  }>;
  /** Without it, the order holds place 0 of its ticket. */
  items?: readonly Item[] | undefined;
  expiresAt: Date;
  /** For each ticket, the number of this order among the buyer's orders for it. Orders of earlier releases have none. */
  repeats?: readonly string[] | undefined;
  version: number;
}>;

export type Order =
  /**
   * `slots`: the buyer's slots at the seller, one for each unpaid or free place. Orders of earlier releases have none.
   * `network`: the hashed network that the order counts for, if there is a limit.
   */
  | (Common & Readonly<{ status: 'created'; slots?: readonly number[]; network?: string | undefined }>)
  | (Common & Readonly<{ status: 'cancelled'; reason: 'buyer' | 'expired'; byOperator?: true }>)
  | (Common & Readonly<{ status: 'complete'; stripeId: string }>)
  /** complete without a payment, because its tickets are free */
  | (Common & Readonly<{ status: 'complete'; stripeId?: undefined; slots?: readonly number[] }>)
  /** `reason` of payment:refunded */
  | (Common & Readonly<{ status: 'refunded'; stripeId: string; reason: string }>);

export const statuses = [
  'created',
  'cancelled',
  'complete',
  'refunded',
] as const satisfies readonly Order['status'][];

/** The statuses that hold places. The unique index covers them. */
export const holdingStatuses: readonly Order['status'][] = ['created', 'complete'];

/** The statuses of a sale: what its seller sees of it. The indexes of sales cover them. */
export const soldStatuses = ['complete', 'refunded'] as const satisfies readonly Order['status'][];

/** Only the buyer may see an order. */
export function show(order: Order, userId: string): Decision<Order, 'not-your-order'> {
  return order.userId === userId ? already(order) : refuse('not-your-order');
}

/** The buyer cancels an unpaid or free order of an accepted version. */
export function cancel(
  order: Order,
  userId: string,
  ifMatch?: readonly number[],
): Decision<Order, 'not-your-order' | 'precondition-failed' | 'order-complete'> {
  if (order.userId !== userId) return refuse('not-your-order');
  // A repeat is harmless, even with another version.
  if (isHolding(order) && !matchesVersion(order.version, ifMatch)) return refuse('precondition-failed');
  return releaseUnpaid(order, { reason: 'buyer' });
}

/** An operator cancels an unpaid or free order on behalf of its buyer. */
export function releaseByOperator(order: Order): Decision<Order, 'order-complete'> {
  return releaseUnpaid(order, { reason: 'buyer', byOperator: true });
}

export function expire(order: Order, now: Date): Decision<Order, 'not-due'> {
  if (order.status !== 'created') return already(order);
  if (!isDue(order, now)) return refuse('not-due');
  return release(order, { reason: 'expired' });
}

type Payment = Readonly<{ stripeId: string; amount: string; currency: Currency }>;

/** Completes an order, even a late one: until the order is cancelled, it still holds its places. */
export function complete(order: Order, payment: Payment): Decision<Order, 'amount-mismatch' | 'paid-twice'> {
  if (!isPriceOf(order, payment)) return refuse('amount-mismatch');
  const { stripeId } = payment;
  switch (order.status) {
    case 'cancelled':
      return already(order); // payments also receives order:cancelled and refunds the charge
    case 'complete':
    case 'refunded':
      return order.stripeId === stripeId ? already(order) : refuse('paid-twice');
    case 'created':
      return acceptNext({ ...nextOf(order), status: 'complete', stripeId });
  }
}

/** The whole payment went back to the buyer, so the order no longer holds its places. */
export function refund(
  order: Order,
  { reason, ...payment }: Payment & Readonly<{ reason: string }>,
): Decision<Order, 'amount-mismatch' | 'another-payment'> {
  if (!isHolding(order)) return already(order);
  if (!isPriceOf(order, payment)) return refuse('amount-mismatch');
  const { stripeId } = payment;
  if (order.status === 'complete' && order.stripeId !== stripeId) return refuse('another-payment');
  return acceptNext({ ...nextOf(order), status: 'refunded', stripeId, reason });
}

/**
 * Places of a paid order were refunded, so it no longer holds them. Places that it does not hold change nothing. The refund
 * of all places is that of the whole payment, which `refund` records.
 */
export function freePlaces(
  order: Order,
  { places, ...payment }: Payment & Readonly<{ places: readonly Place[] }>,
): Decision<Order, 'amount-mismatch' | 'another-payment'> {
  if (!isHolding(order)) return already(order);
  if (!isPriceOf(order, payment)) return refuse('amount-mismatch');
  const { stripeId } = payment;
  if (order.status === 'complete' && order.stripeId !== stripeId) return refuse('another-payment');
  const items = withoutPlaces(itemsOf(order), places);
  const kept = placesOf({ ...order, items }).length;
  if (kept === 0 || kept === placesOf(order).length) return already(order);
  const paid: Order = { ...nextOf(order), status: 'complete', stripeId };
  if (order.status === 'complete') return acceptNext({ ...paid, items });
  // The event of the payment itself is still on its way.
  const freed: Order = { ...nextOf(paid), status: 'complete', stripeId, items };
  return accept(freed, orderEvent(paid), orderEvent(freed));
}

export function isDue(order: Order, now: Date): boolean {
  return order.status === 'created' && now >= order.expiresAt;
}

type Holding = Extract<Order, { status: 'created' | 'complete' }>;
type Cancellation = Omit<Extract<Order, { status: 'cancelled' }>, keyof Common | 'status'>;

export const isHolding = (order: Order): order is Holding => holdingStatuses.includes(order.status);

// Both amounts are written by toDecimal: equal amounts are equal texts.
const isPriceOf = ({ ticket }: Order, { amount, currency }: Payment): boolean =>
  currency === ticket.currency && amount === toDecimal(ticket.priceInMinorUnits, ticket.currency);

function releaseUnpaid(order: Order, cancellation: Cancellation): Decision<Order, 'order-complete'> {
  if (!isHolding(order)) return already(order);
  if (order.status === 'complete' && order.stripeId !== undefined) return refuse('order-complete');
  return release(order, cancellation);
}

function release(order: Holding, cancellation: Cancellation): Decision<Order> {
  return acceptNext({ ...nextOf(order), ...cancellation, status: 'cancelled' });
}

/** The next version without the fields of the present status. */
const nextOf = ({ id, userId, ticket, items, expiresAt, repeats, version }: Order): Common => ({
  ...{ id, userId, ticket, items, expiresAt, repeats },
  version: version + 1,
});

const acceptNext = (next: Order): Decision<Order> => accept(next, orderEvent(next));
