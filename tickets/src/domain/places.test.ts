import { orThrow, type Decision } from '@ticketing/common/decision';
import { recordAll } from '../testing/recorded.js';
import type { Holding } from './holding.js';
import { availableOf, heldOf, isCounted, quantityOf } from './places.js';
import { count, edit, list, ticketEvent, withdraw, withdrawBySystem, type Ticket } from './ticket.js';

const now = new Date('2026-11-23T12:00:00Z');
const soon = new Date('2026-11-23T12:15:00Z');
const seller = 'a'.repeat(24);
const ticketId = '0'.repeat(24);
const offer = { userId: seller, title: 'Final', priceInMinorUnits: 1_999 } as const;

const anOrder = (number: number, status: Holding['status'], places: readonly number[]): Holding => ({
  ...{ orderId: `${number}`.padStart(24, '0'), ticketId, places, status, expiresAt: soon },
  version: status === 'created' ? 0 : 1,
});

/** A ticket of so many places, of which orders hold some. */
function aTicket(quantity: number, { reserved = 0, sold = 0 } = {}): Ticket {
  const places = (from: number, size: number) => Array.from({ length: size }, (_, at) => from + at);
  const orders = [anOrder(1, 'complete', places(0, sold)), anOrder(2, 'created', places(sold, reserved))];
  const ticket = orThrow(list({ ...offer, id: ticketId, currency: 'usd', quantity }));
  return recordAll(
    ticket,
    orders.filter((order) => order.places.length > 0),
    now,
  ).ticket;
}

const withdrawn = (ticket: Ticket) => orThrow(withdrawBySystem(ticket));

function outcome(decision: Decision<Ticket, string>): string {
  if (decision.outcome === 'refused') return decision.code;
  return decision.outcome === 'already' ? 'no change' : decision.state.status;
}

test.each([
  ['free', aTicket(5), 'available', 5],
  ['partly held', aTicket(5, { reserved: 2, sold: 2 }), 'available', 1],
  ['all held, some unpaid', aTicket(5, { reserved: 1, sold: 4 }), 'reserved', 0],
  ['all paid', aTicket(5, { sold: 5 }), 'sold', 0],
  ['free and withdrawn', withdrawn(aTicket(5)), 'withdrawn', 0],
  ['partly held and withdrawn', withdrawn(aTicket(5, { sold: 2 })), 'withdrawn', 0],
  ['all paid and withdrawn', withdrawn(aTicket(5, { sold: 5 })), 'sold', 0],
])('a ticket whose five places are %s', (_what, ticket, status, available) => {
  expect([ticket.status, availableOf(ticket), quantityOf(ticket)]).toEqual([status, available, 5]);
  expect([ticket.orderId, ticket.holds]).toEqual([undefined, {}]);
});

describe('the events of a ticket', () => {
  test('of many places show them', () => {
    const decision = edit(aTicket(5, { reserved: 2 }), { ...offer, title: 'New' });
    expect(decision).toMatchObject({ events: [{ data: { quantity: 5, available: 3 } }] });
  });

  test('of one place look as before', () => {
    const { data } = ticketEvent(aTicket(1, { sold: 1 }));
    expect(Object.keys(data)).toEqual(expect.not.arrayContaining(['quantity', 'available']));
    expect(data).toHaveProperty('orderId');
  });
});

