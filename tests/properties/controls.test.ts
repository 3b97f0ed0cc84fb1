// Controls: each replaces a guard by a naive rule, and the property must find the fault.

import { orThrow } from '@ticketing/common/decision';
import { ExpirationComplete, type DomainEvent } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import fc from 'fast-check';
import { expire, holdingStatuses, type Order } from '../../orders/src/domain/order.js';
import { replicate, type Ticket as Copy } from '../../orders/src/domain/ticket.js';
import { list } from '../../tickets/src/domain/ticket.js';
import { recordAll } from '../../tickets/src/testing/recorded.js';
import { cartHistories, deliveriesOf, heldPlaces, orderHistories, ticketHistories } from './histories.js';

const now = new Date();
type OrderData = {
  id: string;
  version: number;
  status: Order['status'];
  expiresAt: string;
  items?: readonly { places: readonly number[] }[];
};

/** A common fault: order:created takes the ticket, and any order:cancelled releases it. */
function naiveHolder(holder: string | undefined, { type, data }: DomainEvent): string | undefined {
  if (type === 'order:cancelled') return undefined;
  return type === 'order:created' ? (data as OrderData).id : holder;
}

/** The ticket after these events of its orders. */
function recorded(events: readonly DomainEvent[], ticketId: string, quantity = 1) {
  const offer = { title: 'Final', priceInMinorUnits: 1, currency: 'usd' as const, quantity };
  const orders = events.map(({ data }) => {
    const { id: orderId, version, status, expiresAt } = data as OrderData;
    const places = placesIn(data);
    return { orderId, ticketId, places, version, status, expiresAt: new Date(expiresAt) };
  });
  return recordAll(orThrow(list({ id: ticketId, userId: newId(), ...offer })), orders, now).ticket;
}

const placesIn = (data: object) => (data as OrderData).items?.flatMap(({ places }) => places) ?? [0];

const ourHolder = (events: readonly DomainEvent[], ticketId: string) => recorded(events, ticketId).orderId;

/** A common fault: each event adds or subtracts the places of its order. */
function naiveCounter(held: number, { type, data }: DomainEvent): number {
  if (type === 'order:created') return held + placesIn(data).length;
  return type === 'order:cancelled' || type === 'order:refunded' ? held - placesIn(data).length : held;
}

function* permutations<T>(items: readonly T[]): Generator<T[]> {
  if (items.length === 0) yield [];
  for (const [at, item] of items.entries())
    for (const rest of permutations(items.filter((_other, index) => index !== at))) yield [item, ...rest];
}

describe('a rule that releases the ticket on any cancellation', () => {
  // Two consecutive orders: the first is cancelled, the second is open.
  const twoBuyers = () => {
    const ticketId = newId();
    const isCase = ({ orders }: { orders: readonly Order[] }) =>
      orders.length === 2 && orders[1]?.status === 'created' && orders[0]?.status === 'cancelled';
    const [history] = fc.sample(orderHistories(ticketId, now).filter(isCase), 1);
    if (!history) throw new Error('no such history');
    return { ticketId, ...history };
  };

  test('releases the second order’s ticket in four of six delivery orders; our rule in none', () => {
    const { ticketId, orders, events } = twoBuyers();
    const holder = orders[1]?.id;
    const all = [...permutations(events)];
    const naive = all.filter(
      (delivered) => delivered.reduce(naiveHolder, undefined as string | undefined) !== holder,
    );
    expect([all.length, naive.length]).toEqual([6, 4]);
    expect(all.filter((delivered) => ourHolder(delivered, ticketId) !== holder)).toEqual([]);
  });

  test('fails the property; our rule passes', () => {
    const ticketId = newId();
    const delivered = orderHistories(ticketId, now).chain(({ orders, events }) =>
      deliveriesOf(events).map((order) => ({ last: orders.at(-1), delivered: order })),
    );
    const expected = (last?: Order) => (last && holdingStatuses.includes(last.status) ? last.id : undefined);
    const naive = fc.check(
      fc.property(delivered, ({ last, delivered: events }) => {
        expect(events.reduce(naiveHolder, undefined as string | undefined)).toBe(expected(last));
      }),
      { numRuns: 1_000 },
    );
    const ours = fc.check(
      fc.property(delivered, ({ last, delivered: events }) => {
        expect(ourHolder(events, ticketId)).toBe(expected(last));
      }),
      { numRuns: 1_000 },
    );
    expect([naive.failed, ours.failed]).toEqual([true, false]);
  });
});

test('a counter that adds and subtracts fails the property; our count passes', () => {
  const hall = { ticketId: newId(), quantity: 6 };
  const histories = cartHistories([hall], now).chain(({ orders, events }) =>
    deliveriesOf(events).map((delivered) => ({
      held: heldPlaces(hall.ticketId, orders).length,
      delivered,
    })),
  );
  const count = (events: readonly DomainEvent[]) => {
    const { reserved = 0, sold = 0 } = recorded(events, hall.ticketId, hall.quantity).held ?? {};
    return reserved + sold;
  };
  const holds = (counted: (events: readonly DomainEvent[]) => number) =>
    fc.check(
      fc.property(histories, ({ held, delivered }) => {
        expect(counted(delivered)).toBe(held);
      }),
      { numRuns: 1_000 },
    );
  expect([holds((events) => events.reduce(naiveCounter, 0)).failed, holds(count).failed]).toEqual([
    true,
    false,
  ]);
});

test('a replica that takes the last delivered version fails the property; our rule passes', () => {
  const histories = ticketHistories(now).chain(({ ticket, events }) =>
    deliveriesOf(events).map((delivered) => ({ ticket, delivered })),
  );
  const copyOf = ({ data }: DomainEvent) => data as Copy;
  const takeLast = (_copy: Copy | undefined, update: Copy) => update;
  const takeNewest = (copy: Copy | undefined, update: Copy) => {
    const decision = replicate(copy, update);
    return decision.outcome === 'refused' ? copy : decision.state;
  };
  const holds = (take: (copy: Copy | undefined, update: Copy) => Copy | undefined) =>
    fc.check(
      fc.property(histories, ({ ticket, delivered }) => {
        const copy = delivered.map(copyOf).reduce(take, undefined as Copy | undefined);
        expect(copy?.version).toBe(ticket.version);
      }),
      { numRuns: 1_000 },
    );
  expect([holds(takeLast).failed, holds(takeNewest).failed]).toEqual([true, false]);
});

test('a rule that trusts the timer releases early when the timer’s clock is ahead; our rule checks the order', () => {
  const expiresAt = new Date(now.getTime() + 900_000);
  const ticket = { id: newId(), title: 'Final', priceInMinorUnits: 1, currency: 'usd' as const, version: 0 };
  const order: Order = { id: newId(), userId: newId(), ticket, status: 'created', expiresAt, version: 0 };
  const early = ExpirationComplete({ orderId: order.id });
  const naive = (event: DomainEvent) => (event.subject === order.id ? 'cancelled' : order.status);
  expect(naive(early)).toBe('cancelled');
  expect(expire(order, now)).toEqual({ outcome: 'refused', code: 'not-due' });
});
