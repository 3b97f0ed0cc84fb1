import { decimalsOf, validAmount, validCurrency } from './amounts.js';
import { ApiError } from '../api/errors.js';

function codeOf(amount: number, currency: string): string | undefined {
  try {
    validAmount(amount, validCurrency(currency));
    return 'accepted';
  } catch (thrown) {
    return thrown instanceof ApiError ? thrown.body.code : String(thrown);
  }
}

describe('an amount', () => {
  it.each([
    [50, 'usd', 'accepted'],
    [49, 'usd', 'amount_too_small'],
    [30, 'GBP', 'accepted'],
    [29, 'gbp', 'amount_too_small'],
    [50, 'jpy', 'accepted'],
    [99_999_999, 'usd', 'accepted'],
    [100_000_000, 'usd', 'amount_too_large'],
    [0, 'usd', 'parameter_invalid_integer'],
    [-100, 'usd', 'parameter_invalid_integer'],
    [1000, 'kwd', 'accepted'],
    [1005, 'kwd', 'parameter_invalid_integer'],
    [99_999_990, 'bhd', 'accepted'],
    [99_999_990, 'jpy', 'accepted'],
    [1000, 'isk', 'accepted'],
    [1010, 'isk', 'parameter_invalid_integer'],
    [100, 'xyz', 'parameter_invalid'],
    [100, 'us', 'parameter_invalid'],
  ])('of %i %s is %s', (amount, currency, code) => {
    expect(codeOf(amount, currency)).toBe(code);
  });
});

describe('an amount in minor units', () => {
  it.each([
    ['usd', 2],
    ['jpy', 0],
    ['kwd', 3],
    // Stripe keeps two decimals for these, which are always zero.
    ['isk', 2],
    ['ugx', 2],
  ])('of %s has %i decimals', (currency, decimals) => {
    expect(decimalsOf(currency)).toBe(decimals);
  });
});
