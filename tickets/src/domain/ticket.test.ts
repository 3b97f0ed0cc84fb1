import { orThrow, type Decision } from '@ticketing/common/decision';
import {
  edit,
  list,
  mostEnded,
  offerVersion,
  recordOrder,
  withdraw,
  withdrawBySystem,
  type Hold,
  type Ticket,
} from './ticket.js';

const now = new Date('2026-11-23T12:00:00Z');
const soon = new Date('2026-11-23T12:15:00Z');
const seller = 'a'.repeat(24);
const orderA = '1'.repeat(24);
const orderB = '2'.repeat(24);

function aTicket(...orders: readonly RecordedOrder[]): Ticket {
  const offer = {
    id: '0'.repeat(24),
    userId: seller,
    title: 'Final',
    priceInMinorUnits: 1_999,
    currency: 'usd',
  } as const;
  return orders.reduce((ticket, order) => orThrow(recordOrder(ticket, order, now)), orThrow(list(offer)));
}

/** Withdrawn by the system, while an order may hold it. */
const withdrawn = (ticket: Ticket): Ticket => orThrow(withdrawBySystem(ticket));

type RecordedOrder = { orderId: string } & Hold;
const anOrder = (
  orderId: string,
  status: Hold['status'],
  version = status === 'created' ? 0 : 1,
): RecordedOrder => ({
  orderId,
  version,
  status,
  expiresAt: soon,
});

function outcome(decision: Decision<Ticket, string>): string {
  if (decision.outcome === 'refused') return decision.code;
  return decision.outcome === 'already' ? 'no change' : decision.state.status;
}

