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
  /** As the buyer saw it. Later changes by the seller do not affect the order. */
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
  /** `slot`: the buyer's slot for open orders. Orders from before slots existed have none. */
  | (Common & Readonly<{ status: 'created'; slot?: number }>)
  | (Common & Readonly<{ status: 'cancelled'; reason: 'buyer' | 'expired' }>)
  | (Common & Readonly<{ status: 'complete'; stripeId: string }>);

/** The statuses that hold a ticket. The unique index covers them. */
export const holding: readonly Order['status'][] = ['created', 'complete'];

type Placement = Readonly<{
  id: string;
  userId: string;
  ticket: Ticket;
  holder: Order | undefined;
  /** The buyer's slots for open orders: those known to be taken, and the number of slots. */
  slots: Readonly<{ taken: readonly number[]; most: number }>;
}>;

/** Reserves a free ticket. The present holder gets the same order again, even if the ticket is withdrawn. */
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
  if (slots.taken.length >= slots.most) return refuse('too-many-holds');
  const { title, priceInMinorUnits, currency, version } = ticket;
  const order: Order = {
    id,
    userId,
    ticket: { id: ticket.id, title, priceInMinorUnits, currency, version },
    status: 'created',
    slot: freeSlot(id, slots),
    expiresAt: new Date(now.getTime() + reservationSeconds * 1_000),
    version: 0,
  };
  return accept(order, orderEvent(order));
}

// Ids count on, so orders that one buyer places at one time begin to look at different places.
function freeSlot(id: string, { taken, most }: Placement['slots']): number {
  let slot = Number.parseInt(id.slice(-4), 16) % most;
  while (taken.includes(slot)) slot = (slot + 1) % most;
  return slot;
}

/** Only the buyer may see an order. */
export function show(order: Order, userId: string): Decision<Order, 'not-your-order'> {
  return order.userId === userId ? already(order) : refuse('not-your-order');
}

/** The buyer cancels an unpaid order of an accepted version. */
export function cancel(
  order: Order,
  userId: string,
  ifMatch?: readonly number[],
): Decision<Order, 'not-your-order' | 'precondition-failed' | 'order-complete'> {
  if (order.userId !== userId) return refuse('not-your-order');
  // A repeat is harmless whatever version it names.
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

/** Completes an order, even a late one: until the order is cancelled, it still holds the ticket. */
export function complete(order: Order, stripeId: string): Decision<Order, 'paid-twice'> {
  switch (order.status) {
    case 'cancelled':
      return already(order); // payments also receives order:cancelled and refunds the charge
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

/** The event that describes the present state of an order. */
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

/** What the history shows beside a change of status. */
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
