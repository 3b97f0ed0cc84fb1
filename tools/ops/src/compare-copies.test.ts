import type { SnapshotEntry } from '@ticketing/common/operator';
import { describeDifference, findDifferences, remaining, type Snapshots } from './compare-copies.js';

const now = new Date('2026-11-23T12:00:00Z');
const inTenMinutes = '2026-11-23T12:10:00.000Z';
const aMonthAgo = '2026-10-23T12:00:00.000Z';

const entry = (
  about: SnapshotEntry['about'],
  values: SnapshotEntry['values'] = {},
  id = 'x',
): SnapshotEntry => ({ about, id, values });

const empty: Snapshots = { tickets: [], orders: [], payments: [], expiration: [], notifications: [] };
const differences = (snapshots: Partial<Snapshots>) =>
  findDifferences({ ...empty, ...snapshots }, now).map(describeDifference);

const ticket = entry('tickets', { version: 3, title: 'Final' });
const open = entry('orders', { version: 0, status: 'created', expiresAt: inTenMinutes });
const everywhere = {
  tickets: [open],
  payments: [entry('orders', { status: 'created' })],
  expiration: [entry('orders')],
};

describe('the comparison of copies', () => {
  test('accepts equal copies and reports missing ones', () => {
    expect(
      differences({ tickets: [ticket, open], orders: [ticket, open], payments: [], expiration: [] }),
    ).toEqual(['orders x: payments has no copy', 'orders x: expiration has no copy']);
    expect(differences({ ...everywhere, orders: [open] })).toEqual([]);
  });

  test('reports a different value, a missing copy and a copy that its owner does not know', () => {
    const old = entry('tickets', { version: 2, title: 'Final' });
    expect(differences({ tickets: [ticket], orders: [old] })).toEqual([
      'tickets x: orders has version 2, but tickets has 3',
    ]);
    expect(differences({ tickets: [ticket] })).toEqual(['tickets x: orders has no copy']);
    expect(differences({ orders: [ticket] })).toEqual([
      'tickets x: orders has a copy that tickets does not know',
    ]);
  });

  test('accepts that notifications has no copy of an order, but not that its copy differs', () => {
    const copyOf = (userId: string) => ({ notifications: [entry('orders', { userId })] });
    const order = entry('orders', { status: 'created', userId: 'ada' });
    const all = { ...everywhere, tickets: [order], orders: [order] };
    expect(differences(all)).toEqual([]);
    expect(differences({ ...all, ...copyOf('ada') })).toEqual([]);
    expect(differences({ ...all, ...copyOf('bob') })).toEqual([
      'orders x: notifications has userId bob, but orders has ada',
    ]);
  });

  test('reports a copy of a withdrawn ticket that is not marked as withdrawn', () => {
    const at = (withdrawn: 'yes' | 'no') => entry('tickets', { version: 3, withdrawn });
    expect(differences({ tickets: [at('yes')], orders: [at('no')] })).toEqual([
      'tickets x: orders has withdrawn no, but tickets has yes',
    ]);
    expect(differences({ tickets: [at('yes')], orders: [at('yes')] })).toEqual([]);
  });

  test('ignores undefined values', () => {
    expect(
      differences({ tickets: [ticket], orders: [entry('tickets', { version: 3, title: undefined })] }),
    ).toEqual([]);
  });

  test('requires a timer only while its order is open, and accepts an extra one', () => {
    const ended = entry('orders', { version: 1, status: 'cancelled', expiresAt: inTenMinutes });
    const copies = { tickets: [ended], payments: [entry('orders', { status: 'cancelled' })] };
    expect(differences({ ...copies, orders: [ended] })).toEqual([]);
    expect(
      differences({ ...copies, orders: [ended], expiration: [entry('orders'), entry('orders', {}, 'y')] }),
    ).toEqual([]);
  });

  test.each<[status: string, isRequired: boolean]>([
    ['created', true],
    ['complete', true],
    ['cancelled', false],
    ['refunded', false],
  ])('of an order that is %s requires a copy in tickets: %s', (status, isRequired) => {
    const order = entry('orders', { version: 1, status, expiresAt: aMonthAgo });
    const payments = [entry('orders', { status })];
    expect(differences({ orders: [order], payments })).toEqual(
      isRequired ? ['orders x: tickets has no copy'] : [],
    );
  });

  describe('of an order of two tickets', () => {
    const values = { version: 1, status: 'complete', priceInMinorUnits: 0, expiresAt: aMonthAgo };
    const orders = [entry('orders', { ...values, places: 'b/0 a/1 a/2' })];
    const held = (places: string, version = 1) => entry('orders', { version, status: 'complete', places });

    test('joins the places that tickets has of each', () => {
      expect(differences({ orders, tickets: [held('b/0'), held(''), held('a/1 a/2')] })).toEqual([]);
    });

    test('reports a place that is missing, and a ticket that has missed a change', () => {
      expect(differences({ orders, tickets: [held('a/1 a/2')] })).toEqual([
        'orders x: tickets has places a/1 a/2, but orders has a/1 a/2 b/0',
      ]);
      expect(differences({ orders, tickets: [held('a/1 a/2'), held('b/0', 0)] })).toEqual([
        'orders x: tickets has version 1 0, but orders has 1',
      ]);
    });
  });

  test('reports an end that tickets has missed', () => {
    const order = (status: string) => entry('orders', { status, expiresAt: aMonthAgo });
    const copies = { payments: [entry('orders')], tickets: [order('complete')] };
    expect(differences({ orders: [order('refunded')], ...copies })).toEqual([
      'orders x: tickets has status complete, but orders has refunded',
    ]);
  });

  test('reports an order with another payment status than its payment', () => {
    const paid = entry('payments', { status: 'succeeded', stripeId: 'pi_1' });
    expect(
      differences({
        orders: [paid],
        payments: [entry('payments', { status: 'refunded', stripeId: 'pi_1' })],
      }),
    ).toEqual(['payments x: orders has status succeeded, but payments has refunded']);
  });

  const refunds: [order: string, payment: string, expected: number][] = [
    ['succeeded', 'refunding', 0],
    ['succeeded', 'partly-refunded', 0],
    ['refunded', 'refunded', 0],
    ['refunded', 'succeeded', 1],
    ['succeeded', 'void', 1],
  ];
  test.each(refunds)(
    'of an order that takes its payment for %s with a payment that is %s finds %d differences',
    (inOrders, inPayments, expected) => {
      const paid = (status: string) => [entry('payments', { status, stripeId: 'pi_1' })];
      const found = differences({ orders: paid(inOrders), payments: paid(inPayments) });
      expect(found).toHaveLength(expected);
    },
  );

  test('requires a copy of a refunded order in payments, and none of a free order', () => {
    const values = { version: 2, status: 'refunded', expiresAt: aMonthAgo };
    const refunded = entry('orders', { ...values, priceInMinorUnits: 1_999 });
    expect(differences({ orders: [refunded] })).toEqual(['orders x: payments has no copy']);
    const free = entry('orders', {
      version: 1,
      status: 'complete',
      priceInMinorUnits: 0,
      expiresAt: aMonthAgo,
    });
    expect(differences({ orders: [free], tickets: [free] })).toEqual([]);
  });
});

test('a difference remains if both comparisons find it: others in flight each time do not', () => {
  const missing = (id: string) =>
    ({ about: 'orders', id, holder: 'payments', problem: 'has no copy' }) as const;
  expect(remaining([missing('a'), missing('b')], [missing('b'), missing('c')])).toEqual([missing('b')]);
  expect(remaining([missing('a')], [{ ...missing('a'), holder: 'tickets' }])).toEqual([]);
});
