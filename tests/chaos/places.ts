// Checks the promises about places on the final state and on the answers that clients received. Pure.

import { claimOf, placeOf } from '@ticketing/common/events';
import { toMinorUnits, type Currency } from '@ticketing/common/money';
import type { OrderDocument, PaymentDocument, Snapshot, TicketDocument } from './snapshot.js';
import { askedIn, isSuccess, type Operation } from './workload/recording-client.js';

export type Report = (problem: string, ...ids: readonly string[]) => unknown;
type Events = Snapshot['events'];
/** The part of a snapshot that knows who holds which place. */
export type Holdings = Pick<Snapshot, 'orders' | 'tickets' | 'payments' | 'events'>;
type Stores = Pick<Holdings, 'orders' | 'tickets'>;
type Item = Readonly<{ ticketId: string; price: string; places: readonly number[] }>;
type OrderData = Readonly<{ items?: readonly Item[]; ticket?: { price: string; currency: Currency } }>;

const released = ['cancelled', 'refunded'];
// A release is stored late if a process or a server is killed between the decision and the write.
const maxStoredMs = 10_000;

export const releaseOf = (order: OrderDocument) => order.history.find(({ to }) => released.includes(to));
export const isHolding = ({ status }: OrderDocument) => !released.includes(status);

const ticketOf = (claim: string) => placeOf(claim).ticketId;

/** The places that an order claims, and holds unless it has ended. */
export const claimsOf = ({ ticket: { id } }: OrderDocument): readonly string[] => [id].flat();

const eventsOf = (events: Events, id: string, type: string) =>
  (events.get(id) ?? []).filter((event) => event.type === type);

function placement(events: Events, order: OrderDocument): OrderData | undefined {
  return eventsOf(events, order._id, 'order:created')[0]?.data as OrderData | undefined;
}

/** The places that an order was placed for; without its event, those that it still claims or that were refunded. */
function placedFor({ events, payments }: Holdings, order: OrderDocument): readonly string[] {
  const items = placement(events, order)?.items;
  if (items)
    return items.flatMap(({ ticketId, places }) => places.map((place) => claimOf({ ticketId, place })));
  const refunds = payments.find(({ _id }) => _id === order._id)?.refunds ?? [];
  const refunded = refunds.flatMap(({ places = [] }) => places);
  return [
    ...new Set([...claimsOf(order), ...refunded.map(({ ticketId, place }) => claimOf({ ticketId, place }))]),
  ];
}

/**
 * When an order gave this place back, in milliseconds since 1970. Its history names the places that it keeps, for example
 * `keeps ticket 6a… (places 3, 4)`. The event may be lost, and published again later.
 */
function endOf(order: OrderDocument, claim: string): number {
  const freed = order.history.find(
    ({ detail = '' }) => /(^|, )keeps /.test(detail) && !claimsIn(detail).includes(claim),
  );
  return (freed ?? releaseOf(order))?.at.getTime() ?? Number.POSITIVE_INFINITY;
}

const claimsIn = (detail: string): string[] =>
  [...detail.matchAll(/ticket (\w+) \(places? ([\d, ]+)\)/g)].flatMap(([, ticketId = '', places = '']) =>
    places.split(', ').map((place) => claimOf({ ticketId, place: Number(place) })),
  );

type Confirmed = Readonly<{ operation: Operation; order: OrderDocument }>;

/**
 * Each place has at most one holder, also while the orders were confirmed.
 * @param clockDifferenceMs by how much the clocks of clients and services may differ
 */
