import type { SnapshotEntry } from '@ticketing/common/operator';
import { compare, type Facts } from './check.js';

const now = new Date('2026-11-23T12:00:00Z');
const inTenMinutes = '2026-11-23T12:10:00.000Z';
const aMonthAgo = '2026-10-23T12:00:00.000Z';

const fact = (
  about: SnapshotEntry['about'],
  values: SnapshotEntry['values'] = {},
  id = 'x',
): SnapshotEntry => ({ about, id, values });
const facts = (given: Partial<Facts>): Facts => ({
  tickets: [],
  orders: [],
  payments: [],
  expiration: [],
  ...given,
});
const found = (given: Partial<Facts>) =>
  compare(facts(given), now).map(({ about, id, holder, what }) => `${about} ${id}: ${holder} ${what}`);

const ticket = fact('tickets', { version: 3, title: 'Final' });
const open = fact('orders', { version: 0, status: 'created', expiresAt: inTenMinutes });
const everywhere = {
  tickets: [open],
  payments: [fact('orders', { status: 'created' })],
  expiration: [fact('orders')],
};

describe('owners and copies', () => {
  test('agree', () => {
    expect(found({ tickets: [ticket, open], orders: [ticket, open], payments: [], expiration: [] })).toEqual([
      'orders x: payments has no copy',
      'orders x: expiration has no copy',
    ]);
    expect(found({ ...everywhere, orders: [open] })).toEqual([]);
  });

  test('differ in a value, a missing copy, or a copy of nothing', () => {
    const old = fact('tickets', { version: 2, title: 'Final' });
    expect(found({ tickets: [ticket], orders: [old] })).toEqual([
      'tickets x: orders has version 2, tickets has 3',
    ]);
    expect(found({ tickets: [ticket] })).toEqual(['tickets x: orders has no copy']);
    expect(found({ orders: [ticket] })).toEqual(['tickets x: orders is not known to tickets']);
  });

  test('differ when a copy has not heard that a ticket is withdrawn', () => {
    const at = (withdrawn: 'yes' | 'no') => fact('tickets', { version: 3, withdrawn });
    expect(found({ tickets: [at('yes')], orders: [at('no')] })).toEqual([
      'tickets x: orders has withdrawn no, tickets has yes',
    ]);
    expect(found({ tickets: [at('yes')], orders: [at('yes')] })).toEqual([]);
  });

  test('need not say what they do not know', () => {
    expect(found({ tickets: [ticket], orders: [fact('tickets', { version: 3, title: undefined })] })).toEqual(
      [],
    );
  });

  test('a timer is wanted only while its order is open, and may be left over', () => {
    const ended = fact('orders', { version: 1, status: 'cancelled', expiresAt: inTenMinutes });
    const copies = { tickets: [ended], payments: [fact('orders', { status: 'cancelled' })] };
    expect(found({ ...copies, orders: [ended] })).toEqual([]);
    expect(
      found({ ...copies, orders: [ended], expiration: [fact('orders'), fact('orders', {}, 'y')] }),
    ).toEqual([]);
  });

  test('tickets forgets a cancelled order after its time', () => {
    const ended = fact('orders', { version: 1, status: 'cancelled', expiresAt: aMonthAgo });
    const payments = [fact('orders', { status: 'cancelled' })];
    expect(found({ orders: [ended], payments })).toEqual([]);
    const complete = fact('orders', { version: 1, status: 'complete', expiresAt: aMonthAgo });
    expect(found({ orders: [complete], payments: [fact('orders', { status: 'complete' })] })).toEqual([
      'orders x: tickets has no copy',
    ]);
  });

  test('an order that was completed by a payment which payments does not know', () => {
    const paid = fact('payments', { status: 'succeeded', stripeId: 'pi_1' });
    expect(
      found({ orders: [paid], payments: [fact('payments', { status: 'refunded', stripeId: 'pi_1' })] }),
    ).toEqual(['payments x: orders has status succeeded, payments has refunded']);
  });
});
