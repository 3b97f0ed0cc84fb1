// The life of a ticket, and the only place where it is decided.
//
//   available ◄──────► reserved ──► sold        available: the seller may edit the ticket
//       │                                       reserved: an order for it is open
//       └─withdraw──► withdrawn                 sold: an order for it is complete
//                                               withdrawn: no longer for sale
//
// A withdrawal is final and stored beside the holds. An order that the orders service accepted before it received the
// withdrawal stays valid: the ticket is reserved and may be sold. If that hold ends, the ticket is withdrawn. The hold of a
// paid order ends when the order is refunded.
// The orders service decides which order holds a ticket; this service records one entry per order. With a single holder field, a late
// order:cancelled of one buyer would release the ticket of the next.

import { accept, already, matchesVersion, refuse, type Decision } from '@ticketing/common/decision';
import { TicketCreated, TicketUpdated, TicketWithdrawn, type DomainEvent } from '@ticketing/common/events';
import { toDecimal, type Currency } from '@ticketing/common/money';

export type Hold = Readonly<{
  version: number;
  status: 'created' | 'complete' | 'cancelled' | 'refunded';
  expiresAt: Date;
}>;

/** The event that a ticket admits to. */
export type TicketedEvent = Readonly<{
  name: string;
  venue: string;
  startsAt: Date;
  /** The IANA time zone of the venue. */
  timeZone: string;
}>;

export type Ticket = Readonly<{
  id: string;
  title: string;
  priceInMinorUnits: number;
  currency: Currency;
  userId: string;
  event?: TicketedEvent | undefined;
  status: 'available' | 'reserved' | 'sold' | 'withdrawn';
  /** The order that holds or bought the ticket. */
  orderId?: string | undefined;
  /** The orders for this ticket, by id. */
  holds: Readonly<Record<string, Hold>>;
  /**
   * The version `since` which the offer is unchanged, known at version `at`. A writer that does not know this field, such as
   * an earlier release or a restored backup, leaves `at` behind.
   */
  offered?: Readonly<{ since: number; at: number }> | undefined;
  /**
   * The latest end of the window of a forgotten order. An order is placed after the one before it has ended, so an
   * order:created with an earlier window is late: its order has ended, too.
   */
  forgottenUntil?: Date | undefined;
  /** The seller has withdrawn the ticket. An order may still hold it. */
  withdrawn?: true | undefined;
  version: number;
}>;

const hourMs = 3_600_000;
const acceptCreatedMs = 7 * 24 * hourMs;
const keepNeverCompleteMs = hourMs;
// Longer than the bus keeps an event: a late order:completed would make the ticket sold.
const keepOnceCompleteMs = 8 * 24 * hourMs;
/** Each change writes all holds, so a ticket keeps the newest ended orders only. */
export const mostEnded = 200;

type Offer = Pick<Ticket, 'id' | 'userId' | 'title' | 'priceInMinorUnits' | 'currency' | 'event'>;

export function list(offer: Offer): Decision<Ticket> {
  const offered = { since: 0, at: 0 };
  const ticket: Ticket = { ...offer, status: 'available', holds: {}, offered, version: 0 };
  return accept(ticket, TicketCreated(dataOf(ticket)));
}

type Edit = Readonly<{
  userId: string;
  title: string;
  priceInMinorUnits: number;
  /** Undefined keeps the currency. */
  currency?: Currency | undefined;
  /** Undefined removes the event. */
  event?: TicketedEvent | undefined;
  /** The version that the seller has loaded, if the request names it. */
  version?: number | undefined;
  /** The versions that the request accepts; undefined accepts every version. */
  ifMatch?: readonly number[] | undefined;
}>;

export function edit(
  ticket: Ticket,
  { userId, version, ifMatch, currency = ticket.currency, ...offer }: Edit,
): Decision<
  Ticket,
  | 'not-your-ticket'
  | 'precondition-failed'
  | 'ticket-sold'
  | 'ticket-reserved'
  | 'ticket-withdrawn'
  | 'version-conflict'
