// Converts prices between decimal strings with a currency (on the wire) and integer minor units (inside a service).
// Floats are never used for arithmetic: 0.1 + 0.2 is not 0.3.

import { z } from 'zod';

// Decimals, and the smallest amount that Stripe charges, in minor units.
// https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
const currencies = {
  aud: { decimals: 2, minimum: 50 },
  cad: { decimals: 2, minimum: 50 },
  chf: { decimals: 2, minimum: 50 },
  dkk: { decimals: 2, minimum: 250 },
  eur: { decimals: 2, minimum: 50 },
  gbp: { decimals: 2, minimum: 30 },
  jpy: { decimals: 0, minimum: 50 },
  nok: { decimals: 2, minimum: 300 },
  nzd: { decimals: 2, minimum: 50 },
  pln: { decimals: 2, minimum: 200 },
  sek: { decimals: 2, minimum: 300 },
  usd: { decimals: 2, minimum: 50 },
} as const;

export type Currency = keyof typeof currencies;

/** The lower-case ISO 4217 code of a supported currency. */
export const Currency = z.enum(Object.keys(currencies) as [Currency, ...Currency[]]).meta({ id: 'Currency' });

/** A price on the wire: decimal digits with at most the currency's decimals, for example `"19.99"`. */
export const DecimalPrice = z.string().regex(/^\d{1,8}(\.\d{1,2})?$/);

const highestInMajorUnits = 999_999.99;

/** Formats minor units with all decimals of the currency: `toDecimal(1999, 'usd')` is `"19.99"`. */
export function toDecimal(minorUnits: number, currency: Currency): string {
  const { decimals } = currencies[currency];
  if (decimals === 0) return String(minorUnits);
  const digits = String(minorUnits).padStart(decimals + 1, '0');
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/**
 * Parses a decimal string into minor units: `toMinorUnits("19.9", 'usd')` is `1990`.
 * @throws RangeError if the string is not a decimal or has more decimals than the currency
 */
export function toMinorUnits(decimal: string, currency: Currency): number {
  const { decimals } = currencies[currency];
  const [, whole = '', fraction = ''] = /^(\d{1,9})(?:\.(\d+))?$/.exec(decimal) ?? [];
  if (whole === '' || fraction.length > decimals)
    throw new RangeError(`not a price in ${currency}: ${decimal}`);
  return Number(whole + fraction.padEnd(decimals, '0'));
}

/**
 * Schema of a price in a request: a decimal string or a JSON number from the smallest chargeable amount to 999999.99,
 * with at most the currency's decimals. The output is in minor units.
 */
export function priceIn(currency: Currency) {
  const { decimals, minimum } = currencies[currency];
  const lowest = toDecimal(minimum, currency);
  return z
    .union([z.string(), z.number()])
    .transform((input, context) => {
      const text = String(input).trim();
      const refuse = (message: string) => {
        context.addIssue({ code: 'custom', message });
        return z.NEVER;
      };
      if (!/^(0|[1-9]\d{0,8})(\.\d+)?$/.test(text))
        return refuse('must be a positive amount, for example 19.99');
      if (Number(text) > highestInMajorUnits)
        return refuse(`must be at most ${highestInMajorUnits} ${currency}`);
      if ((text.split('.')[1] ?? '').length > decimals)
        return refuse(`must have at most ${decimals} decimals in ${currency}`);
      const minorUnits = toMinorUnits(text, currency);
      return minorUnits < minimum ? refuse(`must be at least ${lowest} ${currency}`) : minorUnits;
    })
    .meta(describePrice(minimum, decimals));
}

// For the API description: JSON Schema cannot bound decimals exactly, but a pattern can.
function describePrice(minimum: number, decimals: number) {
  const fraction = decimals === 0 ? '' : String.raw`(\.\d{1,${decimals}})?`;
  const belowOne = minimum < 10 ** decimals ? String.raw`|0\.[${minimum / 10}-9]\d?` : '';
  const lowest = Math.ceil(minimum / 10 ** decimals);
  return {
    description: `A decimal string with at most ${decimals} decimals. A JSON number is accepted too.`,
    anyOf: [
      { type: 'string', pattern: `^([1-9]\\d{0,5}${fraction}${belowOne})$` },
      { type: 'integer', minimum: lowest, maximum: Math.floor(highestInMajorUnits) },
    ],
  };
}
