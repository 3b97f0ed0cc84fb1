import { orThrow, type Decision } from '@ticketing/common/decision';
import { edit, list, recordOrder, withdraw, withdrawBySystem, type Hold, type Ticket } from './ticket.js';

const now = new Date('2026-11-23T12:00:00Z');
const soon = new Date('2026-11-23T12:15:00Z');
const seller = 'a'.repeat(24);
const orderA = '1'.repeat(24);
const orderB = '2'.repeat(24);

function aTicket(...news: readonly OrderNews[]): Ticket {
  const offer = {
    id: '0'.repeat(24),
    userId: seller,
    title: 'Final',
    priceInMinorUnits: 1_999,
    currency: 'usd',
  } as const;
  return news.reduce((ticket, item) => orThrow(recordOrder(ticket, item, now)), orThrow(list(offer)));
}

/** Taken back by the system while orders may hold it. */
const withdrawn = (ticket: Ticket): Ticket => orThrow(withdrawBySystem(ticket));

type OrderNews = { orderId: string } & Hold;
const news = (
  orderId: string,
  status: Hold['status'],
  version = status === 'created' ? 0 : 1,
): OrderNews => ({
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
    reserved: aTicket(news(orderA, 'created')),
    sold: aTicket(news(orderA, 'complete')),
    withdrawn: withdrawn(aTicket()),
  };

  type What =
    | 'edited'
    | 'edited by another'
    | 'edited by who saw an old version'
    | 'edited by who accepts another version'
    | 'withdrawn by who accepts another version'
    | 'withdrawn'
    | 'withdrawn by another'
    | 'withdrawn by the system'
    | 'order created'
    | 'order cancelled'
    | 'order complete';
  const ask: Record<What, (ticket: Ticket) => Decision<Ticket, string>> = {
    edited: (ticket) => edit(ticket, { userId: seller, title: 'New', priceInMinorUnits: 1 }),
    'edited by another': (ticket) =>
      edit(ticket, { userId: 'b'.repeat(24), title: 'New', priceInMinorUnits: 1 }),
    'edited by who saw an old version': (ticket) =>
      edit(ticket, { userId: seller, title: 'New', priceInMinorUnits: 1, version: ticket.version + 7 }),
    'edited by who accepts another version': (ticket) =>
      edit(ticket, { userId: seller, title: 'New', priceInMinorUnits: 1, ifMatch: [ticket.version + 7] }),
    'withdrawn by who accepts another version': (ticket) => withdraw(ticket, seller, [ticket.version + 7]),
    withdrawn: (ticket) => withdraw(ticket, seller),
    'withdrawn by another': (ticket) => withdraw(ticket, 'b'.repeat(24)),
    'withdrawn by the system': withdrawBySystem,
    'order created': (ticket) => recordOrder(ticket, news(orderA, 'created'), now),
    'order cancelled': (ticket) => recordOrder(ticket, news(orderA, 'cancelled'), now),
    'order complete': (ticket) => recordOrder(ticket, news(orderA, 'complete'), now),
  };

  const answers: Record<Ticket['status'], Record<What, string>> = {
    available: {
      edited: 'available',
      'edited by another': 'not-your-ticket',
      'edited by who saw an old version': 'version-conflict',
      'edited by who accepts another version': 'precondition-failed',
      'withdrawn by who accepts another version': 'precondition-failed',
      withdrawn: 'withdrawn',
      'withdrawn by another': 'not-your-ticket',
      'withdrawn by the system': 'withdrawn',
      'order created': 'reserved',
      'order cancelled': 'available',
      'order complete': 'sold',
    },
    reserved: {
      edited: 'ticket-reserved',
      'edited by another': 'not-your-ticket',
      'edited by who saw an old version': 'ticket-reserved',
      'edited by who accepts another version': 'precondition-failed',
      'withdrawn by who accepts another version': 'precondition-failed',
      withdrawn: 'ticket-reserved',
      'withdrawn by another': 'not-your-ticket',
      'withdrawn by the system': 'reserved',
      'order created': 'no change',
      'order cancelled': 'available',
      'order complete': 'sold',
    },
    sold: {
      edited: 'ticket-sold',
      'edited by another': 'not-your-ticket',
      'edited by who saw an old version': 'ticket-sold',
      'edited by who accepts another version': 'precondition-failed',
      'withdrawn by who accepts another version': 'precondition-failed',
      withdrawn: 'ticket-sold',
      'withdrawn by another': 'not-your-ticket',
      'withdrawn by the system': 'no change',
      'order created': 'no change',
      'order cancelled': 'no change',
      'order complete': 'no change',
    },
    withdrawn: {
      edited: 'ticket-withdrawn',
      'edited by another': 'not-your-ticket',
      'edited by who saw an old version': 'ticket-withdrawn',
      'edited by who accepts another version': 'precondition-failed',
      'withdrawn by who accepts another version': 'no change',
      withdrawn: 'no change',
      'withdrawn by another': 'not-your-ticket',
      'withdrawn by the system': 'no change',
      'order created': 'reserved',
      'order cancelled': 'withdrawn',
      'order complete': 'sold',
    },
  };

  for (const [status, row] of Object.entries(answers))
    for (const [what, expected] of Object.entries(row))
      test(`that is ${status}, ${what}: ${expected}`, () => {
        expect(outcome(ask[what as What](byStatus[status as Ticket['status']]))).toBe(expected);
      });

  test('counts its changes from 0 and tells of each', () => {
    const decision = edit(aTicket(), { userId: seller, title: 'New', priceInMinorUnits: 2_050 });
    expect(decision).toMatchObject({
      state: { version: 1 },
      events: [{ type: 'ticket:updated', version: 1, data: { title: 'New', price: '20.50' } }],
    });
  });

  test('edited to what it is already does not change', () => {
    expect(outcome(edit(aTicket(), { userId: seller, title: 'Final', priceInMinorUnits: 1_999 }))).toBe(
      'no change',
    );
  });

  const event = {
    name: 'Cup final',
    venue: 'Olympiastadion',
    startsAt: new Date('2027-05-22T18:00:00Z'),
    timeZone: 'Europe/Berlin',
  };
  const offer = { userId: seller, title: 'Final', priceInMinorUnits: 1_999 };

  test('for an event says so to others, with its instant in UTC and the zone of its place', () => {
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
    ['is left out', undefined, 'available'],
  ])('edited with an event that %s: %3$s', (_what, next, expected) => {
    const ticket = orThrow(edit(aTicket(), { ...offer, event }));
    const decision = edit(ticket, { ...offer, event: next });
    expect([outcome(decision), orThrow(decision).event]).toEqual([expected, next]);
  });
});

