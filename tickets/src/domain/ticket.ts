// The life of a ticket, and the only place where it is decided.
//
//   available ◄──────► reserved ◄─► sold        available: a place is free; the seller may edit the ticket
//       │                                       reserved: no place is free, and an order for one is open
//       └─withdraw──► withdrawn                 sold: orders for all places are complete
//                                               withdrawn: no longer for sale
//
// A withdrawal is final. An order that the orders service accepted before it received the withdrawal stays valid: a ticket
// of one place is reserved and may be sold. If that hold ends, the ticket is withdrawn. The hold of a paid order ends when
// the order is refunded.
// The orders service decides which order holds which place. This service stores what each order holds (holding.ts) and counts.

import { accept, already, matchesVersion, refuse, type Decision } from '@ticketing/common/decision';
import { TicketCreated, TicketUpdated, TicketWithdrawn, type DomainEvent } from '@ticketing/common/events';
import { toDecimal, type Currency } from '@ticketing/common/money';
import type { HeldPlaces } from './holding.js';
import { availableOf, heldOf, isCounted, outcomeOf, quantityOf, type Held, type Hold } from './places.js';

/** The event that a ticket admits to. */
export type TicketedEvent = Readonly<{
  name: string;
  venue: string;
  startsAt: Date;
  /** The IANA time zone of the venue. */
  timeZone: string;
}>;

/** Events that began before this time are over. A day allows for a mistaken time zone, and for events past midnight. */
export const overBefore = (now: Date): Date => new Date(now.getTime() - 24 * 3_600_000);

export const isOver = ({ startsAt }: Pick<TicketedEvent, 'startsAt'>, now: Date): boolean =>
  startsAt < overBefore(now);

export type Ticket = Readonly<{
  id: string;
  title: string;
  priceInMinorUnits: number;
  currency: Currency;
  userId: string;
  event?: TicketedEvent | undefined;
  /** The number of equal places that the seller offers; absent for one. */
  quantity?: number | undefined;
  /** The version at which the seller last changed the quantity. */
  quantitySince?: number | undefined;
  status: 'available' | 'reserved' | 'sold' | 'withdrawn';
  /** The order that holds or bought a ticket of one place. */
  orderId?: string | undefined;
  /** Tickets of the previous release have none until they are counted. */
  held?: Held | undefined;
  /**
   * For pods of the previous release, which decide by this map: the orders that hold a ticket of one place. What such a pod
   * has written is stored as holdings at the next count. The next release removes it.
   */
  holds: Readonly<Record<string, Hold>>;
  /**
   * The version `since` which the offer is unchanged, known at version `at`. A writer that does not know this field, such as
   * an earlier release or a restored backup, leaves `at` behind.
   */
  offered?: Readonly<{ since: number; at: number }> | undefined;
  /** Only the previous release writes it (holding.ts). The next release removes it. */
  forgottenUntil?: Date | undefined;
  /** The seller, or the system, has withdrawn the ticket. An order may still hold it. */
  withdrawn?: true | undefined;
  version: number;
}>;

type Offer = Pick<
  Ticket,
  'id' | 'userId' | 'title' | 'priceInMinorUnits' | 'currency' | 'event' | 'quantity'
>;

export function list({ quantity = 1, ...offer }: Offer): Decision<Ticket> {
  const offered = { since: 0, at: 0 };
  const held = { reserved: 0, sold: 0, least: 0, at: 0 };
  const ticket: Ticket = {
    ...{ ...offer, ...storedQuantity(quantity), status: 'available', holds: {} },
    ...{ held, offered, version: 0 },
  };
  return accept(ticket, TicketCreated(dataOf(ticket)));
}

const storedQuantity = (quantity: number) => ({ quantity: quantity === 1 ? undefined : quantity });

