import { orThrow, type Decision } from '@ticketing/common/decision';
import {
  cancel,
  complete,
  expire,
  freePlaces,
  isDue,
  refund,
  releaseByOperator,
  show,
  type Order,
} from './order.js';
import { historyDetail, orderEvent } from './order-events.js';

const now = new Date('2026-11-23T12:00:00Z');
const later = (seconds: number) => new Date(now.getTime() + seconds * 1_000);
const [buyer, another, seller] = ['b'.repeat(24), 'c'.repeat(24), 'd'.repeat(24)];
const ticket = {
  id: '7'.repeat(24),
  title: 'Final',
  priceInMinorUnits: 1_999,
  currency: 'usd',
  sellerId: seller,
  version: 3,
} as const;
const freeTicket = { ...ticket, priceInMinorUnits: 0 };
const payment = { stripeId: 'pi_1', amount: '19.99', currency: 'usd' } as const;
const common = { id: '0'.repeat(24), userId: buyer, ticket, expiresAt: later(900), version: 0 };
const orders: Record<Order['status'] | 'free', Order> = {
  created: { ...common, status: 'created', slots: [0] },
  free: { ...common, ticket: freeTicket, status: 'complete', slots: [0], version: 1 },
  complete: { ...common, status: 'complete', stripeId: 'pi_1', version: 1 },
  cancelled: { ...common, status: 'cancelled', reason: 'buyer', version: 1 },
  refunded: { ...common, status: 'refunded', stripeId: 'pi_1', reason: 'refund', version: 2 },
};

function outcome(decision: Decision<Order, string>): string {
  if (decision.outcome === 'refused') return decision.code;
  return decision.outcome === 'already' ? 'no change' : (decision.events[0]?.type ?? 'no event');
}

