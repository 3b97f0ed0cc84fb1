import { orThrow, type Decision } from '@ticketing/common/decision';
import { record, recordAll, type Recorded } from '../testing/recorded.js';
import type { Holding } from './holding.js';
import { edit, list, offerVersion, withdraw, withdrawBySystem, type Ticket } from './ticket.js';

const now = new Date('2026-11-23T12:00:00Z');
const soon = new Date('2026-11-23T12:15:00Z');
const seller = 'a'.repeat(24);
const orderA = '1'.repeat(24);
const orderB = '2'.repeat(24);

const ticketId = '0'.repeat(24);

function recorded(...orders: readonly Holding[]): Recorded {
  const offer = { id: ticketId, userId: seller, title: 'Final', priceInMinorUnits: 1_999 } as const;
  return recordAll(orThrow(list({ ...offer, currency: 'usd' })), orders, now);
}
const aTicket = (...orders: readonly Holding[]): Ticket => recorded(...orders).ticket;

/** Withdrawn by the system, while an order may hold it. */
const withdrawn = (ticket: Ticket): Ticket => orThrow(withdrawBySystem(ticket));

/** The decision that records an order of a ticket with these orders. */
const recordIn = ({ ticket, orders }: Recorded, order: Holding): Decision<Ticket, string> =>
  record({ ticket, orders }, order, now).decision;

const anOrder = (
  orderId: string,
  status: Holding['status'],
  version = status === 'created' ? 0 : 1,
): Holding => ({
  ...{ orderId, ticketId, places: [0] },
  version,
  status,
  expiresAt: soon,
});

function outcome(decision: Decision<Ticket, string>): string {
  if (decision.outcome === 'refused') return decision.code;
  return decision.outcome === 'already' ? 'no change' : decision.state.status;
}

