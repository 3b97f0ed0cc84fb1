// Converts prices between decimal strings with a currency (on the wire) and integer minor units (inside a service).
// Floats are never used for arithmetic: 0.1 + 0.2 is not 0.3.

import { z } from 'zod';

// Decimals, and the smallest amount that Stripe charges, in minor units.
// https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
// Stripe publishes no minimum for some currencies, only "equivalent to 0.50 usd". Theirs is above that, by a margin for
// the exchange rate. Currencies with special rules (huf, isk, twd, ugx) are not supported.
const currencies = {
  aud: { decimals: 2, minimum: 50 },
  bhd: { decimals: 3, minimum: 300 },
  cad: { decimals: 2, minimum: 50 },
  chf: { decimals: 2, minimum: 50 },
  clp: { decimals: 0, minimum: 700 },
  dkk: { decimals: 2, minimum: 250 },
  eur: { decimals: 2, minimum: 50 },
  gbp: { decimals: 2, minimum: 30 },
  jod: { decimals: 3, minimum: 500 },
  jpy: { decimals: 0, minimum: 50 },
  krw: { decimals: 0, minimum: 1_000 },
  kwd: { decimals: 3, minimum: 300 },
  nok: { decimals: 2, minimum: 300 },
  nzd: { decimals: 2, minimum: 50 },
  omr: { decimals: 3, minimum: 300 },
  pln: { decimals: 2, minimum: 200 },
  sek: { decimals: 2, minimum: 300 },
  tnd: { decimals: 3, minimum: 2_500 },
  usd: { decimals: 2, minimum: 50 },
  vnd: { decimals: 0, minimum: 20_000 },
} as const;

// Stripe charges at most eight digits of minor units.
const highest = 99_999_999;

export type Currency = keyof typeof currencies;

/** The lower-case ISO 4217 code of a supported currency. */
export const Currency = z.enum(Object.keys(currencies) as [Currency, ...Currency[]]).meta({ id: 'Currency' });

/** A price on the wire, with all decimals of its currency: `"19.99"`, `"5.120"`, `"500"`. */
export const DecimalPrice = z.string().regex(/^\d{1,8}(\.\d{1,3})?$/);

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

const notAnAmount = 'must be an amount, for example 19.99';
const isAmount = (text: string) => /^(0|[1-9]\d{0,8})(\.\d+)?$/.test(text);

/** The JSON Schema pattern of an amount in any currency. */
export const amountPattern = String.raw`^(0|[1-9]\d{0,7})(\.\d{1,3})?$`;

/**
 * Schema of a price in a request whose currency is not known yet: a decimal string or a JSON number. The output is the
 * string. `priceFault` checks it in its currency, and `toMinorUnits` converts it.
 */
export const Price = z
  .union([z.string(), z.number()])
  .transform((input) => String(input).trim())
  .refine(isAmount, notAnAmount)
  .meta({
    description:
      'A decimal string: 0 for a free ticket, else at least the smallest charge of the currency, with at most its ' +
      'decimals and at most eight digits in all. In a currency with three decimals the third is 0. A JSON number is ' +
      'accepted too.',
    anyOf: [
      { type: 'string', pattern: amountPattern },
      { type: 'number', minimum: 0, maximum: highest },
    ],
  });

/** Why a text is no amount in the currency, as a predicate: "must have at most 2 decimals in usd". */
export function amountFault(decimal: string, currency: Currency): string | undefined {
  if (!isAmount(decimal)) return notAnAmount;
  const { decimals } = currencies[currency];
  const [, fraction = ''] = decimal.split('.');
  if (fraction.length > decimals)
    return decimals === 0
      ? `must have no decimals in ${currency}`
      : `must have at most ${decimals} decimals in ${currency}`;
  if (toMinorUnits(decimal, currency) > highest)
    return `must be at most ${toDecimal(highest, currency)} ${currency}`;
  return undefined;
}

/** Why a ticket cannot have this price in the currency, as a predicate. 0 is a free ticket. */
export function priceFault(price: string, currency: Currency): string | undefined {
  const fault = amountFault(price, currency);
  if (fault !== undefined) return fault;
  const { decimals, minimum } = currencies[currency];
  const minorUnits = toMinorUnits(price, currency);
  if (minorUnits !== 0 && minorUnits < minimum)
    return `must be 0 or at least ${toDecimal(minimum, currency)} ${currency}`;
  // https://docs.stripe.com/currencies#three-decimal
  if (decimals === 3 && minorUnits % 10 !== 0) return `must end in 0 if it has three decimals in ${currency}`;
  return undefined;
}
