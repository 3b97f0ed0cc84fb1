import { totalOf } from './total.js';

test.each([
  ['nothing', [], '0.000'],
  ['prices whose binary fractions are not exact', [['0.10', 3]], '0.300'],
  [
    'several tickets',
    [
      ['19.99', 2],
      ['0.02', 1],
    ],
    '40.000',
  ],
  ['a currency without decimals', [['1200', 2]], '2400.000'],
  ['a currency with three decimals', [['1.005', 3]], '3.015'],
  ['the highest price, twenty times', [['99999999.999', 20]], '1999999999.980'],
] as const)('the total of %s is exact', (_description, lines, total) => {
  expect(totalOf(lines.map(([price, quantity]) => ({ price, quantity })))).toBe(total);
});