export function checkHolders(
  snapshot: Holdings,
  history: readonly Operation[],
  report: Report,
  clockDifferenceMs = 0,
): void {
  const { orders } = snapshot;
  const byId = new Map(orders.map((order) => [order._id, order]));
  const holders = groupByMany(orders.filter(isHolding), (order) => [...new Set(claimsOf(order))]);
  for (const [claim, rivals] of holders)
    if (rivals.length > 1) report(`${rivals.length} orders hold ${claim}`, ticketOf(claim), ...idsOf(rivals));
  for (const order of orders)
    if (new Set(claimsOf(order)).size < claimsOf(order).length)
      report('an order claims a place twice', order._id);

  const confirmed: Confirmed[] = [];
  for (const operation of history) {
    const { id = '', target } = operation;
    if (operation.kind !== 'order' || !isSuccess(operation) || !id) continue;
    const order = byId.get(id);
    if (order) confirmed.push({ operation, order });
    else report('a confirmed order is missing', target, id);
  }
  // An order that was confirmed before a second buyer's request must have ended before the second confirmation.
  for (const [claim, rivals] of groupByMany(confirmed, ({ order }) => placedFor(snapshot, order)))
    for (const first of rivals)
      for (const second of rivals) {
        const isRepeat = first.order === second.order;
        if (isRepeat || first.operation.endedAt >= second.operation.startedAt) continue;
        if (endOf(first.order, claim) > second.operation.endedAt + clockDifferenceMs)
          report(`two buyers held ${claim} at the same time`, ...idsOf([first.order, second.order]));
      }
}

/** Nobody is refused while enough places are free: from `cancelledAt` of an order on, or `storedAfterMs` after its end. */
export function checkUnsold(
  snapshot: Holdings,
  history: readonly Operation[],
  report: Report,
  { cancelledAt = new Map<string, number>(), storedAfterMs = maxStoredMs, clockDifferenceMs = 0 } = {},
): void {
  const { orders, tickets } = snapshot;
  const quantities = new Map(tickets.map((ticket) => [ticket._id, quantityOf(ticket)]));
  const claims = orders.flatMap((order) =>
    placedFor(snapshot, order).map((claim) => ({
      ticketId: ticketOf(claim),
      from: order.history[0]?.at.getTime() ?? 0,
      until: cancelledAt.get(order._id) ?? endOf(order, claim) + storedAfterMs,
    })),
  );
  const byTicket = groupByMany(claims, ({ ticketId }) => [ticketId]);
  for (const operation of history) {
    const { code, startedAt, endedAt, left } = operation;
    if (operation.kind !== 'order' || (code !== 'ticket-reserved' && code !== 'ticket-sold')) continue;
    const isHeld = ({ from, until }: (typeof claims)[number]) =>
      from <= endedAt + clockDifferenceMs && until >= startedAt;
    const freeOf = (id: string) => (quantities.get(id) ?? 0) - (byTicket.get(id) ?? []).filter(isHeld).length;
    const asked = mergedPlaces(askedIn(operation));
    const tickets = asked.map(({ ticketId }) => ticketId);
    if (asked.every(({ ticketId, quantity }) => freeOf(ticketId) >= quantity)) {
      const free = asked.map((places) => `${describePlaces(places)} (${freeOf(places.ticketId)} free)`);
      const answer = `${code} at ${endedAt}, ${left?.available ?? '?'} left`;
      report(`a buyer was refused while enough places were free: ${free.join()}; ${answer}`, ...tickets);
    }
    const wanted =
      asked.find(({ ticketId }) => ticketId === left?.ticketId)?.quantity ?? Number.POSITIVE_INFINITY;
    if (left && left.available >= wanted)
      report(`a buyer of ${wanted} places was refused although ${left.available} are left`, ...tickets);
  }
}

/** An order has all places that its buyer asked for. */
export function checkWhole(snapshot: Holdings, history: readonly Operation[], report: Report): void {
  const byId = new Map(snapshot.orders.map((order) => [order._id, order]));
  for (const operation of history) {
    const order = byId.get(operation.id ?? '');
    if (operation.kind !== 'order' || !isSuccess(operation) || !order) continue;
    const asked = mergedPlaces(askedIn(operation)).map(describePlaces).sort().join(', ');
    const placed = placedFor(snapshot, order).map((claim) => ({ ticketId: ticketOf(claim), quantity: 1 }));
    const got = mergedPlaces(placed).map(describePlaces).sort().join(', ');
    if (asked !== got) report(`an order of ${asked} was placed for ${got}`, order._id);
  }
}

