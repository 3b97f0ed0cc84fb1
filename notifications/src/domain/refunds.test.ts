import type { Order } from './order.js';
import { newRefundsOfWhole, newRefunds } from './refunds.js';

const order: Order = {
  id: 'a'.repeat(24),
  version: 0,
  userId: 'b'.repeat(24),
  items: [],
  total: '25.00',
  currency: 'usd',
  expiresAt: new Date(0),
  told: ['rf-1'],
};
type Status = 'pending' | 'succeeded' | 'failed';
const refund = (id: string, amount: string, status: Status = 'succeeded') => ({
  ...{ id, amount, status, reason: 'refund' },
});
const idsOf = (refunds: readonly { id: string; amount: string }[]) =>
  refunds.map(({ id, amount }) => `${id} ${amount}`);

test('a refund is told once, whatever other events carry it', () => {
  expect(idsOf(newRefunds(order, [refund('rf-1', '5.00'), refund('rf-2', '6.00')]))).toEqual(['rf-2 6.00']);
});

test('nobody is told of a failed refund, and people are told of a pending one', () => {
  const refunds = [refund('rf-2', '5.00', 'failed'), refund('rf-3', '6.00', 'pending')];
  expect(idsOf(newRefunds(order, refunds))).toEqual(['rf-3 6.00']);
});

test.each<[what: string, refunds: Parameters<typeof newRefundsOfWhole>[2], told: string[]]>([
  ['the refund that completes it', [refund('rf-1', '5.00'), refund('rf-2', '20.00')], ['rf-2 20.00']],
  ['what a lost dispute took', [refund('rf-1', '5.00')], [`rest-${order.id} 20.00`]],
  ['all, if an earlier release names no refunds', undefined, [`rest-${order.id} 25.00`]],
  ['nothing, if all of it has been told', [refund('rf-1', '25.00')], []],
])('when a payment is refunded as a whole, people are told %s', (_what, refunds, told) => {
  expect(idsOf(newRefundsOfWhole(order, 'refund', refunds))).toEqual(told);
});