describe('a ticket', () => {
  const byStatus: Record<Ticket['status'], Recorded> = {
    available: recorded(),
    reserved: recorded(anOrder(orderA, 'created')),
    sold: recorded(anOrder(orderA, 'complete')),
    withdrawn: { ...recorded(), ticket: withdrawn(aTicket()) },
  };

  type Transition =
    | 'edited'
    | 'edited by another'
    | 'edited with an old version'
    | 'edited with another If-Match'
    | 'withdrawn with another If-Match'
    | 'withdrawn'
    | 'withdrawn by another'
    | 'withdrawn by the system'
    | 'order created'
    | 'order cancelled'
    | 'order complete'
    | 'order refunded';
  const transitions: Record<Transition, (of: Recorded) => Decision<Ticket, string>> = {
    edited: ({ ticket }) => edit(ticket, { userId: seller, title: 'New', priceInMinorUnits: 1 }),
    'edited by another': ({ ticket }) =>
      edit(ticket, { userId: 'b'.repeat(24), title: 'New', priceInMinorUnits: 1 }),
    'edited with an old version': ({ ticket }) =>
      edit(ticket, { userId: seller, title: 'New', priceInMinorUnits: 1, version: ticket.version + 7 }),
    'edited with another If-Match': ({ ticket }) =>
      edit(ticket, { userId: seller, title: 'New', priceInMinorUnits: 1, ifMatch: [ticket.version + 7] }),
    'withdrawn with another If-Match': ({ ticket }) => withdraw(ticket, seller, [ticket.version + 7]),
    withdrawn: ({ ticket }) => withdraw(ticket, seller),
    'withdrawn by another': ({ ticket }) => withdraw(ticket, 'b'.repeat(24)),
    'withdrawn by the system': ({ ticket }) => withdrawBySystem(ticket),
    'order created': (of) => recordIn(of, anOrder(orderA, 'created')),
    'order cancelled': (of) => recordIn(of, anOrder(orderA, 'cancelled')),
    'order complete': (of) => recordIn(of, anOrder(orderA, 'complete')),
    'order refunded': (of) => recordIn(of, anOrder(orderA, 'refunded', 2)),
  };

  const answers: Record<Ticket['status'], Record<Transition, string>> = {
    available: {
      edited: 'available',
      'edited by another': 'not-your-ticket',
      'edited with an old version': 'version-conflict',
      'edited with another If-Match': 'precondition-failed',
      'withdrawn with another If-Match': 'precondition-failed',
      withdrawn: 'withdrawn',
      'withdrawn by another': 'not-your-ticket',
      'withdrawn by the system': 'withdrawn',
      'order created': 'reserved',
      'order cancelled': 'available',
      'order complete': 'sold',
      'order refunded': 'available',
    },
    reserved: {
      edited: 'ticket-reserved',
      'edited by another': 'not-your-ticket',
      'edited with an old version': 'ticket-reserved',
      'edited with another If-Match': 'precondition-failed',
      'withdrawn with another If-Match': 'precondition-failed',
      withdrawn: 'ticket-reserved',
      'withdrawn by another': 'not-your-ticket',
      'withdrawn by the system': 'reserved',
      'order created': 'no change',
      'order cancelled': 'available',
      'order complete': 'sold',
      'order refunded': 'available',
    },
    sold: {
      edited: 'ticket-sold',
      'edited by another': 'not-your-ticket',
      'edited with an old version': 'ticket-sold',
      'edited with another If-Match': 'precondition-failed',
      'withdrawn with another If-Match': 'precondition-failed',
      withdrawn: 'ticket-sold',
      'withdrawn by another': 'not-your-ticket',
      'withdrawn by the system': 'sold',
      'order created': 'no change',
      'order cancelled': 'no change',
      'order complete': 'no change',
      'order refunded': 'available',
    },
    withdrawn: {
      edited: 'ticket-withdrawn',
      'edited by another': 'not-your-ticket',
      'edited with an old version': 'ticket-withdrawn',
      'edited with another If-Match': 'precondition-failed',
      'withdrawn with another If-Match': 'no change',
      withdrawn: 'no change',
      'withdrawn by another': 'not-your-ticket',
      'withdrawn by the system': 'no change',
      'order created': 'reserved',
      'order cancelled': 'withdrawn',
      'order complete': 'sold',
      'order refunded': 'withdrawn',
    },
  };

  for (const [status, row] of Object.entries(answers))
    for (const [what, expected] of Object.entries(row))
      test(`that is ${status}, after "${what}": ${expected}`, () => {
        expect(outcome(transitions[what as Transition](byStatus[status as Ticket['status']]))).toBe(expected);
      });

  test('counts its changes from 0 and publishes each', () => {
    const decision = edit(aTicket(), { userId: seller, title: 'New', priceInMinorUnits: 2_050 });
    expect(decision).toMatchObject({
      state: { version: 1 },
      events: [{ type: 'ticket:updated', version: 1, data: { title: 'New', price: '20.50' } }],
    });
  });

  test('does not change when edited to the same values', () => {
    expect(outcome(edit(aTicket(), { userId: seller, title: 'Final', priceInMinorUnits: 1_999 }))).toBe(
      'no change',
    );
  });

  test('gets another currency with the same minor units, and keeps its own if the edit names none', () => {
    const offer = { userId: seller, title: 'Final', priceInMinorUnits: 1_999 };
    const inYen = edit(aTicket(), { ...offer, currency: 'jpy' });
    expect(inYen).toMatchObject({
      state: { currency: 'jpy', version: 1 },
      events: [{ type: 'ticket:updated', data: { price: '1999', currency: 'jpy' } }],
    });
    expect(outcome(edit(orThrow(inYen), offer))).toBe('no change');
    expect(edit(orThrow(inYen), { ...offer, title: 'New' })).toMatchObject({ state: { currency: 'jpy' } });
  });

  const event = {
    name: 'Cup final',
    venue: 'Olympiastadion',
    startsAt: new Date('2027-05-22T18:00:00Z'),
    timeZone: 'Europe/Berlin',
  };
  const offer = { userId: seller, title: 'Final', priceInMinorUnits: 1_999 };

  test('publishes its event with the time in UTC and the zone of the venue', () => {
    expect(edit(aTicket(), { ...offer, event })).toMatchObject({
      state: { event },
      events: [{ data: { event: { ...event, startsAt: '2027-05-22T18:00:00.000Z' } } }],
    });
  });

  test.each([
    ['is the same', { ...event, startsAt: new Date(event.startsAt) }, 'no change'],
    ['has another name', { ...event, name: 'Final' }, 'available'],
    ['is elsewhere', { ...event, venue: 'Wembley' }, 'available'],
    ['is at another time', { ...event, startsAt: new Date(0) }, 'available'],
    ['is in another zone', { ...event, timeZone: 'UTC' }, 'available'],
    ['is omitted', undefined, 'available'],
  ])('when edited with an event that %s: %3$s', (_what, next, expected) => {
    const ticket = orThrow(edit(aTicket(), { ...offer, event }));
    const decision = edit(ticket, { ...offer, event: next });
    expect([outcome(decision), orThrow(decision).event]).toEqual([expected, next]);
  });
});