describe('an order', () => {
  const transitions = {
    paid: (order: Order) => complete(order, payment),
    'paid by another payment': (order: Order) => complete(order, { ...payment, stripeId: 'pi_2' }),
    'paid with another amount': (order: Order) => complete(order, { ...payment, amount: '0.50' }),
    'paid in another currency': (order: Order) => complete(order, { ...payment, currency: 'eur' }),
    refunded: (order: Order) => refund(order, { ...payment, reason: 'refund' }),
    'refunded by another payment': (order: Order) =>
      refund(order, { ...payment, stripeId: 'pi_2', reason: 'refund' }),
    'refunded with another amount': (order: Order) =>
      refund(order, { ...payment, amount: '5.00', reason: 'refund' }),
    'refunded in part, for a place': (order: Order) =>
      freePlaces(order, { ...payment, places: [{ ticketId: ticket.id, place: 0 }] }),
    'released by an operator': releaseByOperator,
    'cancelled by its buyer': (order: Order) => cancel(order, buyer),
    'cancelled by another': (order: Order) => cancel(order, another),
    'cancelled with another version': (order: Order) => cancel(order, buyer, [7]),
    'expired when due': (order: Order) => expire(order, later(900)),
    'expired too early': (order: Order) => expire(order, later(899)),
    'shown to its buyer': (order: Order) => show(order, buyer),
    'shown to another': (order: Order) => show(order, another),
  };

  const answers: Record<keyof typeof orders, Record<keyof typeof transitions, string>> = {
    created: {
      paid: 'order:completed',
      'paid by another payment': 'order:completed',
      'paid with another amount': 'amount-mismatch',
      'paid in another currency': 'amount-mismatch',
      refunded: 'order:refunded',
      'refunded by another payment': 'order:refunded',
      'refunded with another amount': 'amount-mismatch',
      'refunded in part, for a place': 'no change',
      'released by an operator': 'order:cancelled',
      'cancelled by its buyer': 'order:cancelled',
      'cancelled by another': 'not-your-order',
      'cancelled with another version': 'precondition-failed',
      'expired when due': 'order:cancelled',
      'expired too early': 'not-due',
      'shown to its buyer': 'no change',
      'shown to another': 'not-your-order',
    },
    free: {
      paid: 'amount-mismatch',
      'paid by another payment': 'amount-mismatch',
      'paid with another amount': 'amount-mismatch',
      'paid in another currency': 'amount-mismatch',
      refunded: 'amount-mismatch',
      'refunded by another payment': 'amount-mismatch',
      'refunded with another amount': 'amount-mismatch',
      'refunded in part, for a place': 'amount-mismatch',
      'released by an operator': 'order:cancelled',
      'cancelled by its buyer': 'order:cancelled',
      'cancelled by another': 'not-your-order',
      'cancelled with another version': 'precondition-failed',
      'expired when due': 'no change',
      'expired too early': 'no change',
      'shown to its buyer': 'no change',
      'shown to another': 'not-your-order',
    },
    complete: {
      paid: 'no change',
      'paid by another payment': 'paid-twice',
      'paid with another amount': 'amount-mismatch',
      'paid in another currency': 'amount-mismatch',
      refunded: 'order:refunded',
      'refunded by another payment': 'another-payment',
      'refunded with another amount': 'amount-mismatch',
      'refunded in part, for a place': 'no change',
      'released by an operator': 'order-complete',
      'cancelled by its buyer': 'order-complete',
      'cancelled by another': 'not-your-order',
      'cancelled with another version': 'precondition-failed',
      'expired when due': 'no change',
      'expired too early': 'no change',
      'shown to its buyer': 'no change',
      'shown to another': 'not-your-order',
    },
    cancelled: {
      paid: 'no change',
      'paid by another payment': 'no change',
      'paid with another amount': 'amount-mismatch',
      'paid in another currency': 'amount-mismatch',
      refunded: 'no change',
      'refunded by another payment': 'no change',
      'refunded with another amount': 'no change',
      'refunded in part, for a place': 'no change',
      'released by an operator': 'no change',
      'cancelled by its buyer': 'no change',
      'cancelled by another': 'not-your-order',
      'cancelled with another version': 'no change',
      'expired when due': 'no change',
      'expired too early': 'no change',
      'shown to its buyer': 'no change',
      'shown to another': 'not-your-order',
    },
    refunded: {
      paid: 'no change',
      'paid by another payment': 'paid-twice',
      'paid with another amount': 'amount-mismatch',
      'paid in another currency': 'amount-mismatch',
      refunded: 'no change',
      'refunded by another payment': 'no change',
      'refunded with another amount': 'no change',
      'refunded in part, for a place': 'no change',
      'released by an operator': 'no change',
      'cancelled by its buyer': 'no change',
      'cancelled by another': 'not-your-order',
      'cancelled with another version': 'no change',
      'expired when due': 'no change',
      'expired too early': 'no change',
      'shown to its buyer': 'no change',
      'shown to another': 'not-your-order',
    },
  };

  for (const [status, row] of Object.entries(answers))
    for (const [what, expected] of Object.entries(row))
      test(`that is ${status} and ${what} answers: ${expected}`, () => {
        expect(
          outcome(transitions[what as keyof typeof transitions](orders[status as keyof typeof orders])),
        ).toBe(expected);
      });

  test('that ends frees its slot', () => {
    for (const decision of [
      cancel(orders.created, buyer),
      complete(orders.created, payment),
      cancel(orders.free, buyer),
    ])
      expect(decision).toMatchObject({
        outcome: 'accepted',
        state: expect.not.objectContaining({ slots: [0] }),
      });
  });

  test('that is paid late is complete if it still holds the ticket', () => {
    expect(isDue(orders.created, later(901))).toBe(true);
    expect(outcome(complete(orders.created, payment))).toBe('order:completed');
  });

  test('that an operator releases says so in its event', () => {
    const released = releaseByOperator(orders.created);
    expect(released).toMatchObject({
      state: { status: 'cancelled', reason: 'buyer', byOperator: true },
      events: [{ data: { reason: 'buyer', byOperator: true } }],
    });
    expect(cancel(orders.created, buyer)).toMatchObject({
      events: [{ data: expect.not.objectContaining({ byOperator: true }) }],
    });
  });

  const both = [
    (order: Order) => complete(order, payment),
    (order: Order) => refund(order, { ...payment, reason: 'refund' }),
  ];
  test.each([{ events: both }, { events: both.toReversed() }, { events: [...both, ...both] }])(
    'that is paid and refunded is refunded, in whatever order its events arrive: %#',
    ({ events }) => {
      const end = events.reduce((order, apply) => orThrow(apply(order)), orders.created);
      expect(end).toMatchObject({ status: 'refunded', stripeId: 'pi_1', reason: 'refund' });
    },
  );

  test('is never changed by events about another price, whatever its state', () => {
    for (const order of Object.values(orders))
      expect(complete(order, { ...payment, amount: '19.9' })).toMatchObject({ code: 'amount-mismatch' });
  });
});

