import { orThrow, type Decision } from '@ticketing/common/decision';
import {
  cancel,
  complete,
  expire,
  freeSlot,
  isDue,
  place,
  refund,
  releaseByOperator,
  show,
  type Order,
} from './order.js';
import { orderEvent } from './order-events.js';
import type { Ticket } from './ticket.js';

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
const rules = { reservationSeconds: 900, allowOwnPurchase: false };

const common = { id: '0'.repeat(24), userId: buyer, ticket, expiresAt: later(900), version: 0 };
const orders: Record<Order['status'] | 'free', Order> = {
  created: { ...common, status: 'created', slot: 0 },
  free: { ...common, ticket: freeTicket, status: 'complete', slot: 0, version: 1 },
  complete: { ...common, status: 'complete', stripeId: 'pi_1', version: 1 },
  cancelled: { ...common, status: 'cancelled', reason: 'buyer', version: 1 },
  refunded: { ...common, status: 'refunded', stripeId: 'pi_1', reason: 'refund', version: 2 },
};

function outcome(decision: Decision<Order, string>): string {
  if (decision.outcome === 'refused') return decision.code;
  return decision.outcome === 'already' ? 'no change' : (decision.events[0]?.type ?? 'no event');
}

const idEnding = (digits: string) => '0'.repeat(20) + digits;

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
        state: expect.not.objectContaining({ slot: 0 }),
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