type Edit = Readonly<{
  userId: string;
  title: string;
  priceInMinorUnits: number;
  /** Undefined keeps the currency. */
  currency?: Currency | undefined;
  /** Undefined removes the event. */
  event?: TicketedEvent | undefined;
  /** Undefined keeps the quantity. */
  quantity?: number | undefined;
  /** The version that the seller has loaded, if the request names it. */
  version?: number | undefined;
  /** The versions that the request accepts; undefined accepts every version. */
  ifMatch?: readonly number[] | undefined;
}>;

/** The seller edits a ticket that has a free place, or only raises its quantity. */
export function edit(
  ticket: Ticket,
  { userId, version, ifMatch, currency = ticket.currency, quantity, ...rest }: Edit,
): Decision<
  Ticket,
  | 'not-your-ticket'
  | 'precondition-failed'
  | 'quantity-too-low'
  | 'ticket-sold'
  | 'ticket-reserved'
  | 'ticket-withdrawn'
  | 'version-conflict'
> {
  const offer = { ...rest, currency };
  const { quantity: present = 1 } = ticket;
  const { least } = heldOf(ticket);
  const isSame = isSameOffer(ticket, offer);
  const isRaise = isSame && !ticket.withdrawn && quantity !== undefined && quantity > quantityOf(ticket);
  if (userId !== ticket.userId) return refuse('not-your-ticket');
  if (!matchesVersion(ticket.version, ifMatch)) return refuse('precondition-failed');
  if (quantity !== undefined && quantity < least) return refuse('quantity-too-low', { details: { least } });
  if (ticket.status === 'sold' && !isRaise) return refuse('ticket-sold');
  if (ticket.status === 'reserved' && !isRaise) return refuse('ticket-reserved');
  if (ticket.status === 'withdrawn') return refuse('ticket-withdrawn');
  if (version !== undefined && !isUnchangedSince(version, ticket)) return refuse('version-conflict');
  if (isSame && (quantity ?? present) === present) return already(ticket);
  const { title, priceInMinorUnits, event } = offer;
  const resized = quantity === undefined || quantity === present ? {} : resize(ticket, quantity);
  const change = { title, priceInMinorUnits, currency, event, ...resized };
  // The holder of a ticket that becomes one of one place is unknown until the next count.
  const base = quantity === 1 && resized.status !== undefined ? { ...ticket, held: undefined } : ticket;
  return update(base, change, isSame ? offerVersion(ticket) : ticket.version + 1);
}

/**
 * Has the seller changed nothing since this version? The versions of a ticket of many places rise with each order, so that
 * counting orders is no conflict there.
 */
function isUnchangedSince(version: number, ticket: Ticket): boolean {
  if (quantityOf(ticket) === 1) return version === ticket.version;
  const since = Math.max(offerVersion(ticket), ticket.quantitySince ?? 0);
  return since <= version && version <= ticket.version;
}

function resize(ticket: Ticket, quantity: number): Partial<Ticket> {
  const places = { ...heldOf(ticket), holders: [] };
  const quantitySince = ticket.version + 1;
  return { ...storedQuantity(quantity), quantitySince, ...outcomeOf(quantity, places, ticket.withdrawn) };
}

function isSameOffer(
  ticket: Ticket,
  offer: Pick<Edit, 'title' | 'priceInMinorUnits' | 'currency' | 'event'>,
): boolean {
  return (
    offer.title === ticket.title &&
    offer.priceInMinorUnits === ticket.priceInMinorUnits &&
    offer.currency === ticket.currency &&
    offer.event?.name === ticket.event?.name &&
    offer.event?.venue === ticket.event?.venue &&
    offer.event?.startsAt.getTime() === ticket.event?.startsAt.getTime() &&
    offer.event?.timeZone === ticket.event?.timeZone
  );
}