describe('an order for several places', () => {
  const other = '8'.repeat(24);
  const items = [
    { ticketId: ticket.id, title: 'Final', priceInMinorUnits: 500, version: 3, places: [4, 7] },
    { ticketId: other, title: 'Gala', priceInMinorUnits: 999, version: 1, places: [0] },
  ];
  const [created, paid]: [Order, Order] = [
    { ...common, status: 'created', items, slots: [0, 1, 2] },
    { ...orders.complete, items },
  ];
  const placesNamed = (...places: [ticketId: string, place: number][]) => ({
    ...payment,
    places: places.map(([ticketId, place]) => ({ ticketId, place })),
  });
  const held = (order: Order) => order.items?.map(({ places }) => places);

  test('is paid by its whole price, and keeps its items until it ends', () => {
    expect(outcome(complete(created, { ...payment, amount: '5.00' }))).toBe('amount-mismatch');
    for (const decision of [
      complete(created, payment),
      cancel(created, buyer),
      expire(created, later(900)),
      refund(paid, { ...payment, reason: 'refund' }),
    ]) {
      expect(orThrow(decision)).toMatchObject({ items });
      expect(decision).toMatchObject({
        events: [{ data: { items: [{ places: [4, 7] }, { places: [0] }] } }],
      });
    }
  });

  test('tells the price of each place in its items, and that of all in its ticket', () => {
    expect(orderEvent(created)).toMatchObject({
      data: { ticket: { id: ticket.id, price: '19.99' }, items: [{ price: '5.00' }, { price: '9.99' }] },
    });
  });

  const freeing: [what: string, places: [string, number][], expected: number[][]][] = [
    ['a place', [[ticket.id, 4]], [[7], [0]]],
    [
      'places of both tickets',
      [
        [ticket.id, 7],
        [other, 0],
      ],
      [[4], []],
    ],
    [
      'all places of a ticket',
      [
        [ticket.id, 4],
        [ticket.id, 7],
      ],
      [[], [0]],
    ],
  ];
  test.each(freeing)('frees %s that was refunded: order:places-freed', (_what, places, expected) => {
    const decision = freePlaces(paid, placesNamed(...places));
    expect(outcome(decision)).toBe('order:places-freed');
    const freed = orThrow(decision);
    expect(held(freed)).toEqual(expected);
    expect(freed).toMatchObject({ status: 'complete', version: 2, ticket: { priceInMinorUnits: 1_999 } });
    expect(orderEvent(freed)).toMatchObject({ type: 'order:places-freed', data: { items: [{}, {}] } });
    expect(outcome(freePlaces(freed, placesNamed(...places)))).toBe('no change');
    expect(historyDetail(paid, freed)).toContain(`keeps ticket ${ticket.id}`);
  });

  const unchanged: [what: string, places: [string, number][]][] = [
    ['none is named', []],
    ['a place that it does not hold is named', [[ticket.id, 5]]],
    ['a place of an unknown ticket is named', [['9'.repeat(24), 4]]],
    [
      'all are named, because payment:refunded follows',
      [
        [ticket.id, 4],
        [ticket.id, 7],
        [other, 0],
      ],
    ],
  ];
  test.each(unchanged)('frees no place when %s', (_what, places) => {
    expect(outcome(freePlaces(paid, placesNamed(...places)))).toBe('no change');
    expect(outcome(freePlaces(created, placesNamed(...places)))).toBe('no change');
  });

  test('is complete and frees a place if the refund arrives before the payment', () => {
    const decision = freePlaces(created, placesNamed([ticket.id, 4]));
    expect(decision).toMatchObject({
      events: [
        { type: 'order:completed', version: 1, data: { items: [{ places: [4, 7] }, {}] } },
        { type: 'order:places-freed', version: 2, data: { items: [{ places: [7] }, {}] } },
      ],
    });
    const freed = orThrow(decision);
    expect(freed).toMatchObject({ status: 'complete', stripeId: 'pi_1', version: 2 });
    expect(historyDetail(created, freed)).toMatch(
      new RegExp(`^pi_1, keeps ticket ${ticket.id} \\(place 7\\)`),
    );
    expect(outcome(complete(freed, payment))).toBe('no change');
  });

  test('frees no place for another payment or amount, or after its end', () => {
    const named = placesNamed([ticket.id, 4]);
    expect(outcome(freePlaces(paid, { ...named, stripeId: 'pi_2' }))).toBe('another-payment');
    expect(outcome(freePlaces(paid, { ...named, amount: '5.00' }))).toBe('amount-mismatch');
    for (const ended of [orders.cancelled, orders.refunded])
      expect(outcome(freePlaces({ ...ended, items }, named))).toBe('no change');
  });

  test('is refunded as a whole after some of its places were', () => {
    const freed = orThrow(freePlaces(paid, placesNamed([ticket.id, 4])));
    expect(outcome(refund(freed, { ...payment, reason: 'refund' }))).toBe('order:refunded');
  });
});
