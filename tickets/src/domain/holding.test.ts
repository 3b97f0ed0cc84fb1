import { orThrow } from '@ticketing/common/decision';
import fc from 'fast-check';
import { record, recordAll, type Recorded } from '../testing/recorded.js';
import { forgetAt, isHeld, countHeldPlaces, type Holding } from './holding.js';
import { list } from './ticket.js';

const dayMs = 24 * 3_600_000;
const now = new Date('2026-11-23T12:00:00Z');
const soon = new Date('2026-11-23T12:15:00Z');
const after = (days: number) => new Date(soon.getTime() + days * dayMs);
const orderId = (number: number) => number.toString(16).padStart(24, '0');
const ticketId = 'f'.repeat(24);

const anOrder = (number: number, status: Holding['status'], version: number, places = [0]): Holding => ({
  ...{ orderId: orderId(number), ticketId, places, version, status, expiresAt: soon },
});

function aTicket(quantity = 1) {
  const offer = { id: ticketId, userId: 'a'.repeat(24), title: 'Final', priceInMinorUnits: 1_999 } as const;
  return orThrow(list({ ...offer, currency: 'usd', quantity }));
}

describe('an order that', () => {
  // How many days after its window an order may be forgotten.
  const days: [what: string, order: Holding, days: number | undefined][] = [
    ['is open', anOrder(1, 'created', 0), undefined],
    ['is complete', anOrder(1, 'complete', 1), undefined],
    ['was never complete and is cancelled', anOrder(1, 'cancelled', 1), 8],
    ['was free and given back', anOrder(1, 'cancelled', 2), 100],
    ['was refunded', anOrder(1, 'refunded', 2), 100],
  ];
  test.each(days)('%s is forgotten so many days after its window: %3$s', (_what, order, expected) => {
    expect(forgetAt(order)).toEqual(expected === undefined ? undefined : after(expected));
  });
});

describe('the late event of an order', () => {
  const outcome = (recorded: Recorded, order: Holding, at: Date) => {
    const { decision } = record(recorded, order, at);
    return decision.outcome === 'refused' ? decision.code : `${decision.outcome} ${decision.state.status}`;
  };
  const empty = recordAll(aTicket(), [], now);

  test.each([
    ['order:created a week after the window', anOrder(1, 'created', 0), after(7.1), 'too-old'],
    ['order:created shortly before', anOrder(1, 'created', 0), after(6.9), 'accepted reserved'],
    ['order:completed at any time', anOrder(1, 'complete', 1), after(300), 'accepted sold'],
    ['order:cancelled while it must be known', anOrder(1, 'cancelled', 1), after(7.9), 'accepted available'],
    ['order:cancelled when it may be forgotten', anOrder(1, 'cancelled', 1), after(8.1), 'already available'],
  ])('that is not stored: %s', (_what, order, at, expected) => {
    expect(outcome(empty, order, at)).toBe(expected);
  });

  test('ends a hold, however late it is', () => {
    const held = recordAll(aTicket(), [anOrder(1, 'created', 0)], now);
    expect(outcome(held, anOrder(1, 'cancelled', 1), after(300))).toBe('accepted available');
  });

  // While an order is stored, its earlier events change nothing; afterwards the only one that could arrive is too old.
  test('cannot revive an order that is forgotten', () => {
    const cancelled = anOrder(1, 'cancelled', 1);
    const forgottenAt = forgetAt(cancelled) ?? now;
    expect(outcome(empty, anOrder(1, 'created', 0), forgottenAt)).toBe('too-old');
  });

  test('cannot revive an order that the previous release has forgotten', () => {
    const ticket = { ...aTicket(), forgottenUntil: soon };
    const recorded = recordAll(ticket, [], now);
    expect(outcome(recorded, anOrder(1, 'created', 0), now)).toBe('too-old');
    const later = { ...anOrder(2, 'created', 0), expiresAt: after(0.01) };
    expect(outcome(recorded, later, now)).toBe('accepted reserved');
  });
});

/** The events of one order, oldest first; it holds `places` and may end. */
const histories = fc.uniqueArray(fc.nat(20), { minLength: 1, maxLength: 12 }).chain((places) =>
  fc
    .array(
      fc.record({
        size: fc.integer({ min: 1, max: 3 }),
        end: fc.constantFrom('open', 'cancelled', 'complete', 'refunded', 'partly freed' as const),
      }),
      { minLength: 1, maxLength: places.length },
    )
    .map((orders) => ordersOf(places, orders)),
);

function ordersOf(free: readonly number[], orders: readonly { size: number; end: string }[]): Holding[][] {
  let next = 0;
  return orders.map(({ size, end }, number) => {
    const places = free.slice(next, (next += size));
    const created = anOrder(number, 'created', 0, places);
    if (end === 'open') return [created];
    if (end === 'cancelled') return [created, { ...created, version: 1, status: 'cancelled' }];
    const complete: Holding = { ...created, version: 1, status: 'complete' };
    if (end === 'complete') return [created, complete];
    if (end === 'partly freed')
      return [created, complete, { ...complete, version: 2, places: places.slice(1) }];
    return [created, complete, { ...complete, version: 2, status: 'refunded' }];
  });
}

test('in any sequence, late or repeated, the events of orders end in the same places', () => {
  const deliveries = histories.chain((history) => {
    const events = history.flat();
    const all = { minLength: events.length, maxLength: events.length };
    const repeated = fc.array(fc.constantFrom(...events), { maxLength: 5 });
    return fc.tuple(fc.constant(history), fc.shuffledSubarray(events, all), repeated);
  });
  fc.assert(
    fc.property(deliveries, fc.integer({ min: 1, max: 25 }), ([history, events, repeated], quantity) => {
      const { ticket } = recordAll(aTicket(quantity), [...events, ...repeated], now);

      const held = history
        .map((states) => states.at(-1))
        .filter((last) => last !== undefined && isHeld(last));
      const places = held.flatMap((order) => order?.places.map((place) => ({ place, order })) ?? []);
      const sold = places.filter(({ order }) => order?.status === 'complete').length;
      const least = Math.max(0, ...places.map(({ place }) => place + 1));
      expect(ticket.held).toMatchObject({ sold, reserved: places.length - sold, least });
      const free = Math.max(quantity, least) - places.length;
      expect(ticket.status).toBe(free > 0 ? 'available' : sold === places.length ? 'sold' : 'reserved');
    }),
  );
});

test('an order whose places are all freed holds nothing', () => {
  expect(countHeldPlaces([anOrder(1, 'complete', 2, [])])).toEqual({
    reserved: 0,
    sold: 0,
    least: 0,
    holders: [],
  });
});