describe('a ticket', () => {
  const byStatus: Record<Ticket['status'], Ticket> = {
    available: aTicket(),
    reserved: aTicket(anOrder(orderA, 'created')),
    sold: aTicket(anOrder(orderA, 'complete')),
    withdrawn: withdrawn(aTicket()),
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
  const transitions: Record<Transition, (ticket: Ticket) => Decision<Ticket, string>> = {
    edited: (ticket) => edit(ticket, { userId: seller, title: 'New', priceInMinorUnits: 1 }),
    'edited by another': (ticket) =>
      edit(ticket, { userId: 'b'.repeat(24), title: 'New', priceInMinorUnits: 1 }),
    'edited with an old version': (ticket) =>
      edit(ticket, { userId: seller, title: 'New', priceInMinorUnits: 1, version: ticket.version + 7 }),
    'edited with another If-Match': (ticket) =>
      edit(ticket, { userId: seller, title: 'New', priceInMinorUnits: 1, ifMatch: [ticket.version + 7] }),
    'withdrawn with another If-Match': (ticket) => withdraw(ticket, seller, [ticket.version + 7]),
    withdrawn: (ticket) => withdraw(ticket, seller),
    'withdrawn by another': (ticket) => withdraw(ticket, 'b'.repeat(24)),
    'withdrawn by the system': withdrawBySystem,
    'order created': (ticket) => recordOrder(ticket, anOrder(orderA, 'created'), now),
    'order cancelled': (ticket) => recordOrder(ticket, anOrder(orderA, 'cancelled'), now),
    'order complete': (ticket) => recordOrder(ticket, anOrder(orderA, 'complete'), now),
    'order refunded': (ticket) => recordOrder(ticket, anOrder(orderA, 'refunded', 2), now),
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
    const decision = recordOrder(aTicket(anOrder(orderA, 'created')), anOrder(orderA, 'cancelled'), now);
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
    const edited = { ...aTicket(anOrder(orderA, 'cancelled')), title: 'New', version: 7 };
    expect(offerVersion(edited)).toBe(7);
    const next = orThrow(recordOrder(edited, anOrder(orderB, 'created'), now));
    expect([next.version, offerVersion(next)]).toEqual([8, 7]);
  });

  test('of a ticket from an earlier release is known from its next change on', () => {
    const { offered: _, ...stored } = aTicket(anOrder(orderA, 'cancelled'));
    const next = orThrow(recordOrder(stored, anOrder(orderB, 'created'), now));
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
    const naive = (order: readonly RecordedOrder[]) =>
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

describe('a ticket withdrawn while an order holds it, or before its events arrive,', () => {
  const finalStatus: Record<Hold['status'], Ticket['status']> = {
    created: 'reserved',
    complete: 'sold',
    cancelled: 'withdrawn',
    refunded: 'withdrawn',
  };
  type Step = RecordedOrder | 'withdrawn';
  const sequences = Object.entries(finalStatus).flatMap(([end, status]) => {
    const steps = [anOrder(orderA, 'created'), anOrder(orderA, end as Hold['status']), 'withdrawn' as const];
    return permutations<Step>(steps).map((order) => ({ order, end, status }));
  });
  const apply = (ticket: Ticket, step: Step): Decision<Ticket, string> =>
    step === 'withdrawn' ? withdrawBySystem(ticket) : recordOrder(ticket, step, now);

  test.each(sequences)('is $status when its order is $end, in any sequence: $#', ({ order, status }) => {
    const ticket = [...order, ...order].reduce((current, step) => orThrow(apply(current, step)), aTicket());
    expect(ticket.status).toBe(status);
  });

  test('is never for sale again', () => {
    const held = withdrawn(aTicket(anOrder(orderA, 'created')));
    expect(held).toMatchObject({ status: 'reserved', orderId: orderA, version: 2 });
    expect(outcome(edit(held, { userId: seller, title: 'New', priceInMinorUnits: 1 }))).toBe(
      'ticket-reserved',
    );
    const free = orThrow(recordOrder(held, anOrder(orderA, 'cancelled'), now));
    expect(free).toMatchObject({ status: 'withdrawn', orderId: undefined, version: 3 });
  });

  test('publishes the withdrawal in every later event', () => {
    const decisions = [
      withdrawBySystem(aTicket()),
      recordOrder(withdrawn(aTicket()), anOrder(orderA, 'created'), now),
    ];
    expect(decisions).toMatchObject([
      { events: [{ type: 'ticket:withdrawn', version: 1, data: { title: 'Final', price: '19.99' } }] },
      { events: [{ type: 'ticket:withdrawn', version: 2, data: { title: 'Final', orderId: orderA } }] },
    ]);
  });

  test('is not withdrawn once it is sold: ticket-sold', () => {
    const sold = orThrow(
      recordOrder(withdrawn(aTicket(anOrder(orderA, 'created'))), anOrder(orderA, 'complete'), now),
    );
    expect(outcome(withdraw(sold, seller))).toBe('ticket-sold');
  });

  test('does not change when its seller withdraws it again', () => {
    expect(outcome(withdraw(withdrawn(aTicket(anOrder(orderA, 'created'))), seller))).toBe('no change');
  });
});

describe('of the orders of a ticket,', () => {
  const minutes = (count: number) => new Date(soon.getTime() + count * 60_000);
  const days = (count: number) => minutes(count * 24 * 60);
  const orderId = (number: number) => number.toString(16).padStart(24, '0');

  // Of an ended order: how long after its window a change of the ticket still keeps it.
  const kept: Record<
    'never complete' | 'once complete' | 'refunded',
    [RecordedOrder, Date, Date | undefined]
  > = {
    'never complete': [anOrder(orderA, 'cancelled', 1), minutes(59), minutes(61)],
    'once complete': [anOrder(orderA, 'cancelled', 2), days(7.9), days(8.1)],
    refunded: [anOrder(orderA, 'refunded', 2), days(300), undefined],
  };
  test.each(Object.entries(kept))(
    'one that was %s leaves after its time',
    (_what, [ended, before, after]) => {
      const idsAt = (at: Date) =>
        Object.keys(orThrow(recordOrder(aTicket(ended), anOrder(orderB, 'complete'), at)).holds);
      expect(idsAt(before)).toEqual([orderA, orderB]);
      if (after) expect(idsAt(after)).toEqual([orderB]);
    },
  );

  test('one that ends long after its window is not kept, and its hold ends', () => {
    const held = aTicket(anOrder(orderA, 'created'));
    expect(recordOrder(held, anOrder(orderA, 'cancelled'), days(1))).toMatchObject({
      state: { status: 'available', holds: {} },
    });
  });

  // Each status by which 1,000 orders of one ticket end one after the other.
  test.each<[Hold['status'], number]>([
    ['cancelled', 1],
    ['cancelled', 2],
    ['refunded', 2],
  ])('%s ones of version %d are bounded, and the newest stay', (status, version) => {
    const ticket = Array.from({ length: 1_000 }, (_, number) => number).reduce((current, number) => {
      const expiresAt = new Date(soon.getTime() + number);
      const created = { ...anOrder(orderId(number), 'created'), expiresAt };
      const held = orThrow(recordOrder(current, created, now));
      expect(held).toMatchObject({ status: 'reserved', orderId: orderId(number) });
      return orThrow(recordOrder(held, { ...created, status, version }, now));
    }, aTicket());
    expect(ticket.status).toBe('available');
    expect(Object.keys(ticket.holds)).toHaveLength(mostEnded);
    for (const [number, late] of [
      [0, 'too-old'],
      [799, 'too-old'],
      [800, 'no change'],
      [999, 'no change'],
    ] as const) {
      const created = {
        ...anOrder(orderId(number), 'created'),
        expiresAt: new Date(soon.getTime() + number),
      };
      expect([number, outcome(recordOrder(ticket, created, now))]).toEqual([number, late]);
    }
  });

  test('a refunded one is never removed, so that a late order:completed cannot revive it', () => {
    const ticket = aTicket(anOrder(orderA, 'refunded', 2));
    const later = orThrow(recordOrder(ticket, anOrder(orderB, 'cancelled'), days(30)));
    expect(outcome(recordOrder(later, anOrder(orderA, 'complete'), days(30)))).toBe('no change');
  });

  test('a complete one is never removed: the ticket stays sold', () => {
    const ticket = aTicket(anOrder(orderA, 'complete'));
    expect(orThrow(recordOrder(ticket, anOrder(orderB, 'cancelled'), days(9)))).toMatchObject({
      status: 'sold',
      orderId: orderA,
    });
  });

  test('a new one is refused if order:created arrives a week after its window: too-old', () => {
    expect(outcome(recordOrder(aTicket(), anOrder(orderA, 'created'), days(7.1)))).toBe('too-old');
    expect(outcome(recordOrder(aTicket(), anOrder(orderA, 'created'), days(6.9)))).toBe('reserved');
  });

  describe('one that has left', () => {
    const held = aTicket(anOrder(orderA, 'created'));
    const left = orThrow(recordOrder(held, anOrder(orderA, 'cancelled'), minutes(61)));

    // By the clock of the process that gets the late event, the order is still young.
    test('cannot be revived by its order:created, whatever the clock says: too-old', () => {
      expect(left.holds).toEqual({});
      for (const at of [minutes(61), minutes(0), now])
        expect(outcome(recordOrder(left, anOrder(orderA, 'created'), at))).toBe('too-old');
    });

    test('cannot be revived if its order:cancelled came first', () => {
      const cancelled = orThrow(recordOrder(aTicket(), anOrder(orderA, 'cancelled'), minutes(61)));
      expect(cancelled).toMatchObject({ status: 'available', holds: {} });
      expect(outcome(recordOrder(cancelled, anOrder(orderA, 'created'), minutes(61)))).toBe('too-old');
    });

    test('would be revived without the mark (the control of the test above)', () => {
      const unmarked = { ...left, forgottenUntil: undefined };
      expect(outcome(recordOrder(unmarked, anOrder(orderA, 'created'), minutes(61)))).toBe('reserved');
    });

    test('does not change by its order:cancelled', () => {
      expect(outcome(recordOrder(left, anOrder(orderA, 'cancelled'), minutes(61)))).toBe('no change');
    });

    test('leaves the ticket to the next order', () => {
      const later = { ...anOrder(orderB, 'created'), expiresAt: new Date(soon.getTime() + 1) };
      expect(outcome(recordOrder(left, later, minutes(0)))).toBe('reserved');
    });

    test('does not hide that an order is complete', () => {
      expect(outcome(recordOrder(left, anOrder(orderB, 'complete'), minutes(61)))).toBe('sold');
    });
  });
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, at) =>
    permutations([...items.slice(0, at), ...items.slice(at + 1)]).map((rest) => [item, ...rest]),
  );
}
