import { z } from 'zod';
import fc from 'fast-check';
import { amountFault, Currency, DecimalPrice, Price, priceFault, toDecimal, toMinorUnits } from './money.js';

const highest = 99_999_999;

const anAmount = fc.oneof(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 0, max: highest }));

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
    [highest, 'jpy', '99999999'],
    [0, 'kwd', '0.000'],
    [5, 'kwd', '0.005'],
    [5_120, 'kwd', '5.120'],
    [highest, 'kwd', '99999.999'],
  ];

  test.each(pairs)('of %i minor units of %s is %s on the wire', (minorUnits, currency, decimal) => {
    expect(toDecimal(minorUnits, currency)).toBe(decimal);
    expect(toMinorUnits(decimal, currency)).toBe(minorUnits);
  });

  test.each(Currency.options)('in %s survives the conversion in both directions', (currency) => {
    fc.assert(
      fc.property(anAmount, (minorUnits) => {
        expect(toMinorUnits(toDecimal(minorUnits, currency), currency)).toBe(minorUnits);
      }),
    );
  });

  test.each(Currency.options)('in %s matches the schema of prices in events', (currency) => {
    fc.assert(
      fc.property(anAmount, (minorUnits) => {
        const decimal = toDecimal(minorUnits, currency);
        expect([DecimalPrice.safeParse(decimal).success, amountFault(decimal, currency)]).toEqual([
          true,
          undefined,
        ]);
      }),
    );
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
  /** The price in minor units, or why it is refused. */
  function read(input: unknown, currency: Currency): number | string {
    const { data, error } = Price.safeParse(input);
    if (data === undefined) return error.issues.map(({ message }) => message).join();
    return priceFault(data, currency) ?? toMinorUnits(data, currency);
  }

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
    [highest, 'jpy', highest],
    ['5.12', 'kwd', 5_120],
    ['5.120', 'kwd', 5_120],
    [5.12, 'kwd', 5_120],
    ['99999.990', 'kwd', highest - 9],
    ['0', 'usd', 0],
    ['0.00', 'usd', 0],
    [0, 'usd', 0],
    [-0, 'usd', 0],
    ['0.000', 'kwd', 0],
    [0, 'jpy', 0],
  ];
  test.each(taken)('is accepted: %j in %s', (input, currency, minorUnits) => {
    expect(read(input, currency)).toBe(minorUnits);
  });

  const refused: [input: unknown, currency: Currency, why: string][] = [
    ['0.01', 'usd', 'must be 0 or at least 0.50 usd'],
    ['0.49', 'usd', 'must be 0 or at least 0.50 usd'],
    [49, 'jpy', 'must be 0 or at least 50 jpy'],
    ['0.290', 'kwd', 'must be 0 or at least 0.300 kwd'],
    ['5.125', 'kwd', 'must end in 0 if it has three decimals in kwd'],
    ['5.1200', 'kwd', 'must have at most 3 decimals in kwd'],
    ['100000', 'kwd', 'must be at most 99999.999 kwd'],
    [-1, 'usd', 'must be an amount'],
    ['-1', 'usd', 'must be an amount'],
    ['-0', 'usd', 'must be an amount'],
    [1e9, 'usd', 'must be an amount'],
    [1e21, 'usd', 'must be an amount'],
    ['1e2', 'usd', 'must be an amount'],
    ['1,50', 'usd', 'must be an amount'],
    ['019.99', 'usd', 'must be an amount'],
    ['', 'usd', 'must be an amount'],
    [' ', 'usd', 'must be an amount'],
    ['1000000', 'usd', 'must be at most 999999.99 usd'],
    ['100000000', 'jpy', 'must be at most 99999999 jpy'],
    [1_000_000, 'usd', 'must be at most 999999.99 usd'],
    ['19.999', 'usd', 'must have at most 2 decimals in usd'],
    [19.999, 'usd', 'must have at most 2 decimals in usd'],
    ['19.990', 'usd', 'must have at most 2 decimals in usd'],
    [0.1 + 0.2, 'usd', 'must have at most 2 decimals in usd'],
    ['50.0', 'jpy', 'must have no decimals in jpy'],
  ];
  test.each(refused)('is refused: %j in %s %s', (input, currency, why) => {
    expect(read(input, currency)).toContain(why);
  });

  test.each([NaN, Infinity, null, undefined, true, {}, { $gt: 0 }, [], ['19.99']])(
    'is a text or a number, not %p',
    (input) => {
      expect(Price.safeParse(input).success).toBe(false);
    },
  );

  test.each(Currency.options)('in %s is the same as a text and as a JSON number', (currency) => {
    fc.assert(
      fc.property(anAmount, (minorUnits) => {
        const decimal = toDecimal(minorUnits, currency);
        expect(read(Number(decimal), currency)).toBe(read(decimal, currency));
      }),
    );
  });

  test.each(Currency.options)(
    'in %s is 0 or from the minimum to eight digits that Stripe charges',
    (currency) => {
      const isCharged = (minorUnits: number) =>
        typeof read(toDecimal(minorUnits, currency), currency) === 'number';
      const least = Array.from({ length: 30_000 }, (_, at) => at + 1).find(isCharged) ?? Infinity;
      const isThreeDecimal = toDecimal(0, currency).length === '0.000'.length;
      fc.assert(
        fc.property(anAmount, (minorUnits) => {
          const isRound = !isThreeDecimal || minorUnits % 10 === 0;
          expect(isCharged(minorUnits)).toBe(minorUnits === 0 || (minorUnits >= least && isRound));
        }),
      );
    },
  );

  test.each(Currency.options)('in %s matches the pattern of the API description', (currency) => {
    const [{ pattern }] = z.toJSONSchema(Price, { io: 'input' }).anyOf as [{ pattern: string }];
    fc.assert(
      fc.property(anAmount, (minorUnits) => {
        expect(toDecimal(minorUnits, currency)).toMatch(new RegExp(pattern));
      }),
    );
  });

  test('must have a supported currency in lower case', () => {
    expect(Currency.safeParse('usd').success).toBe(true);
    for (const other of ['USD', 'xxx', '', 'constructor'])
      expect(Currency.safeParse(other).success).toBe(false);
  });
});
