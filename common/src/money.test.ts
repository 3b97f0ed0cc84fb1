import { z } from 'zod';
import { Currency, DecimalPrice, priceIn, toDecimal, toMinorUnits } from './money.js';

const highest = 99_999_999;

/** All small amounts, where padding may fail, and a sample of the others. */
function* amounts(from = 0): Generator<number> {
  for (let amount = from; amount <= 1_100; amount += 1) yield amount;
  for (let amount = 1_101; amount < highest; amount += 79_193) yield amount;
  yield highest;
}

describe('an amount of money', () => {
  const pairs: [minorUnits: number, currency: Currency, decimal: string][] = [
    [0, 'usd', '0.00'],
    [5, 'usd', '0.05'],
    [50, 'eur', '0.50'],
    [1_990, 'usd', '19.90'],
    [1_999, 'usd', '19.99'],
    [100_000, 'usd', '1000.00'],
    [highest, 'usd', '999999.99'],
    [0, 'jpy', '0'],
    [500, 'jpy', '500'],
    [999_999, 'jpy', '999999'],
  ];

  test.each(pairs)('of %i minor units of %s is %s on the wire', (minorUnits, currency, decimal) => {
    expect(toDecimal(minorUnits, currency)).toBe(decimal);
    expect(toMinorUnits(decimal, currency)).toBe(minorUnits);
  });

  test.each(['usd', 'jpy'] as const)('in %s survives the conversion in both directions', (currency) => {
    for (const amount of amounts()) expect(toMinorUnits(toDecimal(amount, currency), currency)).toBe(amount);
  });

  test.each(['usd', 'jpy'] as const)('in %s matches the schema of prices in events', (currency) => {
    for (const amount of amounts())
      expect(DecimalPrice.safeParse(toDecimal(amount, currency)).success).toBe(true);
  });

  test('may omit decimals', () => {
    expect([toMinorUnits('19.9', 'usd'), toMinorUnits('19', 'usd')]).toEqual([1_990, 1_900]);
  });

  const nonsense = [
    '',
    ' ',
    '1.',
    '.5',
    '-1',
    '+1',
    '1,50',
    '1e3',
    '0x10',
    'NaN',
    '1.2.3',
    '19.999',
    ' 1',
    '1\n',
  ];
  test.each(nonsense)('is not parsed from %j', (text) => {
    expect(() => toMinorUnits(text, 'usd')).toThrow(RangeError);
  });

  test('has no decimals if its currency has none', () => {
    expect(() => toMinorUnits('500.0', 'jpy')).toThrow('not a price in jpy: 500.0');
  });
});

describe('a price in a request', () => {
  const taken: [input: unknown, currency: Currency, minorUnits: number][] = [
    ['19.99', 'usd', 1_999],
    [19.99, 'usd', 1_999],
    [' 19.9 ', 'usd', 1_990],
    [20, 'usd', 2_000],
    ['0.50', 'usd', 50],
    [0.5, 'usd', 50],
    ['0.30', 'gbp', 30],
    ['999999.99', 'usd', highest],
    [999_999.99, 'usd', highest],
    ['50', 'jpy', 50],
    [999_999, 'jpy', 999_999],
  ];
  test.each(taken)('is accepted: %j in %s', (input, currency, minorUnits) => {
    expect(priceIn(currency).parse(input)).toBe(minorUnits);
  });

  const refused: [input: unknown, currency: Currency, why: string][] = [
    [0, 'usd', 'must be at least 0.50'],
    ['0', 'usd', 'must be at least 0.50'],
    ['0.00', 'usd', 'must be at least 0.50'],
    ['0.49', 'usd', 'must be at least 0.50'],
    [49, 'jpy', 'must be at least 50'],
    [-1, 'usd', 'positive amount'],
    ['-1', 'usd', 'positive amount'],
    [1e9, 'usd', 'positive amount'],
    [1e21, 'usd', 'positive amount'],
    ['1e2', 'usd', 'positive amount'],
    ['1,50', 'usd', 'positive amount'],
    ['019.99', 'usd', 'positive amount'],
    ['', 'usd', 'positive amount'],
    [' ', 'usd', 'positive amount'],
    ['1000000', 'usd', 'must be at most 999999.99'],
    ['1000000', 'jpy', 'must be at most 999999.99'],
    [1_000_000, 'usd', 'must be at most 999999.99'],
    ['19.999', 'usd', 'must have at most 2 decimals'],
    [19.999, 'usd', 'must have at most 2 decimals'],
    ['19.990', 'usd', 'must have at most 2 decimals'],
    [0.1 + 0.2, 'usd', 'must have at most 2 decimals'],
    ['50.0', 'jpy', 'must have at most 0 decimals'],
  ];
  test.each(refused)('is refused: %j in %s %s', (input, currency, why) => {
    const { error } = priceIn(currency).safeParse(input);
    expect(error?.issues).toEqual([expect.objectContaining({ message: expect.stringContaining(why) })]);
  });

  test.each([NaN, Infinity, null, undefined, true, {}, { $gt: 0 }, [], ['19.99']])(
    'is a text or a number, not %p',
    (input) => {
      expect(priceIn('usd').safeParse(input).success).toBe(false);
    },
  );

  test.each(['usd', 'gbp'] as const)('has in %s a pattern that accepts the same values', (currency) => {
    const price = priceIn(currency);
    const [{ pattern }] = z.toJSONSchema(price, { io: 'input' }).anyOf as [{ pattern: string }];
    for (const amount of amounts())
      expect([amount, new RegExp(pattern).test(toDecimal(amount, currency))]).toEqual([
        amount,
        price.safeParse(toDecimal(amount, currency)).success,
      ]);
  });

  test.each(['usd', 'jpy'] as const)('in %s is the same as a JSON number and as a text', (currency) => {
    const price = priceIn(currency);
    for (const amount of amounts(50)) {
      const decimal = toDecimal(amount, currency);
      if (Number(decimal) > 999_999.99) continue;
      expect([price.parse(decimal), price.parse(Number(decimal))]).toEqual([amount, amount]);
    }
  });

  test('must have a supported currency in lower case', () => {
    expect(Currency.safeParse('usd').success).toBe(true);
    for (const other of ['USD', 'xxx', '', 'constructor'])
      expect(Currency.safeParse(other).success).toBe(false);
  });
});
