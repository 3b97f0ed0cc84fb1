import { orThrow, type Decision } from '@ticketing/common/decision';
import { claimOf, placeOf } from '@ticketing/common/events';
import { placesOf } from './items.js';
import { complete, type Order } from './order.js';
import { orderEvent } from './order-events.js';
import { freeSlots, place, type Placement, type Shortage } from './placement.js';
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
const orders = {
  created: { ...common, status: 'created', slots: [0] },
  free: { ...common, ticket: freeTicket, status: 'complete', slots: [0], version: 1 },
  complete: { ...common, status: 'complete', stripeId: 'pi_1', version: 1 },
} as const satisfies Record<string, Order>;

function outcome(decision: Decision<Order, string>): string {
  if (decision.outcome === 'refused') return decision.code;
  return decision.outcome === 'already' ? 'no change' : (decision.events[0]?.type ?? 'no event');
}

const idEnding = (digits: string) => '0'.repeat(20) + digits;

/** The facts when this order holds the ticket. */
function heldBy(of: Ticket, holder: Order | undefined): Pick<Placement, 'wanted' | 'own'> {
  const shortage = holder && { available: 0, isSold: holder.status === 'complete' };
  return { wanted: [{ ticket: of, quantity: 1, places: [0], shortage }], own: holder ? [holder] : [] };
}

describe('placing an order', () => {
  const first = { id: idEnding('0000'), earlier: [], network: undefined } as const;
  const placedBy = (
    userId: string,
    holder?: Order,
    at = now,
    forTicket: Ticket = ticket,
    taken: number[] = [],
    accepted?: number[],
  ) => {
    const { wanted, own } = heldBy(forTicket, holder);
    const asked = { ...first, userId, own, slots: { taken, most: 3 } };
    return place({ ...asked, wanted: [{ ...wanted[0], accepted }] }, at, rules);
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
      state: { status: 'complete', version: 1, slots: [0] },
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
      const asked = { ...first, id: idEnding(id), userId: buyer, slots: { taken, most: 3 } };
      const decision = place({ ...asked, ...heldBy(ticket, undefined) }, now, rules);
      if (slot === undefined) expect(decision).toEqual({ outcome: 'refused', code: 'too-many-holds' });
      else expect(decision).toMatchObject({ outcome: 'accepted', state: { slots: [slot] } });
    },
  );

  test.each([
    [[0, 1, 2], 3],
    [[2, 1, 0, 0, 7], 3],
    [[], 0],
  ])('no slot is free when %j are taken of %s', (taken, most) => {
    expect(freeSlots(idEnding('0001'), { taken, most }, 1)).toBeUndefined();
  });

  test('takes a slot for each place, or none', () => {
    expect(freeSlots(idEnding('0001'), { taken: [2], most: 4 }, 3)).toEqual([1, 3, 0]);
    expect(freeSlots(idEnding('0001'), { taken: [2], most: 4 }, 4)).toBeUndefined();
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
      const asked = { ...first, ...heldBy(of, holder), userId: buyer, slots: { taken: [], most: 3 } };
      const network = { key: 'a', isFull: true };
      expect(outcome(place({ ...asked, network }, now, rules))).toBe(expected);
    },
  );

  test('counts for the network of its buyer until it is paid, and not at all for a free ticket', () => {
    const asked = { ...first, userId: buyer, slots: { taken: [], most: 3 } };
    const network = { key: 'a', isFull: false };
    const placed = (of: Ticket) =>
      orThrow(place({ ...asked, ...heldBy(of, undefined), network }, now, rules));
    const created = placed(ticket);
    expect(created).toMatchObject({ network: 'a' });
    expect(orThrow(complete(created, payment))).not.toHaveProperty('network');
    expect(placed(freeTicket)).not.toHaveProperty('network');
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
    [
      'a ticket whose seller is not known',
      'ticket-version-unknown',
      { ...ticket, sellerId: undefined },
      undefined,
    ],
  ];
  const placedBySeller = (of: Ticket, holder: Order | undefined, allowOwnPurchase: boolean) => {
    const slots = { taken: [], most: 3 };
    const asked = { ...first, ...heldBy(of, holder), userId: seller, slots };
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
      details: { ticketId: ticket.id, version: 4, price: '19.99', currency: 'usd' },
    });
    expect(placedBy(buyer, undefined, now, offered, [], [5])).toMatchObject({ retryAfterSeconds: 1 });
  });

  test('of a copy from an earlier release accepts its present version only', () => {
    expect(outcome(placedBy(buyer, undefined, now, ticket, [], [3]))).toBe('order:created');
    expect(outcome(placedBy(buyer, undefined, now, ticket, [], [2]))).toBe('ticket-changed');
  });
});

