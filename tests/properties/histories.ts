// Arbitraries: histories that the owning domains can produce, and all ways in which a bus may deliver them.

import {
  UserCreated,
  UserDeleted,
  UserUpdated,
  type DomainEvent,
  type Place,
} from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { toDecimal } from '@ticketing/common/money';
import fc from 'fast-check';
import { placesOf } from '../../orders/src/domain/items.js';
import {
  cancel,
  complete,
  expire,
  freePlaces,
  isHolding,
  refund,
  type Order,
} from '../../orders/src/domain/order.js';
import { place, type Placement } from '../../orders/src/domain/placement.js';
import type { Holding } from '../../tickets/src/domain/holding.js';
import { edit, list, withdraw, type Ticket } from '../../tickets/src/domain/ticket.js';
import { record, type Recorded } from '../../tickets/src/testing/recorded.js';

/** Delivers each event at least once, in any order, with repeats, and perhaps the whole history again at the end. */
export function deliveriesOf<T>(history: readonly T[]): fc.Arbitrary<T[]> {
  const all = { minLength: history.length, maxLength: history.length };
  const repeats = fc.array(fc.record({ event: fc.constantFrom(...history), at: fc.nat(history.length) }), {
    maxLength: 6,
  });
  return fc
    .tuple(fc.shuffledSubarray([...history], all), repeats, fc.boolean())
    .map(([shuffled, repeated, replay]) => {
      const delivered = [...shuffled];
      for (const { event, at } of repeated) delivered.splice(at, 0, event);
      return replay ? [...delivered, ...history] : delivered;
    });
}

type AnyDecision<S> = Readonly<{ outcome: string; state?: S; events?: readonly DomainEvent[] }>;

/** The state of an accepted decision; its events are appended to `events`. */
function accepted<S>(decision: AnyDecision<S>, events: DomainEvent[]): S {
  if (decision.outcome !== 'accepted' || !decision.state)
    throw new Error(`not a valid history: ${decision.outcome}`);
  events.push(...(decision.events ?? []));
  return decision.state;
}

const outcomes = ['cancelled', 'expired', 'complete', 'refunded', 'open'] as const;
type Outcome = (typeof outcomes)[number] | 'a place refunded';
export type OrderHistory = Readonly<{ orders: readonly Order[]; events: readonly DomainEvent[] }>;

/** Consecutive orders of several buyers for one ticket; only the last order may hold it in the end. */
export function orderHistories(ticketId: string, now: Date): fc.Arbitrary<OrderHistory> {
  const released = fc.array(fc.constantFrom<Outcome>('cancelled', 'expired', 'refunded'), { maxLength: 4 });
  return fc.tuple(released, fc.constantFrom(...outcomes)).map(([earlier, last]) => {
    const events: DomainEvent[] = [];
    const orders = [...earlier, last].map((outcome, index) => {
      const placedAt = new Date(now.getTime() + index * 1_000);
      return finish(accepted(placeOrder(ticketId, placedAt), events), outcome, events);
    });
    return { orders, events };
  });
}

/** A ticket of several places. */
export type Hall = Readonly<{ ticketId: string; quantity: number }>;

/** Orders for places of these tickets. A place that an order has given back goes to a later order. */
export function cartHistories(halls: readonly Hall[], now: Date): fc.Arbitrary<OrderHistory> {
  const step = fc.record({
    quantities: fc.tuple(...halls.map(({ quantity }) => fc.nat(Math.min(3, quantity)))),
    outcome: fc.constantFrom<Outcome>(...outcomes, 'a place refunded'),
  });
  return fc
    .array(step, { minLength: 1, maxLength: 6 })
    .map((steps) => {
      const events: DomainEvent[] = [];
      const orders: Order[] = [];
      for (const [index, { quantities, outcome }] of steps.entries()) {
        const places = halls.flatMap((hall, at) => freePlacesOf(hall, orders).slice(0, quantities[at]));
        if (places.length === 0) continue;
        const placedAt = new Date(now.getTime() + index * 1_000);
        orders.push(finish(accepted(placeCart(places, placedAt), events), outcome, events));
      }
      return { orders, events };
    })
    .filter(({ orders }) => orders.length > 0);
}

/** The places of a ticket that none of these orders holds. */
function freePlacesOf({ ticketId, quantity }: Hall, orders: readonly Order[]): Place[] {
  const held = new Set(heldPlaces(ticketId, orders));
  return Array.from({ length: quantity }, (_, at) => ({ ticketId, place: at })).filter(
    ({ place: number }) => !held.has(number),
  );
}

/** The places of a ticket that these orders hold. */
export const heldPlaces = (ticketId: string, orders: readonly Order[]): number[] =>
  orders
    .filter(isHolding)
    .flatMap(placesOf)
    .flatMap((one) => (one.ticketId === ticketId ? [one.place] : []));

const sellerId = newId();
const price = 1_999;

/** An order of a new buyer for this ticket. */
export const placeOrder = (ticketId: string, now: Date, userId = newId()) =>
  placeCart([{ ticketId, place: 0 }], now, userId);