describe('editing a ticket of five places', () => {
  const edits = {
    'the price': { ...offer, priceInMinorUnits: 2_500 },
    'a higher quantity': { ...offer, quantity: 6 },
    'a higher quantity and the price': { ...offer, priceInMinorUnits: 2_500, quantity: 6 },
    'a lower quantity': { ...offer, quantity: 4 },
    'one place': { ...offer, quantity: 1 },
    nothing: offer,
    'the same quantity': { ...offer, quantity: 5 },
  };
  type State = 'free' | 'partly held' | 'reserved' | 'sold' | 'withdrawn' | 'sold and withdrawn';
  const states: Record<State, Ticket> = {
    free: aTicket(5),
    'partly held': aTicket(5, { reserved: 1, sold: 1 }),
    reserved: aTicket(5, { reserved: 1, sold: 4 }),
    sold: aTicket(5, { sold: 5 }),
    withdrawn: withdrawn(aTicket(5, { sold: 1 })),
    'sold and withdrawn': withdrawn(aTicket(5, { sold: 5 })),
  };
  const answers: Record<State, Record<keyof typeof edits, string>> = {
    free: {
      'the price': 'available',
      'a higher quantity': 'available',
      'a higher quantity and the price': 'available',
      'a lower quantity': 'available',
      'one place': 'available',
      nothing: 'no change',
      'the same quantity': 'no change',
    },
    'partly held': {
      'the price': 'available',
      'a higher quantity': 'available',
      'a higher quantity and the price': 'available',
      'a lower quantity': 'available',
      'one place': 'quantity-too-low',
      nothing: 'no change',
      'the same quantity': 'no change',
    },
    reserved: {
      'the price': 'ticket-reserved',
      'a higher quantity': 'available',
      'a higher quantity and the price': 'ticket-reserved',
      'a lower quantity': 'quantity-too-low',
      'one place': 'quantity-too-low',
      nothing: 'ticket-reserved',
      'the same quantity': 'ticket-reserved',
    },
    sold: {
      'the price': 'ticket-sold',
      'a higher quantity': 'available',
      'a higher quantity and the price': 'ticket-sold',
      'a lower quantity': 'quantity-too-low',
      'one place': 'quantity-too-low',
      nothing: 'ticket-sold',
      'the same quantity': 'ticket-sold',
    },
    withdrawn: {
      'the price': 'ticket-withdrawn',
      'a higher quantity': 'ticket-withdrawn',
      'a higher quantity and the price': 'ticket-withdrawn',
      'a lower quantity': 'ticket-withdrawn',
      'one place': 'ticket-withdrawn',
      nothing: 'ticket-withdrawn',
      'the same quantity': 'ticket-withdrawn',
    },
    'sold and withdrawn': {
      'the price': 'ticket-sold',
      'a higher quantity': 'ticket-sold',
      'a higher quantity and the price': 'ticket-sold',
      'a lower quantity': 'quantity-too-low',
      'one place': 'quantity-too-low',
      nothing: 'ticket-sold',
      'the same quantity': 'ticket-sold',
    },
  };
  for (const [state, row] of Object.entries(answers))
    for (const [what, expected] of Object.entries(row))
      test(`that is ${state}, with ${what}: ${expected}`, () => {
        const decision = edit(states[state as State], edits[what as keyof typeof edits]);
        expect(outcome(decision)).toBe(expected);
      });

  test('below what buyers hold tells the lowest quantity', () => {
    const ticket = recordAll(aTicket(9), [anOrder(1, 'created', [6])], now).ticket;
    expect(edit(ticket, { ...offer, quantity: 6 })).toMatchObject({ details: { least: 7 } });
    expect(outcome(edit(ticket, { ...offer, quantity: 7 }))).toBe('available');
  });

  test('to one place that an order holds waits for the next count to know the holder', () => {
    const lowered = orThrow(edit(aTicket(2, { sold: 1 }), { ...offer, quantity: 1 }));
    expect([lowered.status, isCounted(lowered), availableOf(lowered)]).toEqual(['sold', false, 0]);
    const holder = anOrder(1, 'complete', [0]);
    expect(recordAll(lowered, [holder], now).ticket).toMatchObject({
      status: 'sold',
      orderId: holder.orderId,
    });
  });

  test('a sold ticket of one place can get more', () => {
    const raised = orThrow(edit(aTicket(1, { sold: 1 }), { ...offer, quantity: 3 }));
    expect(raised).toMatchObject({ status: 'available', orderId: undefined, holds: {} });
    expect([quantityOf(raised), availableOf(raised), isCounted(raised)]).toEqual([3, 2, true]);
  });
});

describe('the version that an edit names', () => {
  const title = { ...offer, title: 'New' };
  const sold = (ticket: Ticket, number: number) =>
    orThrow(count(ticket, { reserved: 0, sold: number, least: number, holders: [] }, true));

  test('is accepted while only orders have come since', () => {
    const ticket = sold(sold(aTicket(5), 1), 2);
    for (const version of [0, 1, 2]) expect(outcome(edit(ticket, { ...title, version }))).toBe('available');
    expect(outcome(edit(ticket, { ...title, version: 3 }))).toBe('version-conflict');
  });

  test.each([
    ['offer', title],
    ['quantity', { ...offer, quantity: 9 }],
  ])('is refused after the %s has changed: version-conflict', (_what, change) => {
    const ticket = sold(orThrow(edit(sold(aTicket(5), 1), change)), 2);
    expect(outcome(edit(ticket, { ...offer, title: 'Newer', version: 1 }))).toBe('version-conflict');
    expect(outcome(edit(ticket, { ...offer, title: 'Newer', version: 2 }))).toBe('available');
  });

  test('must be the present one for a ticket of one place, and for If-Match', () => {
    const one = recordAll(aTicket(1), [anOrder(1, 'created', [0]), anOrder(1, 'cancelled', [0])], now).ticket;
    expect(outcome(edit(one, { ...title, version: 1 }))).toBe('version-conflict');
    expect(outcome(edit(sold(aTicket(5), 1), { ...title, ifMatch: [0] }))).toBe('precondition-failed');
  });

  test('a change of the quantity is no change of the offer that buyers have seen', () => {
    const raised = edit(sold(aTicket(5), 1), { ...offer, quantity: 9 });
    expect(raised).toMatchObject({ events: [{ version: 2, data: { offerVersion: 0 } }] });
  });
});