> {
  if (userId !== ticket.userId) return refuse('not-your-ticket');
  if (!matchesVersion(ticket.version, ifMatch)) return refuse('precondition-failed');
  if (ticket.status === 'sold') return refuse('ticket-sold');
  if (ticket.status === 'reserved') return refuse('ticket-reserved');
  if (ticket.status === 'withdrawn') return refuse('ticket-withdrawn');
  if (version !== undefined && version !== ticket.version) return refuse('version-conflict');
  if (isSameOffer(ticket, { ...offer, currency })) return already(ticket);
  const { title, priceInMinorUnits, event } = offer;
  return update(ticket, { title, priceInMinorUnits, currency, event }, ticket.version + 1);
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

/** The seller withdraws a ticket that no order holds. */
export function withdraw(
  ticket: Ticket,
  userId: string,
  ifMatch?: readonly number[],
): Decision<Ticket, 'not-your-ticket' | 'precondition-failed' | 'ticket-sold' | 'ticket-reserved'> {
  if (userId !== ticket.userId) return refuse('not-your-ticket');
  // A repeat is harmless, even with another version.
  if (ticket.withdrawn && ticket.status !== 'sold') return already(ticket);
  if (!matchesVersion(ticket.version, ifMatch)) return refuse('precondition-failed');
  if (ticket.status === 'sold') return refuse('ticket-sold');
  if (ticket.status === 'reserved') return refuse('ticket-reserved');
  return withdrawBySystem(ticket);
}

/**
 * Withdraws a ticket even if an order holds it or has bought it. That order stays valid; should it be refunded, the ticket is
 * not for sale again.
 */
export function withdrawBySystem(ticket: Ticket): Decision<Ticket> {
  if (ticket.withdrawn) return already(ticket);
  return update(ticket, { withdrawn: true, ...statusOf(ticket.holds, true) });
}

type RecordedOrder = Readonly<{ orderId: string }> & Hold;

/** Records the state of an order for this ticket, if it is newer than the recorded one. */
export function recordOrder(
  ticket: Ticket,
  { orderId, ...hold }: RecordedOrder,
  now: Date,
): Decision<Ticket, 'too-old'> {
  const recorded = ticket.holds[orderId];
  if (recorded && recorded.version >= hold.version) return already(ticket);
  if (hold.status === 'created' && isOlderThan(acceptCreatedMs, hold.expiresAt, now))
    return refuse('too-old');
  const { forgottenUntil } = ticket;
  if (!recorded && hold.status === 'created' && forgottenUntil && hold.expiresAt <= forgottenUntil)
    return refuse('too-old');
  const next = forgetEnded({ ...ticket.holds, [orderId]: hold }, forgottenUntil, now);
  if (!recorded && !(orderId in next.holds) && next.forgottenUntil === forgottenUntil) return already(ticket);
  return update(ticket, { ...next, ...statusOf(next.holds, ticket.withdrawn) });
}

/** `sold` if any order is complete, else `reserved` if any is open, else what the seller has decided. */
function statusOf(
  holds: Ticket['holds'],
  withdrawn: Ticket['withdrawn'],
): Pick<Ticket, 'status' | 'orderId'> {
  const withStatus = (status: Hold['status']) =>
    Object.entries(holds)
      .filter(([, hold]) => hold.status === status)
      .sort(([, a], [, b]) => b.expiresAt.getTime() - a.expiresAt.getTime());
  const [complete] = withStatus('complete');
  if (complete) return { status: 'sold', orderId: complete[0] };
  const [open] = withStatus('created');
  if (open) return { status: 'reserved', orderId: open[0] };
  return { status: withdrawn ? 'withdrawn' : 'available', orderId: undefined };
}

/** Removes old ended orders, and the oldest beyond the limit. */
function forgetEnded(
  holds: Ticket['holds'],
  before: Date | undefined,
  now: Date,
): Pick<Ticket, 'holds' | 'forgottenUntil'> {
  const ended = Object.entries(holds).filter(([, hold]) => isEnded(hold));
  const newestFirst = ended.sort(([, a], [, b]) => b.expiresAt.getTime() - a.expiresAt.getTime());
  const forgotten = new Map(newestFirst.filter(([, hold], at) => at >= mostEnded || isOldEnded(hold, now)));
  const [latest] = forgotten.values();
  return {
    holds: Object.fromEntries(Object.entries(holds).filter(([orderId]) => !forgotten.has(orderId))),
    forgottenUntil: latest && (!before || latest.expiresAt > before) ? latest.expiresAt : before,
  };
}

const isEnded = ({ status }: Hold): boolean => status === 'cancelled' || status === 'refunded';

// Version 1 of an order that was never complete is its cancellation.
function isOldEnded({ status, version, expiresAt }: Hold, now: Date): boolean {
  const keptMs = version > 1 ? keepOnceCompleteMs : keepNeverCompleteMs;
  return status === 'cancelled' && isOlderThan(keptMs, expiresAt, now);
}

function update(ticket: Ticket, change: Partial<Ticket>, since = offerVersion(ticket)): Decision<Ticket> {
  const version = ticket.version + 1;
  const next: Ticket = { ...ticket, ...change, offered: { since, at: version }, version };
  return accept(next, ticketEvent(next));
}

/** The version at which the seller last changed the offer; the present one if that is not known. */
export function offerVersion({ offered, version }: Ticket): number {
  return offered?.at === version ? offered.since : version;
}

/** The event that describes the present state of a ticket. */
export function ticketEvent(ticket: Ticket): DomainEvent {
  return ticket.withdrawn ? TicketWithdrawn(dataOf(ticket)) : TicketUpdated(dataOf(ticket));
}

function dataOf(ticket: Ticket) {
  const { id, version, title, priceInMinorUnits, currency, userId, orderId, event } = ticket;
  return {
    ...{ id, version, title, price: toDecimal(priceInMinorUnits, currency), currency, userId },
    offerVersion: offerVersion(ticket),
    ...(orderId !== undefined && { orderId }),
    ...(event && { event: { ...event, startsAt: event.startsAt.toISOString() } }),
  };
}

function isOlderThan(milliseconds: number, time: Date, now: Date): boolean {
  return now.getTime() - time.getTime() > milliseconds;
}