describe('the version of the offer', () => {
  const offer = { userId: seller, title: 'Final', priceInMinorUnits: 1_999 };
  const event = { name: 'Cup final', venue: 'Wembley', startsAt: soon, timeZone: 'UTC' };

  test('is that of the listing, and stays when orders come and go', () => {
    const decision = recordIn(recorded(anOrder(orderA, 'created')), anOrder(orderA, 'cancelled'));
    expect(offerVersion(aTicket())).toBe(0);
    expect(decision).toMatchObject({ events: [{ version: 2, data: { offerVersion: 0 } }] });
  });

  test.each([
    ['title', { ...offer, title: 'New' }],
    ['price', { ...offer, priceInMinorUnits: 2_500 }],
    ['event', { ...offer, event }],
  ])('rises when the seller changes the %s', (_what, changed) => {
    const held = aTicket(anOrder(orderA, 'created'), anOrder(orderA, 'cancelled'));
    expect(edit(held, changed)).toMatchObject({ events: [{ version: 3, data: { offerVersion: 3 } }] });
  });

  test('is the present version if another release has written the ticket, or its versions were raised', () => {
    const { ticket, orders } = recorded(anOrder(orderA, 'cancelled'));
    const edited = { ...ticket, title: 'New', version: 7 };
    expect(offerVersion(edited)).toBe(7);
    const next = orThrow(recordIn({ ticket: edited, orders }, anOrder(orderB, 'created')));
    expect([next.version, offerVersion(next)]).toEqual([8, 7]);
  });

  test('of a ticket from an earlier release is known from its next change on', () => {
    const { offered: _, ...stored } = aTicket(anOrder(orderA, 'cancelled'));
    const next = orThrow(recordIn({ ticket: stored, orders: new Map() }, anOrder(orderB, 'created')));
    expect([offerVersion(stored), offerVersion(next)]).toEqual([1, 1]);
  });
});

describe('with two orders for one ticket, in any sequence of their events,', () => {
  const history = [
    anOrder(orderA, 'created'),
    anOrder(orderA, 'cancelled'),
    { ...anOrder(orderB, 'created'), expiresAt: new Date('2026-11-23T12:16:00Z') },
  ];

  test.each(permutations(history).map((order) => ({ order })))(
    'the second order holds the ticket: %#',
    ({ order }) => {
      const twice = [...order, ...order];
      expect(aTicket(...twice)).toMatchObject({ status: 'reserved', orderId: orderB });
    },
  );

  test('a single holder field would release the ticket in some (the control of the test above)', () => {
    const naive = (order: readonly Holding[]) =>
      order.reduce<string | undefined>(
        (_, { status, orderId }) => (status === 'cancelled' ? undefined : orderId),
        undefined,
      );
    expect(permutations(history).filter((order) => naive(order) !== orderB)).not.toHaveLength(0);
  });
});