describe('an order for a place above the quantity', () => {
  const ticket = orThrow(edit(aTicket(5), { ...offer, quantity: 2 }));
  const order = anOrder(1, 'created', [3]);

  test('stays valid: the ticket has the place while the order holds it', () => {
    const held = recordAll(ticket, [order], now).ticket;
    expect([quantityOf(held), availableOf(held)]).toEqual([4, 3]);
    const free = recordAll(ticket, [order, { ...order, version: 1, status: 'cancelled' }], now).ticket;
    expect([quantityOf(free), availableOf(free)]).toEqual([2, 2]);
  });
});

describe('withdrawing a ticket of many places', () => {
  test.each([
    ['free', aTicket(5), 'withdrawn'],
    ['partly sold', aTicket(5, { sold: 2 }), 'withdrawn'],
    ['reserved', aTicket(5, { reserved: 5 }), 'reserved'],
    ['sold', aTicket(5, { sold: 5 }), 'sold'],
  ])('that is %s is allowed, and repeating it is harmless', (_what, ticket, expected) => {
    expect(outcome(withdraw(ticket, seller))).toBe(expected);
    expect(outcome(withdraw(withdrawn(ticket), seller))).toBe('no change');
  });

  test('keeps its orders, and sells no place that becomes free', () => {
    const { ticket, orders } = recordAll(
      aTicket(2),
      [anOrder(1, 'complete', [0]), anOrder(2, 'created', [1])],
      now,
    );
    const cancelled = [...orders.values()].filter(({ status }) => status === 'complete');
    const freed = recordAll(withdrawn(ticket), cancelled, now).ticket;
    expect([freed.status, availableOf(freed), freed.held?.sold]).toEqual(['withdrawn', 0, 1]);
  });
});

describe('a count', () => {
  const none = { reserved: 0, sold: 0, least: 0, holders: [] };

  test('raises the version when an order has changed, even with the same result', () => {
    expect(count(aTicket(5), none, true)).toMatchObject({ outcome: 'accepted', state: { version: 1 } });
  });

  test('of a repeated event changes nothing', () => {
    expect(outcome(count(aTicket(5), none, false))).toBe('no change');
    expect(outcome(count(aTicket(5), { ...none, sold: 1, least: 1 }, false))).toBe('available');
  });
});

describe('a ticket of the previous release', () => {
  const holder = anOrder(1, 'complete', [0]);
  const { held: _, ...stored } = recordAll(aTicket(1), [holder], now).ticket;

  test('has one place, which its status describes', () => {
    expect(heldOf(stored)).toEqual({ reserved: 0, sold: 1, least: 1 });
    expect([quantityOf(stored), availableOf(stored)]).toEqual([1, 0]);
    expect(availableOf({ ...stored, status: 'available' })).toBe(1);
  });

  test('is counted at its next event', () => {
    const next = recordAll(stored, [holder], now).ticket;
    expect(isCounted(next)).toBe(true);
    expect(next.holds).toEqual({ [holder.orderId]: { version: 1, status: 'complete', expiresAt: soon } });
  });

  // A pod of the previous release sets status and holds, and knows neither `held` nor places.
  test('that has changed a counted ticket leaves it uncounted, until this one counts again', () => {
    const written: Ticket = { ...aTicket(1), status: 'reserved', orderId: holder.orderId, version: 7 };
    expect([isCounted(written), availableOf(written)]).toEqual([false, 0]);
    const edited = orThrow(withdrawBySystem(written));
    expect(isCounted(edited)).toBe(false);
    expect(isCounted(recordAll(edited, [holder], now).ticket)).toBe(true);
  });
});