describe('two orders for one ticket, in whatever order their events come', () => {
  const history = [
    news(orderA, 'created'),
    news(orderA, 'cancelled'),
    { ...news(orderB, 'created'), expiresAt: new Date('2026-11-23T12:16:00Z') },
  ];

  test.each(permutations(history).map((order) => ({ order })))('the second holds it: %#', ({ order }) => {
    const twice = [...order, ...order];
    expect(aTicket(...twice)).toMatchObject({ status: 'reserved', orderId: orderB });
  });

  test('…and clearing "the" order id on order:cancelled would free it in some (this keeps the test above honest)', () => {
    const naive = (order: readonly OrderNews[]) =>
      order.reduce<string | undefined>(
        (_, { status, orderId }) => (status === 'cancelled' ? undefined : orderId),
        undefined,
      );
    expect(permutations(history).filter((order) => naive(order) !== orderB)).not.toHaveLength(0);
  });
});

describe('two open orders for one ticket', () => {
  const earlier = news(orderA, 'created');
  const later = { ...news(orderB, 'created'), expiresAt: new Date('2026-11-23T12:16:00Z') };

  test.each([{ orders: [earlier, later] }, { orders: [later, earlier] }])(
    'the order that expires later holds it, because the other was cancelled before: $#',
    ({ orders }) => {
      expect(aTicket(...orders)).toMatchObject({ status: 'reserved', orderId: orderB });
    },
  );
});