describe('placing an order for several places', () => {
  const many = { ...ticket, quantity: 50 };
  const second = { ...many, id: '8'.repeat(24), title: 'Gala', priceInMinorUnits: 500 };
  const slots = { taken: [], most: 20 };
  const shared = {
    id: idEnding('0000'),
    userId: buyer,
    own: [],
    earlier: [],
    network: undefined,
    slots,
  } as const;
  type Wanted = Placement['wanted'];
  const wanted = (of: Ticket, places: number[], shortage?: Shortage) =>
    ({ ticket: of, quantity: Math.max(places.length, 1), places, shortage }) as const;
  const placed = (items: Wanted, more: Partial<Placement> = {}) =>
    place({ ...shared, ...more, wanted: items }, now, rules);

  test('reserves them at their prices, and numbers the order for each ticket', () => {
    const decision = placed([wanted(many, [7, 4]), wanted(second, [0])]);
    expect(decision).toMatchObject({
      state: {
        ticket: { id: ticket.id, title: 'Final', priceInMinorUnits: 4_498, sellerId: seller },
        items: [
          { ticketId: ticket.id, priceInMinorUnits: 1_999, places: [4, 7] },
          { ticketId: second.id, title: 'Gala', priceInMinorUnits: 500, places: [0] },
        ],
        slots: [0, 1, 2],
        repeats: [`${ticket.id}/00000`, `${second.id}/00000`],
      },
      events: [{ data: { ticket: { price: '44.98' }, items: [{ price: '19.99' }, { price: '5.00' }] } }],
    });
  });

  test('has items, unless it holds place 0 of one ticket', () => {
    const plain = orThrow(placed([wanted(many, [0])]));
    expect(plain).not.toHaveProperty('items');
    expect(plain.ticket.priceInMinorUnits).toBe(1_999);
    expect(orderEvent(plain).data).not.toHaveProperty('items');
    expect(placesOf(plain)).toEqual([{ ticketId: ticket.id, place: 0 }]);
    expect(orThrow(placed([wanted(many, [1])]))).toHaveProperty('items');
  });

  const paidTicket = (of: Ticket) => ({ ...of, priceInMinorUnits: 0 });
  test('is complete at once if all are free, and only then', () => {
    const free = orThrow(placed([wanted(paidTicket(many), [1, 2])]));
    expect(free).toMatchObject({ status: 'complete', slots: [0, 1], version: 1 });
    const mixed = orThrow(placed([wanted(paidTicket(many), [1]), wanted(second, [2])]));
    expect(mixed).toMatchObject({ status: 'created', ticket: { priceInMinorUnits: 500 } });
  });

  const own: Order = {
    ...orders.created,
    items: [
      { ticketId: second.id, title: 'Gala', priceInMinorUnits: 500, version: 3, places: [9] },
      { ticketId: many.id, title: 'Final', priceInMinorUnits: 1_999, version: 3, places: [1, 2] },
    ],
  };
  const paid: Order = { ...own, status: 'complete', stripeId: 'pi_1' };
  const same: Wanted = [wanted(many, [5, 6]), wanted(second, [3])];
  const short: Wanted = [wanted(many, [5, 6], { available: 1, isSold: false }), wanted(second, [3])];
  const again: [what: string, own: Order, items: Wanted, at: Date, expected: string][] = [
    ['for the items of an open order of the buyer', own, same, now, 'no change'],
    ['for these items when too few are left', own, short, now, 'no change'],
    ['for these items when the open order is due', own, same, later(900), 'order:created'],
    ['for these items when they are paid', paid, same, now, 'order:created'],
    ['for more places', own, [wanted(many, [5, 6, 7]), wanted(second, [3])], now, 'order:created'],
    ['for fewer tickets', own, [wanted(many, [5, 6])], now, 'order:created'],
    ['for the items of another buyer', { ...own, userId: another }, same, now, 'order:created'],
  ];
  test.each(again)('%s answers: %5$s', (_what, order, items, at, expected) => {
    expect(outcome(place({ ...shared, own: [order], wanted: items }, at, rules))).toBe(expected);
  });

  const faults: [what: string, items: Wanted, expected: string][] = [
    ['of two sellers', [wanted(many, [1]), wanted({ ...second, sellerId: another }, [1])], 'several-sellers'],
    [
      'in two currencies',
      [wanted(many, [1]), wanted({ ...second, currency: 'eur' }, [1])],
      'several-currencies',
    ],
    [
      'of which one is withdrawn',
      [wanted(many, [1]), wanted({ ...second, withdrawn: true }, [1])],
      'ticket-withdrawn',
    ],
    [
      'of which one is unpaid by another',
      [wanted(many, [1]), wanted(second, [], { available: 0, isSold: false })],
      'ticket-reserved',
    ],
    [
      'of which one is sold',
      [wanted(many, [1]), wanted(second, [], { available: 0, isSold: true })],
      'ticket-sold',
    ],
    [
      'that cost more than a payment may',
      [wanted({ ...many, priceInMinorUnits: 60_000_000 }, [1, 2])],
      'total-too-high',
    ],
    [
      'of which the offer of one has changed',
      [wanted(many, [1]), { ...wanted(second, [1]), accepted: [2] }],
      'ticket-changed',
    ],
    [
      'of which one is not known in that version',
      [wanted(many, [1]), { ...wanted(second, [1]), accepted: [4] }],
      'ticket-version-unknown',
    ],
  ];
  test.each(faults)('%s is refused: %3$s', (_what, items, expected) => {
    expect(outcome(placed(items))).toBe(expected);
  });

  test('that are too many tells the ticket and how many are free', () => {
    const shortage = { available: 3, isSold: false };
    expect(placed([wanted(second, [1]), wanted(many, [], shortage)])).toMatchObject({
      code: 'ticket-reserved',
      details: { ticketId: many.id, available: 3 },
    });
  });

  test('is limited by places: a buyer has twenty of one seller', () => {
    const taken = Array.from({ length: 18 }, (_, slot) => slot);
    const items: Wanted = [wanted(many, [1, 2, 3])];
    expect(outcome(placed(items, { slots: { taken, most: 20 } }))).toBe('too-many-holds');
    expect(outcome(placed([wanted(many, [1, 2])], { slots: { taken, most: 20 } }))).toBe('order:created');
  });

  test('waits as long as the ticket that its buyer has given up most', () => {
    const givenUp = (repeats: string[]) => ({
      order: { ...own, status: 'cancelled', reason: 'buyer', repeats } as const,
      endedAt: now,
    });
    const earlier = [givenUp([`${many.id}/00000`]), givenUp([`${many.id}/00001`, `${second.id}/00000`])];
    expect(placed(same, { earlier })).toMatchObject({ code: 'ticket-cool-down', retryAfterSeconds: 57 });
    expect(orThrow(placed([wanted(second, [1])], { earlier })).repeats).toEqual([`${second.id}/00001`]);
  });
});

test.each([
  [0, ticket.id],
  [1, `${ticket.id}/00001`],
  [99_999, `${ticket.id}/99999`],
])('place %i of a ticket has the claim %s', (number, claim) => {
  expect(claimOf({ ticketId: ticket.id, place: number })).toBe(claim);
  expect(placeOf(claim)).toEqual({ ticketId: ticket.id, place: number });
});