describe('placing an order', () => {
  const first = { id: idEnding('0000'), earlier: [], network: undefined };
  const placedBy = (
    userId: string,
    holder?: Order,
    at = now,
    forTicket: Ticket = ticket,
    taken: number[] = [],
    accepted?: number[],
  ) => {
    const asked = { ...first, userId, ticket: forTicket, accepted, holder, slots: { taken, most: 3 } };
    return place(asked, at, rules);
  };

  test('reserves the ticket for a limited time at the price that the buyer saw', () => {
    expect(placedBy(buyer)).toMatchObject({
      outcome: 'accepted',
      state: { status: 'created', version: 0, expiresAt: later(900), ticket },
      events: [
        {
          type: 'order:created',
          data: { expiresAt: '2026-11-23T12:15:00.000Z', ticket: { price: '19.99', sellerId: seller } },
        },
      ],
    });
  });

  test('without a price is complete at once, in one write with both events, and keeps its slot', () => {
    const decision = placedBy(buyer, undefined, now, freeTicket);
    expect(decision).toMatchObject({
      outcome: 'accepted',
      state: { status: 'complete', version: 1, slot: 0 },
      events: [
        { type: 'order:created', version: 0, data: { status: 'created', ticket: { price: '0.00' } } },
        { type: 'order:completed', version: 1, data: { status: 'complete' } },
      ],
    });
    expect(orThrow(decision)).not.toHaveProperty('stripeId');
    expect(orderEvent(orThrow(decision)).type).toBe('order:completed');
  });

  const slotCases: [taken: number[], id: string, slot: number | undefined][] = [
    [[], '0000', 0],
    [[], '0001', 1],
    [[0], '0000', 1],
    [[0, 2], '0002', 1],
    [[0, 1, 2], '0000', undefined],
    [[5, 6, 7], '0000', undefined], // the limit was lowered
    [[1, 7], '0001', 2],
  ];
  test.each(slotCases)(
    'with the slots %j of three taken and an id that ends in %s takes the slot %s',
    (taken, id, slot) => {
      const asked = { ...first, id: idEnding(id), userId: buyer, ticket, slots: { taken, most: 3 } };
      const decision = place({ ...asked, holder: undefined }, now, rules);
      if (slot === undefined) expect(decision).toEqual({ outcome: 'refused', code: 'too-many-holds' });
      else expect(decision).toMatchObject({ outcome: 'accepted', state: { slot } });
    },
  );

  test.each([
    [[0, 1, 2], 3],
    [[2, 1, 0, 0, 7], 3],
    [[], 0],
  ])('no slot is free when %j are taken of %s', (taken, most) => {
    expect(freeSlot(idEnding('0001'), { taken, most })).toBeUndefined();
  });

  const fullCases: [which: string, expected: string, holder: Order | undefined, of: Ticket][] = [
    ['is free', 'too-many-holds', undefined, ticket],
    ['they hold', 'no change', orders.created, ticket],
    ['they have bought', 'no change', orders.complete, ticket],
    ['another buyer holds', 'ticket-reserved', { ...orders.created, userId: another }, ticket],
    ['another buyer has bought', 'ticket-sold', { ...orders.complete, userId: another }, ticket],
    ['is free of charge', 'too-many-holds', undefined, freeTicket],
    ['they have for free', 'no change', orders.free, freeTicket],
    ['is withdrawn', 'ticket-withdrawn', undefined, { ...ticket, withdrawn: true }],
  ];
  test.each(fullCases)(
    'by a buyer without a free slot, for a ticket that %s: %s',
    (_which, expected, holder, of) => {
      expect(outcome(placedBy(buyer, holder, now, of, [0, 1, 2]))).toBe(expected);
    },
  );

  const atFullNetwork: [what: string, expected: string, of: Ticket, holder: Order | undefined][] = [
    ['a ticket', 'too-many-holds-at-network', ticket, undefined],
    ['a free ticket', 'order:created', freeTicket, undefined],
    ['a ticket that they hold', 'no change', ticket, orders.created],
    ['a ticket that another buyer holds', 'ticket-reserved', ticket, { ...orders.created, userId: another }],
    ['a withdrawn ticket', 'ticket-withdrawn', { ...ticket, withdrawn: true }, undefined],
  ];
  test.each(atFullNetwork)(
    'of %s, at a network with too many unpaid orders: %s',
    (_what, expected, of, holder) => {
      const asked = { ...first, userId: buyer, ticket: of, holder, slots: { taken: [], most: 3 } };
      const network = { key: 'a', isFull: true };
      expect(outcome(place({ ...asked, network }, now, rules))).toBe(expected);
    },
  );

  test('counts for the network of its buyer until it is paid, and not at all for a free ticket', () => {
    const asked = { ...first, userId: buyer, holder: undefined, slots: { taken: [], most: 3 } };
    const network = { key: 'a', isFull: false };
    const created = orThrow(place({ ...asked, ticket, network }, now, rules));
    expect(created).toMatchObject({ network: 'a' });
    expect(orThrow(complete(created, payment))).not.toHaveProperty('network');
    expect(orThrow(place({ ...asked, ticket: freeTicket, network }, now, rules))).not.toHaveProperty(
      'network',
    );
  });

  const cases: [who: string, holder: keyof typeof orders, userId: string, at: Date, expected: string][] = [
    ['its holder again', 'created', buyer, now, 'no change'],
    ['its holder again, when due', 'created', buyer, later(900), 'ticket-reserved'],
    ['the buyer who has paid', 'complete', buyer, later(9_000), 'no change'],
    ['another buyer', 'created', another, now, 'ticket-reserved'],
    ['another buyer, when it is due and not released', 'created', another, later(901), 'ticket-reserved'],
    ['another buyer', 'complete', another, now, 'ticket-sold'],
    ['another buyer', 'free', another, now, 'ticket-sold'],
    ['the buyer who has it for free', 'free', buyer, later(9_000), 'no change'],
  ];
  test.each(cases)(
    'by %s, when an order that is %s holds the ticket: %5$s',
    (_who, holder, userId, at, expected) => {
      expect(outcome(placedBy(userId, orders[holder], at))).toBe(expected);
    },
  );

  const withdrawnCases: [who: string, holder: Order | undefined, expected: string][] = [
    ['no order', undefined, 'ticket-withdrawn'],
    ['an order of the buyer', orders.created, 'no change'],
    ['an order paid by the buyer', orders.complete, 'no change'],
    ['an order of another buyer', { ...orders.created, userId: another }, 'ticket-withdrawn'],
    ['an order paid by another buyer', { ...orders.complete, userId: another }, 'ticket-sold'],
  ];
  test.each(withdrawnCases)('for a withdrawn ticket that %s holds: %3$s', (_who, holder, expected) => {
    expect(outcome(placedBy(buyer, holder, now, { ...ticket, withdrawn: true }))).toBe(expected);
  });

  const held = (userId: string): Order => ({ ...orders.created, userId });
  const ownCases: [what: string, expected: string, of: Ticket, holder: Order | undefined][] = [
    ['a ticket', 'own-ticket', ticket, undefined],
    ['a free ticket', 'own-ticket', freeTicket, undefined],
    ['a withdrawn ticket', 'own-ticket', { ...ticket, withdrawn: true }, undefined],
    ['a ticket that another buyer holds', 'own-ticket', ticket, held(another)],
    ['a ticket that they hold since an earlier release', 'no change', ticket, held(seller)],
    ['a ticket whose seller is not known', 'order:created', { ...ticket, sellerId: undefined }, undefined],
  ];
  const placedBySeller = (of: Ticket, holder: Order | undefined, allowOwnPurchase: boolean) => {
    const slots = { taken: [], most: 3 };
    const asked = { ...first, userId: seller, ticket: of, holder, slots };
    return outcome(place(asked, now, { ...rules, allowOwnPurchase }));
  };
  test.each(ownCases)('of %s by its own seller: %s', (_what, expected, of, holder) => {
    expect(placedBySeller(of, holder, false)).toBe(expected);
  });

  test('of their own ticket is open to a seller where ALLOW_OWN_PURCHASE says so', () => {
    expect(placedBySeller(ticket, undefined, true)).toBe('order:created');
  });

  const offered = { ...ticket, offerVersion: 2, version: 4 };
  const versionCases: [what: string, accepted: number[] | undefined, expected: string, holder?: string][] = [
    ['names no version', undefined, 'order:created'],
    ['saw the present version', [4], 'order:created'],
    ['saw the first version of this offer', [2], 'order:created'],
    ['saw the offer before', [1], 'ticket-changed'],
    ['saw a version that has not arrived', [5], 'ticket-version-unknown'],
    ['accepts an old and the present version', [1, 4], 'order:created'],
    ['accepts an old and a coming version', [1, 5], 'ticket-version-unknown'],
    ['accepts no version', [], 'ticket-changed'],
    ['saw the offer before, and holds the ticket', [1], 'no change', buyer],
    ['saw a coming version, and holds the ticket', [5], 'no change', buyer],
    ['saw the offer before, while another holds it', [1], 'ticket-reserved', another],
  ];
  // Jest would pass a callback for a missing value of a row.
  test.each(versionCases.map(([what, accepted, expected, holder]) => ({ what, accepted, expected, holder })))(
    'by a buyer who $what: $expected',
    ({ accepted, expected, holder }) => {
      const order = holder === undefined ? undefined : held(holder);
      expect(outcome(placedBy(buyer, order, now, offered, [], accepted))).toBe(expected);
    },
  );

  test('of a changed ticket tells the present offer; of a coming version, when to try again', () => {
    expect(placedBy(buyer, undefined, now, offered, [], [1])).toMatchObject({
      details: { version: 4, price: '19.99', currency: 'usd' },
    });
    expect(placedBy(buyer, undefined, now, offered, [], [5])).toMatchObject({ retryAfterSeconds: 1 });
  });

  test('of a copy from an earlier release accepts its present version only', () => {
    expect(outcome(placedBy(buyer, undefined, now, ticket, [], [3]))).toBe('order:created');
    expect(outcome(placedBy(buyer, undefined, now, ticket, [], [2]))).toBe('ticket-changed');
  });
});
