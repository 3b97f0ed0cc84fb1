// The life of a ticket, and the only place where it is decided.
//
//   available ◄──────► reserved ──► sold        sold: an order for it is complete
//       │ seller may edit   nobody may edit     reserved: an order for it is open
//       └─withdraw──► withdrawn                 withdrawn: not for sale any more
//
// "Withdrawn" is remembered beside the holds and never taken back. An order that was accepted before orders knew of it
// stands: the ticket is reserved and may be sold; if the hold ends unpaid it is withdrawn, not available.
// Orders decide who holds a ticket; tickets only records what they say, one entry per order. With a single
// "the order that holds it" a late order:cancelled of one buyer would free the seat of the next.

import { accept, already, matchesVersion, refuse, type Decision } from '@ticketing/common/decision';
import { TicketCreated, TicketUpdated, TicketWithdrawn, type DomainEvent } from '@ticketing/common/events';
import { toDecimal, type Currency } from '@ticketing/common/money';

export type Hold = Readonly<{
  version: number;
  status: 'created' | 'complete' | 'cancelled';
  expiresAt: Date;
}>;

/** What a ticket lets its bearer into. */
export type TicketedEvent = Readonly<{
  name: string;
  venue: string;
  startsAt: Date;
  /** IANA name of the zone in which people there read `startsAt` */
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
  /** the order that holds or bought it */
  orderId?: string | undefined;
  /** by order id, what is known of each order for this ticket */
  holds: Readonly<Record<string, Hold>>;
  /** its seller has taken it back, whoever holds it still */
  withdrawn?: true | undefined;
  version: number;
}>;

const dayMs = 24 * 3_600 * 1_000;
// An entry outlives every order:created that could still revive it, because those are refused earlier.
const forgetCancelledAfterMs = 8 * dayMs;
const refuseCreatedAfterMs = 7 * dayMs;

type Offer = Pick<Ticket, 'id' | 'userId' | 'title' | 'priceInMinorUnits' | 'currency' | 'event'>;

export function list(offer: Offer): Decision<Ticket> {
  const ticket: Ticket = { ...offer, status: 'available', holds: {}, version: 0 };
  return accept(ticket, TicketCreated(dataOf(ticket)));
}

type Edit = Readonly<{
  userId: string;
  title: string;
  priceInMinorUnits: number;
  /** without one the ticket is for none any more */
  event?: TicketedEvent | undefined;
  /** the version that the editor has seen, if they say so */
  version?: number | undefined;
  /** the versions that they accept; undefined: any */
  ifMatch?: readonly number[] | undefined;
}>;

export function edit(
  ticket: Ticket,
  { userId, version, ifMatch, ...offer }: Edit,
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
  if (isOffered(ticket, offer)) return already(ticket);
  const { title, priceInMinorUnits, event } = offer;
  return update(ticket, { title, priceInMinorUnits, event });
}

function isOffered(ticket: Ticket, offer: Pick<Edit, 'title' | 'priceInMinorUnits' | 'event'>): boolean {
  return (
    offer.title === ticket.title &&
    offer.priceInMinorUnits === ticket.priceInMinorUnits &&
    offer.event?.name === ticket.event?.name &&
    offer.event?.venue === ticket.event?.venue &&
    offer.event?.startsAt.getTime() === ticket.event?.startsAt.getTime() &&
    offer.event?.timeZone === ticket.event?.timeZone
  );
}

/** The seller takes a ticket back that nobody holds, of a version that they accept. */
export function withdraw(
  ticket: Ticket,
  userId: string,
  ifMatch?: readonly number[],
): Decision<Ticket, 'not-your-ticket' | 'precondition-failed' | 'ticket-sold' | 'ticket-reserved'> {
  if (userId !== ticket.userId) return refuse('not-your-ticket');
  // It is as asked already, whatever version that was asked of: a repeat is harmless.
  if (ticket.withdrawn && ticket.status !== 'sold') return already(ticket);
  if (!matchesVersion(ticket.version, ifMatch)) return refuse('precondition-failed');
  if (ticket.status === 'sold') return refuse('ticket-sold');
  if (ticket.status === 'reserved') return refuse('ticket-reserved');
  return withdrawBySystem(ticket);
}

/** Whoever holds the ticket keeps it, and may buy it; nobody gets it after that. */
export function withdrawBySystem(ticket: Ticket): Decision<Ticket> {
  if (ticket.withdrawn || ticket.status === 'sold') return already(ticket);
  return update(ticket, { withdrawn: true, ...standing(ticket.holds, true) });
}

type OrderNews = Readonly<{ orderId: string }> & Hold;

/** Records what has become of an order for this ticket, if it is newer than what is known of that order. */
export function recordOrder(
  ticket: Ticket,
  { orderId, ...news }: OrderNews,
  now: Date,
): Decision<Ticket, 'too-old'> {
  const known = ticket.holds[orderId];
  if (known && known.version >= news.version) return already(ticket);
  if (news.status === 'created' && olderThan(news.expiresAt, refuseCreatedAfterMs, now))
    return refuse('too-old');
  const holds = { ...withoutForgotten(ticket.holds, now), [orderId]: news };
  return update(ticket, { holds, ...standing(holds, ticket.withdrawn) });
}

/** Sold by any complete order, else reserved by any open one, else as its seller wants it. */
function standing(
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

function withoutForgotten(holds: Ticket['holds'], now: Date): Ticket['holds'] {
  return Object.fromEntries(
    Object.entries(holds).filter(
      ([, { status, expiresAt }]) =>
        status !== 'cancelled' || !olderThan(expiresAt, forgetCancelledAfterMs, now),
    ),
  );
}

function update(ticket: Ticket, change: Partial<Ticket>): Decision<Ticket> {
  const next: Ticket = { ...ticket, ...change, version: ticket.version + 1 };
  return accept(next, ticketEvent(next));
}

/** The event that says how the ticket is now. */
export function ticketEvent(ticket: Ticket): DomainEvent {
  return ticket.withdrawn ? TicketWithdrawn(dataOf(ticket)) : TicketUpdated(dataOf(ticket));
}

function dataOf({ id, version, title, priceInMinorUnits, currency, userId, orderId, event }: Ticket) {
  return {
    ...{ id, version, title, price: toDecimal(priceInMinorUnits, currency), currency, userId },
    ...(orderId !== undefined && { orderId }),
    ...(event && { event: { ...event, startsAt: event.startsAt.toISOString() } }),
  };
}

function olderThan(time: Date, milliseconds: number, now: Date): boolean {
  return now.getTime() - time.getTime() > milliseconds;
}