/** An order of a new buyer for these places. `prices` has the price of one place of each ticket, by default 19.99. */
export function placeCart(
  places: readonly Place[],
  now: Date,
  userId = newId(),
  prices: Readonly<Record<string, number>> = {},
) {
  const wanted = [...new Set(places.map(({ ticketId }) => ticketId))].map((id) => {
    const own = places.flatMap((one) => (one.ticketId === id ? [one.place] : []));
    const offer = { title: 'Final', priceInMinorUnits: prices[id] ?? price, currency: 'usd' as const };
    return { ticket: { id, sellerId, ...offer, version: 0 }, quantity: own.length, places: own };
  }) as unknown as Placement['wanted'];
  const slots = { taken: [], most: 20 };
  const rules = { reservationSeconds: 900, allowOwnPurchase: false };
  const known = { own: [], slots, earlier: [], network: undefined };
  return place({ id: newId(), userId, wanted, ...known }, now, rules);
}

/** The payment of a whole order. */
export const paymentOf = ({ ticket: { priceInMinorUnits, currency } }: Order) => ({
  stripeId: 'pi_1',
  amount: toDecimal(priceInMinorUnits, currency),
  currency,
});

function finish(order: Order, outcome: Outcome, events: DomainEvent[]): Order {
  const payment = paymentOf(order);
  switch (outcome) {
    case 'cancelled':
      return accepted(cancel(order, order.userId), events);
    case 'expired':
      return accepted(expire(order, order.expiresAt), events);
    case 'complete':
      return accepted(complete(order, payment), events);
    case 'refunded': {
      const paid = accepted(complete(order, payment), events);
      return accepted(refund(paid, { ...payment, reason: 'refund' }), events);
    }
    case 'a place refunded': {
      const paid = accepted(complete(order, payment), events);
      const [first, ...rest] = placesOf(paid);
      // The refund of all places is that of the whole payment.
      if (!first || rest.length === 0) return paid;
      return accepted(freePlaces(paid, { ...payment, places: [first] }), events);
    }
    case 'open':
      return order;
  }
}

export type TicketHistory = Readonly<{ ticket: Ticket; events: readonly DomainEvent[] }>;

/** A ticket that is edited and resized, reserved and released between edits, and perhaps withdrawn in the end. */
export function ticketHistories(now: Date): fc.Arbitrary<TicketHistory> {
  const step = fc.oneof(
    fc.record({
      title: fc.string({ minLength: 1, maxLength: 5 }),
      priceInMinorUnits: fc.integer({ min: 50, max: 9_999 }),
      quantity: fc.constantFrom(undefined, 1, 2, 50),
    }),
    fc.constant('reserve and release' as const),
  );
  return fc.tuple(fc.array(step, { maxLength: 8 }), fc.boolean()).map(([steps, isWithdrawn]) => {
    const events: DomainEvent[] = [];
    const userId = newId();
    const offer = { id: newId(), userId, title: 'Final', priceInMinorUnits: 1_999, currency: 'usd' as const };
    let recorded: Recorded = { ticket: accepted(list(offer), events), orders: new Map() };
    const change = (order: Pick<Holding, 'orderId' | 'version' | 'status'>) => {
      const places = { ticketId: offer.id, places: [0], expiresAt: now };
      const { decision, next } = record(recorded, { ...order, ...places }, now);
      recorded = { ...next, ticket: accepted(decision, events) };
    };
    for (const edited of steps) {
      if (edited === 'reserve and release') {
        const orderId = newId();
        change({ orderId, version: 0, status: 'created' });
        change({ orderId, version: 1, status: 'cancelled' });
      } else {
        const decision = edit(recorded.ticket, { userId, ...edited });
        if (decision.outcome === 'accepted') recorded = { ...recorded, ticket: accepted(decision, events) };
      }
    }
    const { ticket } = recorded;
    return { ticket: isWithdrawn ? accepted(withdraw(ticket, userId), events) : ticket, events };
  });
}

/** The profile of a user, which is changed, and whose account is perhaps deleted in the end. */
export function profileHistories(): fc.Arbitrary<readonly DomainEvent[]> {
  const change = fc.record({
    name: fc.constantFrom(undefined, 'Ada', 'Ada Lovelace', 'Countess'),
    // Other changes of the account publish nothing here.
    versions: fc.integer({ min: 1, max: 3 }),
  });
  return fc.tuple(fc.array(change, { maxLength: 6 }), fc.boolean()).map(([changes, isDeleted]) => {
    const id = newId();
    const account = { id, email: 'ada@example.com', emailVerified: false };
    const events: DomainEvent[] = [UserCreated({ ...account, version: 0 })];
    let version = 0;
    for (const { name, versions } of changes) {
      version += versions;
      events.push(UserUpdated({ ...account, version, ...(name !== undefined && { name }) }));
    }
    return isDeleted ? [...events, UserDeleted({ id, version: version + 1, sessions: [] })] : events;
  });
}
