// Histories as they can happen, made by the domains that own them; every way in which a bus may deliver them; and runs.

import type { DomainEvent } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { jobCause } from '@ticketing/common/observability';
import type { Subscription } from '@ticketing/common/service';
import fc from 'fast-check';
import { cancel, complete, expire, place, type Order } from '../../orders/src/domain/order.js';
import { edit, list, recordOrder, withdraw, type Ticket } from '../../tickets/src/domain/ticket.js';

const runs = Number(process.env['PROPERTY_RUNS'] ?? 1_000);
const seed = process.env['PROPERTY_SEED'];
const lanes = 16;

/**
 * Checks the property in so many runs as PROPERTY_RUNS says (1,000), several at a time. A failure prints the seed and the
 * path; PROPERTY_SEED repeats it. What takes long runs a `share` of them.
 */
export async function holdsAlways<T>(
  arbitrary: fc.Arbitrary<T>,
  check: (value: T) => Promise<void>,
  { atOnce = lanes, share = 1 } = {},
): Promise<void> {
  const property = fc.asyncProperty(arbitrary, check);
  const numRuns = Math.ceil((runs * share) / atOnce);
  if (seed !== undefined) return fc.assert(property, { numRuns, seed: Number(seed) });
  await Promise.all(Array.from({ length: atOnce }, () => fc.assert(property, { numRuns })));
}

/** Every event at least once, in any order, some again; and perhaps the whole history from the start after that. */
export function deliveriesOf<T>(history: readonly T[]): fc.Arbitrary<T[]> {
  const all = { minLength: history.length, maxLength: history.length };
  const repeats = fc.array(fc.record({ event: fc.constantFrom(...history), at: fc.nat(history.length) }), {
    maxLength: 6,
  });
  return fc
    .tuple(fc.shuffledSubarray([...history], all), repeats, fc.boolean())
    .map(([once, again, replay]) => {
      const delivered = [...once];
      for (const { event, at } of again) delivered.splice(at, 0, event);
      return replay ? [...delivered, ...history] : delivered;
    });
}

/** Hands an event to the use case that is subscribed to it, as the consumer does. */
export function deliverTo(subscriptions: readonly Subscription[]) {
  const byType = new Map(subscriptions.map((subscription) => [subscription.event.type, subscription]));
  return async ({ type, data }: DomainEvent): Promise<void> => {
    const subscription = byType.get(type);
    if (!subscription) throw new Error(`nobody here takes ${type}`);
    await subscription.handle({ data, id: newId(), time: new Date(), cause: jobCause('test') } as never);
  };
}

type Decided<S> = Readonly<{ outcome: string; state?: S; events?: readonly DomainEvent[] }>;

/** The state after a decision that must have been accepted, its events noted. */
function taken<S>(decision: Decided<S>, events: DomainEvent[]): S {
  if (decision.outcome !== 'accepted' || !decision.state)
    throw new Error(`not a valid history: ${decision.outcome}`);
  events.push(...(decision.events ?? []));
  return decision.state;
}

const ends = ['cancelled', 'expired', 'complete', 'open'] as const;
type End = (typeof ends)[number];
export type OrdersHistory = Readonly<{ orders: readonly Order[]; events: readonly DomainEvent[] }>;

/** Buyers one after the other, each with an order for this ticket; only the last may keep it. */
export function ordersFor(ticketId: string, now: Date): fc.Arbitrary<OrdersHistory> {
  const free = fc.array(fc.constantFrom<End>('cancelled', 'expired'), { maxLength: 4 });
  return fc.tuple(free, fc.constantFrom(...ends)).map(([before, last]) => {
    const events: DomainEvent[] = [];
    const orders = [...before, last].map((end, turn) => {
      const at = new Date(now.getTime() + turn * 1_000);
      const ticket = {
        id: ticketId,
        title: 'Final',
        priceInMinorUnits: 1_999,
        currency: 'usd' as const,
        version: 0,
      };
      const userId = newId();
      const open = taken(
        place({ id: newId(), userId, ticket, holder: undefined, slots: { taken: [], most: 10 } }, at, 900),
        events,
      );
      switch (end) {
        case 'cancelled':
          return taken(cancel(open, userId), events);
        case 'expired':
          return taken(expire(open, open.expiresAt), events);
        case 'complete':
          return taken(complete(open, 'pi_1'), events);
        case 'open':
          return open;
      }
    });
    return { orders, events };
  });
}

export type TicketHistory = Readonly<{ ticket: Ticket; events: readonly DomainEvent[] }>;

/** A ticket that is edited, held for a while between edits, and perhaps withdrawn in the end. */
export function aTicketsLife(now: Date): fc.Arbitrary<TicketHistory> {
  const step = fc.oneof(
    fc.record({
      title: fc.string({ minLength: 1, maxLength: 5 }),
      priceInMinorUnits: fc.integer({ min: 50, max: 9_999 }),
    }),
    fc.constant('held' as const),
  );
  return fc.tuple(fc.array(step, { maxLength: 8 }), fc.boolean()).map(([steps, isWithdrawn]) => {
    const events: DomainEvent[] = [];
    const userId = newId();
    const offer = { id: newId(), userId, title: 'Final', priceInMinorUnits: 1_999, currency: 'usd' as const };
    let ticket = taken(list(offer), events);
    for (const what of steps) {
      if (what === 'held') {
        const order = { orderId: newId(), expiresAt: now };
        ticket = taken(recordOrder(ticket, { ...order, version: 0, status: 'created' }, now), events);
        ticket = taken(recordOrder(ticket, { ...order, version: 1, status: 'cancelled' }, now), events);
      } else if (what.title !== ticket.title || what.priceInMinorUnits !== ticket.priceInMinorUnits) {
        ticket = taken(edit(ticket, { userId, ...what }), events);
      }
    }
    if (isWithdrawn) ticket = taken(withdraw(ticket, userId), events);
    return { ticket, events };
  });
}
