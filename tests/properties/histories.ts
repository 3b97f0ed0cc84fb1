// Arbitraries: histories that the owning domains can produce, and all ways in which a bus may deliver them.

import type { DomainEvent } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import fc from 'fast-check';
import { cancel, complete, expire, place, refund, type Order } from '../../orders/src/domain/order.js';
import { tally } from '../../tickets/src/domain/holding.js';
import { count, edit, list, withdraw, type Ticket } from '../../tickets/src/domain/ticket.js';

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

const payment = { stripeId: 'pi_1', amount: '19.99', currency: 'usd' } as const;
const outcomes = ['cancelled', 'expired', 'complete', 'refunded', 'open'] as const;
type Outcome = (typeof outcomes)[number];
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

/** An order of a new buyer for this ticket. */
export function placeOrder(ticketId: string, now: Date, userId = newId()) {
  const currency = 'usd' as const;
  const ticket = { id: ticketId, title: 'Final', priceInMinorUnits: 1_999, currency, version: 0 };
  const slots = { taken: [], most: 10 };
  const rules = { reservationSeconds: 900, allowOwnPurchase: false };
  const asked = { id: newId(), userId, ticket, holder: undefined, slots, earlier: [], network: undefined };
  return place(asked, now, rules);
}

function finish(order: Order, outcome: Outcome, events: DomainEvent[]): Order {
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
    case 'open':
      return order;
  }
}

export type TicketHistory = Readonly<{ ticket: Ticket; events: readonly DomainEvent[] }>;

/** A ticket that is edited, reserved and released between edits, and perhaps withdrawn in the end. */
export function ticketHistories(now: Date): fc.Arbitrary<TicketHistory> {
  const step = fc.oneof(
    fc.record({
      title: fc.string({ minLength: 1, maxLength: 5 }),
      priceInMinorUnits: fc.integer({ min: 50, max: 9_999 }),
    }),
    fc.constant('reserve and release' as const),
  );
  return fc.tuple(fc.array(step, { maxLength: 8 }), fc.boolean()).map(([steps, isWithdrawn]) => {
    const events: DomainEvent[] = [];
    const userId = newId();
    const offer = { id: newId(), userId, title: 'Final', priceInMinorUnits: 1_999, currency: 'usd' as const };
    let ticket = accepted(list(offer), events);
    for (const change of steps) {
      if (change === 'reserve and release') {
        const order = { orderId: newId(), ticketId: ticket.id, places: [0], expiresAt: now };
        const open = tally([{ ...order, version: 0, status: 'created' }]);
        ticket = accepted(count(ticket, open, true), events);
        ticket = accepted(count(ticket, tally([]), true), events);
      } else if (change.title !== ticket.title || change.priceInMinorUnits !== ticket.priceInMinorUnits) {
        ticket = accepted(edit(ticket, { userId, ...change }), events);
      }
    }
    if (isWithdrawn) ticket = accepted(withdraw(ticket, userId), events);
    return { ticket, events };
  });
}
