import type { Decision } from '@ticketing/common/decision';
import { cancel, complete, expire, freeSlot, isDue, place, show, type Order } from './order.js';
import type { Ticket } from './ticket.js';

const now = new Date('2026-11-23T12:00:00Z');
const later = (seconds: number) => new Date(now.getTime() + seconds * 1_000);
const [buyer, another] = ['b'.repeat(24), 'c'.repeat(24)];
const ticket = {
  id: '7'.repeat(24),
  title: 'Final',
  priceInMinorUnits: 1_999,
  currency: 'usd',
  version: 3,
} as const;

const common = { id: '0'.repeat(24), userId: buyer, ticket, expiresAt: later(900), version: 0 };
const orders: Record<Order['status'], Order> = {
  created: { ...common, status: 'created', slot: 0 },
  complete: { ...common, status: 'complete', stripeId: 'pi_1', version: 1 },
  cancelled: { ...common, status: 'cancelled', reason: 'buyer', version: 1 },
};

function outcome(decision: Decision<Order, string>): string {
  if (decision.outcome === 'refused') return decision.code;
  return decision.outcome === 'already' ? 'no change' : (decision.events[0]?.type ?? 'no event');
}

const idEnding = (digits: string) => '0'.repeat(20) + digits;

describe('an order', () => {
  const transitions = {
    paid: (order: Order) => complete(order, 'pi_1'),
    'paid by another payment': (order: Order) => complete(order, 'pi_2'),
    'cancelled by its buyer': (order: Order) => cancel(order, buyer),
    'cancelled by another': (order: Order) => cancel(order, another),
    'cancelled with another version': (order: Order) => cancel(order, buyer, [7]),
    'expired when due': (order: Order) => expire(order, later(900)),
    'expired too early': (order: Order) => expire(order, later(899)),
    'shown to its buyer': (order: Order) => show(order, buyer),
    'shown to another': (order: Order) => show(order, another),
  };

  const answers: Record<Order['status'], Record<keyof typeof transitions, string>> = {
    created: {
      paid: 'order:completed',
      'paid by another payment': 'order:completed',
      'cancelled by its buyer': 'order:cancelled',
      'cancelled by another': 'not-your-order',
      'cancelled with another version': 'precondition-failed',
      'expired when due': 'order:cancelled',
      'expired too early': 'not-due',
      'shown to its buyer': 'no change',
      'shown to another': 'not-your-order',
    },
    complete: {
      paid: 'no change',
      'paid by another payment': 'paid-twice',
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
          outcome(transitions[what as keyof typeof transitions](orders[status as Order['status']])),
        ).toBe(expected);
      });

  test('that ends frees its slot', () => {
    for (const decision of [cancel(orders.created, buyer), complete(orders.created, 'pi_1')])
      expect(decision).toMatchObject({
        outcome: 'accepted',
        state: expect.not.objectContaining({ slot: 0 }),
      });
  });

  test('that is paid late is complete if it still holds the ticket', () => {
    expect(isDue(orders.created, later(901))).toBe(true);
    expect(outcome(complete(orders.created, 'pi_1'))).toBe('order:completed');
  });
});

describe('placing an order', () => {
  const placedBy = (
    userId: string,
    holder?: Order,
    at = now,
    forTicket: Ticket = ticket,
    taken: number[] = [],
  ) => place({ id: idEnding('0000'), userId, ticket: forTicket, holder, slots: { taken, most: 3 } }, at, 900);

  test('reserves the ticket for a limited time at the price that the buyer saw', () => {
    expect(placedBy(buyer)).toMatchObject({
      outcome: 'accepted',
      state: { status: 'created', version: 0, expiresAt: later(900), ticket },
      events: [
        {
          type: 'order:created',
          data: { expiresAt: '2026-11-23T12:15:00.000Z', ticket: { price: '19.99' } },
        },
      ],
    });
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
      const asked = { id: idEnding(id), userId: buyer, ticket, holder: undefined, slots: { taken, most: 3 } };
      const decision = place(asked, now, 900);
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
    ['is withdrawn', 'ticket-withdrawn', undefined, { ...ticket, withdrawn: true }],
  ];
  test.each(fullCases)(
    'by a buyer without a free slot, for a ticket that %s: %s',
    (_which, expected, holder, of) => {
      expect(outcome(placedBy(buyer, holder, now, of, [0, 1, 2]))).toBe(expected);
    },
  );

  const cases: [who: string, holder: Order['status'], userId: string, at: Date, expected: string][] = [
    ['its holder again', 'created', buyer, now, 'no change'],
    ['its holder again, when due', 'created', buyer, later(900), 'ticket-reserved'],
    ['the buyer who has paid', 'complete', buyer, later(9_000), 'no change'],
    ['another buyer', 'created', another, now, 'ticket-reserved'],
    ['another buyer, when it is due and not released', 'created', another, later(901), 'ticket-reserved'],
    ['another buyer', 'complete', another, now, 'ticket-sold'],
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
});
