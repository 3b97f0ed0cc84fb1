import { leftOf, saleOf, sumOf, type Sale } from './sum.js';

const item = (id: string, price: string, places: number[]) => ({
  ticket: { id, title: 'Row 3', price, currency: 'eur' },
  ...{ quantity: places.length, places },
});
const sale = (more: Partial<Sale>): Sale => ({
  ...{ orderId: 'o', status: 'complete', soldAt: '2026-06-01T12:00:00.000Z', total: '0.00' },
  ...{ currency: 'eur', items: [item('a', '0.10', [0, 1, 2])], ...more },
});

test('a sale counts for a ticket with the places and the price of that ticket alone', () => {
  const cart = sale({ items: [item('b', '5.00', [7]), item('a', '19.99', [0, 3])] });
  expect(saleOf(cart, 'a')).toEqual({ places: 2, price: '39.98', currency: 'eur' });
  expect(saleOf(cart, 'b')).toEqual({ places: 1, price: '5.00', currency: 'eur' });
  expect(saleOf(cart, 'c')).toMatchObject({ places: 0 });
});

test('a refunded sale counts for nothing', () => {
  expect(saleOf(sale({ status: 'refunded' }), 'a')).toEqual({ places: 0, price: '0.00', currency: 'eur' });
});

test('sums are exact, and apart for each currency', () => {
  const yen = sale({ currency: 'jpy', items: [item('a', '500', [0, 1])] });
  expect(sumOf([sale({}), sale({}), yen, sale({ status: 'refunded' })], 'a')).toEqual({
    places: 8,
    prices: [
      { price: '0.60', currency: 'eur' },
      { price: '1000', currency: 'jpy' },
    ],
  });
});

test('without sales there is no sum', () => {
  expect(sumOf([], 'a')).toEqual({ places: 0, prices: [] });
});

test.each([
  ['all at first', '0.00', [], '19.99'],
  ['what did not go back', '5.49', [['5.49', 'succeeded']], '14.50'],
  ['nothing of a pending refund', '0.00', [['10.00', 'pending']], '9.99'],
  ['a refund that the bank refused', '0.00', [['10.00', 'failed']], '19.99'],
  ['never less than nothing', '19.99', [['10.00', 'pending']], '0.00'],
] as const)('of a payment is left: %s', (_what, refunded, refunds, left) => {
  const listed = refunds.map(([amount, status]) => ({ amount, status }));
  expect(leftOf({ amount: '19.99', refunded, refunds: listed })).toBe(left);
});
