import { coolDownSeconds, earlierFor, nextRepeat, repeatOf, type EarlierOrder } from './cool-down.js';
import type { Order } from './order.js';
import { place } from './placement.js';

const windowSeconds = 900;
const now = new Date('2026-11-27T12:00:00Z');
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1_000);

const ticket = {
  id: '7'.repeat(24),
  title: 'Final',
  priceInMinorUnits: 1_999,
  currency: 'usd',
  sellerId: 'd'.repeat(24),
  version: 3,
} as const;
const common = { id: '0'.repeat(24), userId: 'b'.repeat(24), ticket, expiresAt: now, version: 1 };

type End = Order['status'] | 'free' | 'expired' | 'released by an operator';
const ends: Record<End, Order> = {
  created: { ...common, status: 'created', slots: [0] },
  complete: { ...common, status: 'complete', stripeId: 'pi_1' },
  free: { ...common, status: 'complete', slots: [0] },
  refunded: { ...common, status: 'refunded', stripeId: 'pi_1', reason: 'refund' },
  cancelled: { ...common, status: 'cancelled', reason: 'buyer' },
  expired: { ...common, status: 'cancelled', reason: 'expired' },
  'released by an operator': { ...common, status: 'cancelled', reason: 'buyer', byOperator: true },
};

/** Orders, the latest of which ended `lastSecondsAgo`, and each other one a second before the next. */
const endedAs = (kinds: readonly End[], lastSecondsAgo = 0): EarlierOrder[] =>
  kinds.map((kind, index) => ({ order: ends[kind], endedAt: ago(lastSecondsAgo + index) }));
const cancelled = (times: number) => Array.from({ length: times }, () => 'cancelled' as const);

test.each([
  [0, 0],
  [1, 0],
  [2, 57],
  [3, 113],
  [4, 225],
  [5, 450],
  [6, 900],
  [7, 900],
])('a buyer who gave up a ticket %i times waits %i s for it', (times, seconds) => {
  expect(coolDownSeconds(endedAs(cancelled(times)), now, windowSeconds)).toBe(seconds);
  expect(coolDownSeconds(endedAs(cancelled(times), seconds), now, windowSeconds)).toBe(0);
});

// The cancellations ended a second before the latest order.
const waits: Record<End, number> = {
  created: 56,
  complete: 0,
  free: 56,
  refunded: 0,
  cancelled: 113,
  expired: 113,
  'released by an operator': 56,
};
test.each(Object.entries(waits) as [End, number][])(
  'after two cancellations and an order that is %s, its buyer waits %i s',
  (kind, seconds) => {
    expect(coolDownSeconds(endedAs([kind, ...cancelled(2)]), now, windowSeconds)).toBe(seconds);
  },
);

test('a purchase clears what was before it, and only that', () => {
  const wait = (...kinds: End[]) => coolDownSeconds(endedAs(kinds), now, windowSeconds);
  expect(wait('refunded', ...cancelled(5))).toBe(0);
  expect(wait('cancelled', 'refunded', ...cancelled(5))).toBe(0);
  expect(wait('cancelled', 'expired', 'refunded', ...cancelled(5))).toBe(57);
});

test('any number of releases by an operator costs nothing', () => {
  const released = Array.from({ length: 6 }, () => 'released by an operator' as const);
  expect(coolDownSeconds(endedAs(released), now, windowSeconds)).toBe(0);
});

test('what was given up a hundred windows ago is forgotten', () => {
  const after = (windows: number) => {
    const [last, ...before] = endedAs(cancelled(6), windows * windowSeconds);
    return coolDownSeconds([{ ...last, endedAt: now } as EarlierOrder, ...before], now, windowSeconds);
  };
  expect([after(99), after(100)]).toEqual([900, 0]);
});

test('a time from a clock that is a little ahead counts, and one that is far ahead does not', () => {
  const ahead = (seconds: number) => coolDownSeconds(endedAs(cancelled(2), -seconds), now, windowSeconds);
  expect([ahead(5), ahead(3_600)]).toEqual([62, 0]);
});

test('the latest order need not be the last to end', () => {
  const [latest, before] = endedAs(cancelled(2));
  const earlier = [
    { ...latest, endedAt: ago(57) } as EarlierOrder,
    { ...before, endedAt: now } as EarlierOrder,
  ];
  expect(coolDownSeconds(earlier, now, windowSeconds)).toBe(57);
});

describe('the orders of a buyer for a ticket', () => {
  const other = '8'.repeat(24);
  const numbered = (...repeats: string[]): EarlierOrder => ({
    order: { ...ends.cancelled, repeats },
    endedAt: now,
  });

  test('are numbered, also after orders of a release without numbers', () => {
    const next = (...earlier: EarlierOrder[]) => nextRepeat(ticket.id, earlierFor(ticket.id, earlier));
    expect(next()).toBe(0);
    expect(next({ order: ends.cancelled, endedAt: now })).toBe(0);
    expect(next(numbered(repeatOf(ticket.id, 2)), numbered(repeatOf(ticket.id, 4)))).toBe(5);
    expect(next(numbered(repeatOf(other, 7), repeatOf(ticket.id, 1)), numbered(repeatOf(other, 8)))).toBe(2);
    expect(next(numbered(repeatOf(ticket.id, 123_456)))).toBe(123_457);
  });

  test('are those whose items name it, newest first', () => {
    const [first, second, both] = [
      numbered(repeatOf(ticket.id, 0)),
      numbered(repeatOf(other, 0)),
      numbered(repeatOf(other, 1), repeatOf(ticket.id, 1)),
    ];
    expect(earlierFor(ticket.id, [first, second, both])).toEqual([both, first]);
    expect(earlierFor(other, [first, second, both])).toEqual([both, second]);
  });
});

test('placing an order waits for the cool-down, and says for how long', () => {
  const asked = { id: '1'.repeat(24), userId: common.userId, own: [], network: undefined };
  const givenUp = (times: number) =>
    endedAs(cancelled(times)).map(({ order, endedAt }, index) => ({
      order: { ...order, repeats: [repeatOf(ticket.id, times - index)] },
      endedAt,
    }));
  const placedAfter = (times: number) =>
    place(
      {
        ...asked,
        wanted: [{ ticket, quantity: 1, places: [0] }],
        slots: { taken: [], most: 3 },
        earlier: givenUp(times),
      },
      now,
      { reservationSeconds: windowSeconds, allowOwnPurchase: false },
    );
  expect(placedAfter(1)).toMatchObject({ outcome: 'accepted' });
  expect(placedAfter(2)).toEqual({ outcome: 'refused', code: 'ticket-cool-down', retryAfterSeconds: 57 });
});
