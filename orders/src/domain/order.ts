// The life of an order, and the only place where it is decided.
//
//   created ──complete──► complete        complete and cancelled are final;
//      └─cancel, expire──► cancelled      created and complete hold the ticket.

import { accept, already, matchesVersion, refuse, type Decision } from '@ticketing/common/decision';
import { OrderCancelled, OrderCompleted, OrderCreated, type DomainEvent } from '@ticketing/common/events';
import { toDecimal, type Currency } from '@ticketing/common/money';
import type { Ticket } from './ticket.js';

type Common = Readonly<{
  id: string;
  userId: string;
  /** as the buyer saw it: this is what is charged, whatever the seller changes later */
  ticket: Readonly<{
    id: string;
    title: string;
    priceInMinorUnits: number;
    currency: Currency;
    version: number;
  }>;
  expiresAt: Date;
  version: number;
}>;

export type Order =
  /** `slot`: which of the buyer's places for open orders it takes. Orders from before there were places have none. */
  | (Common & Readonly<{ status: 'created'; slot?: number }>)
  | (Common & Readonly<{ status: 'cancelled'; reason: 'buyer' | 'expired' }>)
  | (Common & Readonly<{ status: 'complete'; stripeId: string }>);

/** The statuses that hold a ticket; the unique index is made of them. */
export const holding: readonly Order['status'][] = ['created', 'complete'];

type Placement = Readonly<{
  id: string;
  userId: string;
  ticket: Ticket;
  holder: Order | undefined;
  /** the buyer's places for open orders: which are taken, as far as it is known, and how many there are */
  slots: Readonly<{ taken: readonly number[]; most: number }>;
}>;

/** Reserves a ticket that nobody holds. Who holds it already gets the same order again, even if it is withdrawn. */
export function place(
  { id, userId, ticket, holder, slots }: Placement,
  now: Date,
  reservationSeconds: number,
): Decision<Order, 'ticket-reserved' | 'ticket-sold' | 'ticket-withdrawn' | 'too-many-holds'> {
  if (holder) {
    if (holder.userId === userId && !isDue(holder, now)) return already(holder);
    if (holder.status === 'complete') return refuse('ticket-sold');
  }
  if (ticket.withdrawn) return refuse('ticket-withdrawn');
  if (holder) return refuse('ticket-reserved');
  const slot = freeSlot(id, slots);
  if (slot === undefined || slots.taken.length >= slots.most) return refuse('too-many-holds');
  const { title, priceInMinorUnits, currency, version } = ticket;
  const order: Order = {
    id,
    userId,
    ticket: { id: ticket.id, title, priceInMinorUnits, currency, version },
    status: 'created',
    slot,
    expiresAt: new Date(now.getTime() + reservationSeconds * 1_000),
    version: 0,
  };
  return accept(order, orderEvent(order));
}

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

/** An order is shown to its buyer only. */
export function show(order: Order, userId: string): Decision<Order, 'not-your-order'> {
  return order.userId === userId ? already(order) : refuse('not-your-order');
}

/** The buyer gives the ticket back, if the order is of a version that they accept. */
export function cancel(
  order: Order,
  userId: string,
  ifMatch?: readonly number[],
): Decision<Order, 'not-your-order' | 'precondition-failed' | 'order-complete'> {
  if (order.userId !== userId) return refuse('not-your-order');
  // As asked already, whatever version that was asked of: a repeat is harmless.
  if (order.status === 'cancelled') return already(order);
  if (!matchesVersion(order.version, ifMatch)) return refuse('precondition-failed');
  if (order.status === 'complete') return refuse('order-complete');
  return release(order, 'buyer');
}

export function expire(order: Order, now: Date): Decision<Order, 'not-due'> {
  if (order.status !== 'created') return already(order);
  if (!isDue(order, now)) return refuse('not-due');
  return release(order, 'expired');
}

/** Also when it is late: as long as the order is not cancelled the seat is still held. */
export function complete(order: Order, stripeId: string): Decision<Order, 'paid-twice'> {
  switch (order.status) {
    case 'cancelled':
      return already(order); // payments has heard of it too, and gives the money back
    case 'complete':
      return order.stripeId === stripeId ? already(order) : refuse('paid-twice');
    case 'created': {
      const { slot: _freed, ...held } = order;
      const next: Order = { ...held, status: 'complete', stripeId, version: order.version + 1 };
      return accept(next, orderEvent(next));
    }
  }
}

export function isDue(order: Order, now: Date): boolean {
  return order.status === 'created' && now >= order.expiresAt;
}

function release(order: Order, reason: 'buyer' | 'expired'): Decision<Order> {
  if (order.status !== 'created') return already(order);
  const { slot: _freed, ...held } = order;
  const next: Order = { ...held, status: 'cancelled', reason, version: order.version + 1 };
  return accept(next, orderEvent(next));
}

/** The event that says how the order is now. */
export function orderEvent(order: Order): DomainEvent {
  const { id, version, userId } = order;
  const head = { id, version, userId, expiresAt: order.expiresAt.toISOString() };
  const { priceInMinorUnits, ...ticket } = order.ticket;
  switch (order.status) {
    case 'created': {
      const price = toDecimal(priceInMinorUnits, ticket.currency);
      return OrderCreated({ ...head, status: order.status, ticket: { ...ticket, price } });
    }
    case 'cancelled':
      return OrderCancelled({
        ...head,
        status: order.status,
        reason: order.reason,
        ticket: { id: ticket.id },
      });
    case 'complete':
      return OrderCompleted({ ...head, status: order.status, ticket: { id: ticket.id } });
  }
}

/** What an operator wants to read beside a change of status. */
export function historyDetail(before: Order | undefined, after: Order): string | undefined {
  if (before?.status === after.status) return undefined;
  switch (after.status) {
    case 'created':
      return `ticket ${after.ticket.id}`;
    case 'cancelled':
      return after.reason;
    case 'complete':
      return after.stripeId;
  }
}