/** The seller withdraws a ticket of one place that no order holds, or one of many places at any time. */
export function withdraw(
  ticket: Ticket,
  userId: string,
  ifMatch?: readonly number[],
): Decision<Ticket, 'not-your-ticket' | 'precondition-failed' | 'ticket-sold' | 'ticket-reserved'> {
  if (userId !== ticket.userId) return refuse('not-your-ticket');
  const isOne = quantityOf(ticket) === 1;
  // A repeat is harmless, even with another version.
  if (ticket.withdrawn && !(isOne && ticket.status === 'sold')) return already(ticket);
  if (!matchesVersion(ticket.version, ifMatch)) return refuse('precondition-failed');
  if (isOne && ticket.status === 'sold') return refuse('ticket-sold');
  if (isOne && ticket.status === 'reserved') return refuse('ticket-reserved');
  return withdrawBySystem(ticket);
}

/**
 * Withdraws a ticket even if orders hold or have bought places. Those orders stay valid; a place that becomes free is not
 * for sale again.
 */
export function withdrawBySystem(ticket: Ticket): Decision<Ticket> {
  if (ticket.withdrawn) return already(ticket);
  const status = ticket.status === 'available' ? 'withdrawn' : ticket.status;
  return update(ticket, { withdrawn: true, status });
}

/** Withdraws a ticket for an event that is over. */
export const withdrawIfOver = (ticket: Ticket, now: Date): Decision<Ticket> =>
  ticket.event && isOver(ticket.event, now) ? withdrawBySystem(ticket) : already(ticket);

/**
 * Records which places orders hold. `isChanged` if an order has changed since the last count: then the version rises even
 * if the result is the same, so that a slower count of an earlier moment fails at the version guard.
 */
export function count(ticket: Ticket, tally: HeldPlaces, isChanged: boolean): Decision<Ticket> {
  const { reserved, sold, least } = tally;
  const { status, orderId, holds } = outcomeOf(ticket.quantity ?? 1, tally, ticket.withdrawn);
  const present = heldOf(ticket);
  const isSame =
    present.reserved === reserved &&
    present.sold === sold &&
    present.least === least &&
    ticket.status === status &&
    ticket.orderId === orderId;
  if (isSame && isCounted(ticket) && !isChanged) return already(ticket);
  const held = { reserved, sold, least, at: ticket.version };
  return update({ ...ticket, held }, { status, orderId, holds });
}

function update(ticket: Ticket, change: Partial<Ticket>, since = offerVersion(ticket)): Decision<Ticket> {
  const version = ticket.version + 1;
  const held = ticket.held && { ...ticket.held, at: isCounted(ticket) ? version : ticket.held.at };
  const next: Ticket = { ...ticket, ...change, held, offered: { since, at: version }, version };
  return accept(next, ticketEvent(next));
}

/** The version at which the seller last changed the offer; the present one if that is not known. */
export function offerVersion({ offered, version }: Ticket): number {
  return offered?.at === version ? offered.since : version;
}

/** The detail of a change in the history. */
export function historyDetail(before: Ticket | undefined, after: Ticket): string | undefined {
  const quantity = quantityOf(after);
  if (!before) return quantity === 1 ? undefined : `quantity ${quantity}`;
  return quantityOf(before) === quantity ? undefined : `quantity ${quantityOf(before)} → ${quantity}`;
}

/** The event that describes the present state of a ticket. */
export function ticketEvent(ticket: Ticket): DomainEvent {
  return ticket.withdrawn ? TicketWithdrawn(dataOf(ticket)) : TicketUpdated(dataOf(ticket));
}

function dataOf(ticket: Ticket) {
  const { id, version, title, priceInMinorUnits, currency, userId, orderId, event } = ticket;
  const quantity = quantityOf(ticket);
  return {
    ...{ id, version, title, price: toDecimal(priceInMinorUnits, currency), currency, userId },
    offerVersion: offerVersion(ticket),
    ...(quantity > 1 && { quantity, available: availableOf(ticket) }),
    ...(orderId !== undefined && { orderId }),
    ...(event && { event: { ...event, startsAt: event.startsAt.toISOString() } }),
  };
}