describe('with two open orders for one ticket,', () => {
  const earlier = anOrder(orderA, 'created');
  const later = { ...anOrder(orderB, 'created'), expiresAt: new Date('2026-11-23T12:16:00Z') };

  test.each([{ orders: [earlier, later] }, { orders: [later, earlier] }])(
    'the order that expires later holds it, because the other was cancelled before: $#',
    ({ orders }) => {
      expect(aTicket(...orders)).toMatchObject({ status: 'reserved', orderId: orderB });
    },
  );
});

test('a ticket that one order has bought and another holds is sold to the first', () => {
  const paid = anOrder(orderA, 'complete');
  const later = { ...anOrder(orderB, 'created'), expiresAt: new Date('2026-11-23T12:16:00Z') };
  expect(aTicket(later, paid)).toMatchObject({ status: 'sold', orderId: orderA });
});

describe('a ticket withdrawn while an order holds it, or before its events arrive,', () => {
  const finalStatus: Record<Holding['status'], Ticket['status']> = {
    created: 'reserved',
    complete: 'sold',
    cancelled: 'withdrawn',
    refunded: 'withdrawn',
  };
  type Step = Holding | 'withdrawn';
  const sequences = Object.entries(finalStatus).flatMap(([end, status]) => {
    const steps = [
      anOrder(orderA, 'created'),
      anOrder(orderA, end as Holding['status']),
      'withdrawn' as const,
    ];
    return permutations<Step>(steps).map((order) => ({ order, end, status }));
  });
  const apply = (of: Recorded, step: Step): Recorded =>
    step === 'withdrawn' ? { ...of, ticket: withdrawn(of.ticket) } : record(of, step, now).next;

  test.each(sequences)('is $status when its order is $end, in any sequence: $#', ({ order, status }) => {
    const { ticket } = [...order, ...order].reduce(apply, recorded());
    expect(ticket.status).toBe(status);
  });

  test('is never for sale again', () => {
    const { orders } = recorded(anOrder(orderA, 'created'));
    const held = withdrawn(aTicket(anOrder(orderA, 'created')));
    expect(held).toMatchObject({ status: 'reserved', orderId: orderA, version: 2 });
    expect(outcome(edit(held, { userId: seller, title: 'New', priceInMinorUnits: 1 }))).toBe(
      'ticket-reserved',
    );
    const free = orThrow(recordIn({ ticket: held, orders }, anOrder(orderA, 'cancelled')));
    expect(free).toMatchObject({ status: 'withdrawn', orderId: undefined, version: 3 });
  });

  test('publishes the withdrawal in every later event', () => {
    const decisions = [
      withdrawBySystem(aTicket()),
      recordIn({ ...recorded(), ticket: withdrawn(aTicket()) }, anOrder(orderA, 'created')),
    ];
    expect(decisions).toMatchObject([
      { events: [{ type: 'ticket:withdrawn', version: 1, data: { title: 'Final', price: '19.99' } }] },
      { events: [{ type: 'ticket:withdrawn', version: 2, data: { title: 'Final', orderId: orderA } }] },
    ]);
  });

  test('is not withdrawn once it is sold: ticket-sold', () => {
    const held = recorded(anOrder(orderA, 'created'));
    const sold = orThrow(recordIn({ ...held, ticket: withdrawn(held.ticket) }, anOrder(orderA, 'complete')));
    expect(outcome(withdraw(sold, seller))).toBe('ticket-sold');
  });

  test('does not change when its seller withdraws it again', () => {
    expect(outcome(withdraw(withdrawn(aTicket(anOrder(orderA, 'created'))), seller))).toBe('no change');
  });
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, at) =>
    permutations([...items.slice(0, at), ...items.slice(at + 1)]).map((rest) => [item, ...rest]),
  );
}