/** The quantity, counters and status of each ticket fit the orders. */
export function checkCounters({ orders, tickets }: Stores, report: Report): void {
  const claims = orders
    .filter(isHolding)
    .flatMap((order) => claimsOf(order).map((claim) => ({ claim, order })));
  const byTicket = groupByMany(claims, ({ claim }) => [ticketOf(claim)]);
  for (const ticket of tickets) {
    const own = byTicket.get(ticket._id) ?? [];
    const quantity = quantityOf(ticket);
    const sold = own.filter(({ order }) => order.status === 'complete').length;
    const reserved = own.length - sold;
    const problem = (what: string) =>
      report(what, ticket._id, ...idsOf(own.slice(0, 5).map(({ order }) => order)));
    const truth = `${reserved} of ${quantity} places are reserved and ${sold} sold`;
    if (own.some(({ claim }) => placeOf(claim).place >= quantity))
      problem(`a place is held beyond the ${quantity} of the ticket`);
    if (ticket.held && (ticket.held.reserved !== reserved || ticket.held.sold !== sold))
      problem(
        `the ticket counts ${ticket.held.reserved} reserved and ${ticket.held.sold} sold, but ${truth}`,
      );
    const status = sold >= quantity ? 'sold' : own.length >= quantity ? 'reserved' : 'available';
    if (ticket.status !== status && !ticket.withdrawn)
      problem(`the ticket is ${ticket.status}, but ${truth}`);
  }
}

/** The total is the sum of the places; a refund of places pays their prices and frees exactly these places. */
export function checkPrices({ orders, payments, events }: Holdings, report: Report): void {
  const paymentOf = new Map(payments.map((payment) => [payment._id, payment]));
  for (const order of orders) {
    const { items, ticket } = placement(events, order) ?? {};
    if (!items || !ticket) continue;
    const prices = new Map(
      items.flatMap(({ ticketId, price, places }) =>
        places.map((place) => [claimOf({ ticketId, place }), toMinorUnits(price, ticket.currency)] as const),
      ),
    );
    const total = sum([...prices.values()]);
    const published = toMinorUnits(ticket.price, ticket.currency);
    if (total !== published || total !== order.ticket.priceInMinorUnits)
      report(`the places cost ${total}, but the order ${published}`, order._id);
    checkRefunds(order, paymentOf.get(order._id), prices, report);
  }
}

function checkRefunds(
  order: OrderDocument,
  payment: PaymentDocument | undefined,
  prices: ReadonlyMap<string, number>,
  report: Report,
): void {
  const byPlace = (payment?.refunds ?? [])
    .filter(({ places = [] }) => places.length > 0)
    .map(({ places = [], ...refund }) => ({
      ...refund,
      claims: places.map(({ ticketId, place }) => claimOf({ ticketId, place })),
    }));
  for (const { claims, amountInMinorUnits: amount } of byPlace) {
    const price = sum(claims.map((claim) => prices.get(claim) ?? Number.NaN));
    if (price !== amount) report(`a refund of places that cost ${price} paid ${amount}`, order._id);
  }
  const refunded = byPlace.filter(({ status }) => status === 'succeeded').flatMap(({ claims }) => claims);
  if (new Set(refunded).size < refunded.length) report('a place was refunded twice', order._id);
  if (order.status !== 'complete') return;
  const kept = [...prices.keys()].filter((claim) => !refunded.includes(claim));
  if (kept.sort().join() !== [...claimsOf(order)].sort().join())
    report(
      `after the refund of ${refunded.length} places the order holds ${claimsOf(order).length}`,
      order._id,
    );
}

/** The quantity. It counts as higher while an order holds a place from before the quantity was lowered. */
const quantityOf = ({ quantity = 1, held }: TicketDocument) => Math.max(quantity, held?.least ?? 0);
const idsOf = (orders: readonly OrderDocument[]) => orders.map(({ _id }) => _id);
const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

type Places = ReturnType<typeof askedIn>;
const describePlaces = ({ ticketId, quantity }: Places[number]) => `${quantity} of ${ticketId}`;

/** The same ticket twice is added up. */
const mergedPlaces = (places: Places): Places =>
  [...groupByMany(places, ({ ticketId }) => [ticketId])].map(([ticketId, parts]) => ({
    ticketId,
    quantity: sum(parts.map(({ quantity }) => quantity)),
  }));

export function groupByMany<T>(items: readonly T[], keys: (item: T) => readonly string[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items)
    for (const key of keys(item)) {
      const group = groups.get(key);
      if (group) group.push(item);
      else groups.set(key, [item]);
    }
  return groups;
}
