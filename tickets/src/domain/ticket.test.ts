import { accepted, type Decision } from '@ticketing/common';
import { edit, list, recordOrder, type Hold, type Ticket } from './ticket.js';

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
  return news.reduce((ticket, item) => accepted(recordOrder(ticket, item, now)), accepted(list(offer)));
}

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
  };

  type What =
    | 'edited'
    | 'edited by another'
    | 'edited by who saw an old version'
    | 'order created'
    | 'order cancelled'
    | 'order complete';
  const ask: Record<What, (ticket: Ticket) => Decision<Ticket, string>> = {
    edited: (ticket) => edit(ticket, { userId: seller, title: 'New', priceInMinorUnits: 1 }),
    'edited by another': (ticket) =>
      edit(ticket, { userId: 'b'.repeat(24), title: 'New', priceInMinorUnits: 1 }),
    'edited by who saw an old version': (ticket) =>
      edit(ticket, { userId: seller, title: 'New', priceInMinorUnits: 1, version: ticket.version + 7 }),
    'order created': (ticket) => recordOrder(ticket, news(orderA, 'created'), now),
    'order cancelled': (ticket) => recordOrder(ticket, news(orderA, 'cancelled'), now),
    'order complete': (ticket) => recordOrder(ticket, news(orderA, 'complete'), now),
  };

  const answers: Record<Ticket['status'], Record<What, string>> = {
    available: {
      edited: 'available',
      'edited by another': 'not-your-ticket',
      'edited by who saw an old version': 'version-conflict',
      'order created': 'reserved',
      'order cancelled': 'available',
      'order complete': 'sold',
    },
    reserved: {
      edited: 'ticket-reserved',
      'edited by another': 'not-your-ticket',
      'edited by who saw an old version': 'ticket-reserved',
      'order created': 'no change',
      'order cancelled': 'available',
      'order complete': 'sold',
    },
    sold: {
      edited: 'ticket-sold',
      'edited by another': 'not-your-ticket',
      'edited by who saw an old version': 'ticket-sold',
      'order created': 'no change',
      'order cancelled': 'no change',
      'order complete': 'no change',
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

describe('what a ticket remembers of its orders', () => {
  const days = (count: number) => new Date(soon.getTime() + count * 24 * 3_600_000);

  test('a cancelled one is forgotten eight days after its window', () => {
    const ticket = aTicket(news(orderA, 'cancelled'));
    expect(Object.keys(accepted(recordOrder(ticket, news(orderB, 'complete'), days(7.9))).holds)).toEqual([
      orderA,
      orderB,
    ]);
    expect(Object.keys(accepted(recordOrder(ticket, news(orderB, 'complete'), days(8.1))).holds)).toEqual([
      orderB,
    ]);
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