describe('a ticket that is withdrawn while orders hold it, or before their events are here', () => {
  const afterwards: Record<Hold['status'], Ticket['status']> = {
    created: 'reserved',
    complete: 'sold',
    cancelled: 'withdrawn',
  };
  type Step = OrderNews | 'withdrawn';
  const lives = Object.entries(afterwards).flatMap(([end, status]) => {
    const steps = [news(orderA, 'created'), news(orderA, end as Hold['status']), 'withdrawn' as const];
    return permutations<Step>(steps).map((order) => ({ order, end, status }));
  });
  const take = (ticket: Ticket, step: Step): Decision<Ticket, string> =>
    step === 'withdrawn' ? withdrawBySystem(ticket) : recordOrder(ticket, step, now);

  test.each(lives)('is $status once its order is $end, whichever comes first: $#', ({ order, status }) => {
    const ticket = [...order, ...order].reduce((so, step) => orThrow(take(so, step)), aTicket());
    expect(ticket.status).toBe(status);
  });

  test('is never for sale again', () => {
    const held = withdrawn(aTicket(news(orderA, 'created')));
    expect(held).toMatchObject({ status: 'reserved', orderId: orderA, version: 2 });
    expect(outcome(edit(held, { userId: seller, title: 'New', priceInMinorUnits: 1 }))).toBe(
      'ticket-reserved',
    );
    const free = orThrow(recordOrder(held, news(orderA, 'cancelled'), now));
    expect(free).toMatchObject({ status: 'withdrawn', orderId: undefined, version: 3 });
  });

  test('says so by each of its later events, which nobody needs an earlier one for', () => {
    const decisions = [
      withdrawBySystem(aTicket()),
      recordOrder(withdrawn(aTicket()), news(orderA, 'created'), now),
    ];
    expect(decisions).toMatchObject([
      { events: [{ type: 'ticket:withdrawn', version: 1, data: { title: 'Final', price: '19.99' } }] },
      { events: [{ type: 'ticket:withdrawn', version: 2, data: { title: 'Final', orderId: orderA } }] },
    ]);
  });

  test('is not withdrawn once it is sold: ticket-sold', () => {
    const sold = orThrow(
      recordOrder(withdrawn(aTicket(news(orderA, 'created'))), news(orderA, 'complete'), now),
    );
    expect(outcome(withdraw(sold, seller))).toBe('ticket-sold');
  });

  test('may be withdrawn by its seller again, which changes nothing', () => {
    expect(outcome(withdraw(withdrawn(aTicket(news(orderA, 'created'))), seller))).toBe('no change');
  });
});

describe('what a ticket remembers of its orders', () => {
  const days = (count: number) => new Date(soon.getTime() + count * 24 * 3_600_000);

  test('a cancelled one is forgotten eight days after its window', () => {
    const ticket = aTicket(news(orderA, 'cancelled'));
    expect(Object.keys(orThrow(recordOrder(ticket, news(orderB, 'complete'), days(7.9))).holds)).toEqual([
      orderA,
      orderB,
    ]);
    expect(Object.keys(orThrow(recordOrder(ticket, news(orderB, 'complete'), days(8.1))).holds)).toEqual([
      orderB,
    ]);
  });

  test('a complete order is never removed: the ticket stays sold', () => {
    const ticket = aTicket(news(orderA, 'complete'));
    expect(orThrow(recordOrder(ticket, news(orderB, 'cancelled'), days(9)))).toMatchObject({
      status: 'sold',
      orderId: orderA,
    });
  });

  test('an order:created that comes a week after its window cannot revive it: too-old', () => {
    expect(outcome(recordOrder(aTicket(), news(orderA, 'created'), days(7.1)))).toBe('too-old');
    expect(outcome(recordOrder(aTicket(), news(orderA, 'created'), days(6.9)))).toBe('reserved');
  });
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, at) =>
    permutations([...items.slice(0, at), ...items.slice(at + 1)]).map((rest) => [item, ...rest]),
  );
}
