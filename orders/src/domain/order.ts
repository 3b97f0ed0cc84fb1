// The life of an order, and the only place where it is decided.
//
//   created ──complete──► complete ──refund──► refunded      created and complete hold the ticket;
//      │                     │                               cancelled and refunded are final.
//      └─cancel, expire──► cancelled ◄──cancel (if free)
//
// An order for a free ticket is complete at once. It keeps its slot, so that the limit of open orders covers it. Events of
// payments arrive in any order: a created order whose payment went back is refunded.

import { accept, already, matchesVersion, refuse, type Decision } from '@ticketing/common/decision';
import { toDecimal, type Currency } from '@ticketing/common/money';
import { coolDownSeconds, nextRepeat, type EarlierOrder } from './cool-down.js';
import { orderEvent } from './order-events.js';
import { compareOffer, type Ticket } from './ticket.js';

type Common = Readonly<{
  id: string;
  userId: string;
  /** The ticket as the buyer saw it. Later changes by the seller do not affect the order. */
  ticket: Readonly<{
    id: string;
    title: string;
    priceInMinorUnits: number;
    currency: Currency;
    version: number;
    /** Orders of earlier releases have none. */
    sellerId?: string | undefined;
  }>;
  expiresAt: Date;
  /** Number of the buyer's earlier orders for this ticket. Orders of earlier releases have none. */
  repeat?: number | undefined;
  version: number;
}>;

export type Order =
  /**
   * `slot`: the buyer's slot for open and free orders. Orders from before slots existed have none.
   * `network`: the hashed network that the order counts for, if there is a limit.
   */
  | (Common & Readonly<{ status: 'created'; slot?: number; network?: string | undefined }>)
  | (Common & Readonly<{ status: 'cancelled'; reason: 'buyer' | 'expired'; byOperator?: true }>)
  | (Common & Readonly<{ status: 'complete'; stripeId: string }>)
  /** complete without a payment, because the ticket is free */
  | (Common & Readonly<{ status: 'complete'; stripeId?: undefined; slot: number }>)
  /** `reason` of payment:refunded */
  | (Common & Readonly<{ status: 'refunded'; stripeId: string; reason: string }>);

/** The statuses that hold a ticket. The unique index covers them. */
export const holding: readonly Order['status'][] = ['created', 'complete'];

export type Placement = Readonly<{
  id: string;
  userId: string;
  ticket: Ticket;
  /** The versions of the ticket that the buyer accepts; undefined accepts every version. */
  accepted?: readonly number[] | undefined;
  holder: Order | undefined;
  /** The buyer's slots: those known to be taken, and the number of slots. */
  slots: Readonly<{ taken: readonly number[]; most: number }>;
  /** The buyer's latest orders for this ticket, newest first, as far as they are known. */
  earlier: readonly EarlierOrder[];
  /** The buyer's network; undefined without a limit. */
  network: BuyerNetwork | undefined;
}>;

/** `key` identifies the network; `isFull` if its unpaid orders have reached the limit. */
export type BuyerNetwork = Readonly<{ key: string; isFull: boolean }>;

/** A network frees a place whenever one of its orders is paid or ends. */
const fullNetworkRetrySeconds = 30;

type Rules = Readonly<{ reservationSeconds: number; allowOwnPurchase: boolean }>;

type NotPlaced =
  | 'own-ticket'
  | 'ticket-changed'
  | 'ticket-cool-down'
  | 'ticket-reserved'
  | 'ticket-sold'
  | 'ticket-version-unknown'
  | 'ticket-withdrawn'
  | 'too-many-holds'
  | 'too-many-holds-at-network';

/**
 * Reserves a free ticket; one without a price is bought at once. The present holder gets the same order again, whatever
 * has happened to the ticket since.
 */
export function place(placement: Placement, now: Date, rules: Rules): Decision<Order, NotPlaced> {
  const { id, userId, ticket, accepted, holder, slots, earlier, network } = placement;
  if (holder?.userId === userId && !isDue(holder, now)) return already(holder);
  if (ticket.sellerId === userId && !rules.allowOwnPurchase) return refuse('own-ticket');
  if (holder?.status === 'complete') return refuse('ticket-sold');
  if (ticket.withdrawn) return refuse('ticket-withdrawn');
  if (holder) return refuse('ticket-reserved');
  const offer = compareOffer(ticket, accepted);
  if (offer === 'unknown') return refuse('ticket-version-unknown', { retryAfterSeconds: 1 });
  if (offer === 'changed') return refuse('ticket-changed', { details: offerOf(ticket) });
  const wait = coolDownSeconds(earlier, now, rules.reservationSeconds);
  if (wait > 0) return refuse('ticket-cool-down', { retryAfterSeconds: wait });
  const slot = freeSlot(id, slots);
  if (slot === undefined || slots.taken.length >= slots.most) return refuse('too-many-holds');
  const { title, priceInMinorUnits, currency, version, sellerId } = ticket;
  const isFree = priceInMinorUnits === 0;
  if (network?.isFull && !isFree)
    return refuse('too-many-holds-at-network', { retryAfterSeconds: fullNetworkRetrySeconds });

  const order: Order = {
    id,
    userId,
    ticket: { id: ticket.id, title, priceInMinorUnits, currency, version, sellerId },
    status: 'created',
    slot,
    expiresAt: new Date(now.getTime() + rules.reservationSeconds * 1_000),
    repeat: nextRepeat(earlier),
    version: 0,
  };
  if (!isFree) return accept({ ...order, network: network?.key }, orderEvent(order));
  const complete: Order = { ...order, status: 'complete', slot, version: 1 };
  return accept(complete, orderEvent(order), orderEvent(complete));
}

/** What a buyer is told who has seen another offer. */
const offerOf = ({ version, priceInMinorUnits, currency }: Ticket) => ({
  version,
  price: toDecimal(priceInMinorUnits, currency),
  currency,
});

/**
 * The first free slot of `most`, or undefined. The search starts at a slot that depends on the id: ids are sequential, so
 * simultaneous orders of one buyer try different slots first.
 */
export function freeSlot(id: string, { taken, most }: Placement['slots']): number | undefined {
  const start = Number.parseInt(id.slice(-4), 16);
  for (let offset = 0; offset < most; offset += 1) {
    const slot = (start + offset) % most;
    if (!taken.includes(slot)) return slot;
  }
  return undefined;
}

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

/** Completes an order, even a late one: until the order is cancelled, it still holds the ticket. */
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

/** The whole payment went back to the buyer, so the order no longer holds the ticket. */
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

export function isDue(order: Order, now: Date): boolean {
  return order.status === 'created' && now >= order.expiresAt;
}

type Holding = Extract<Order, { status: 'created' | 'complete' }>;
type Cancellation = Omit<Extract<Order, { status: 'cancelled' }>, keyof Common | 'status'>;

const isHolding = (order: Order): order is Holding => holding.includes(order.status);

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
const nextOf = ({ id, userId, ticket, expiresAt, repeat, version }: Order): Common => ({
  ...{ id, userId, ticket, expiresAt, repeat },
  version: version + 1,
});

const acceptNext = (next: Order): Decision<Order> => accept(next, orderEvent(next));
