// The amounts that Stripe accepts, in minor units: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
import { invalidParameter } from '../api/errors.js';

/** Eight digits, in any currency. */
const MAX_AMOUNT = 99_999_999;

/** The last digits of these amounts are zeros: https://docs.stripe.com/currencies#three-decimal and #special-cases */
const steps: ReadonlyMap<string, number> = new Map(
  Object.entries({ bhd: 10, jod: 10, kwd: 10, omr: 10, tnd: 10, isk: 100, ugx: 100 }),
);

const minimumAmounts: ReadonlyMap<string, number> = new Map(
  Object.entries({
    usd: 50,
    aed: 200,
    aud: 50,
    bgn: 100,
    brl: 50,
    cad: 50,
    chf: 50,
    czk: 1500,
    dkk: 250,
    eur: 50,
    gbp: 30,
    hkd: 400,
    huf: 17_500,
    inr: 50,
    jpy: 50,
    mxn: 1000,
    myr: 200,
    nok: 300,
    nzd: 50,
    pln: 200,
    ron: 200,
    sek: 300,
    sgd: 50,
    thb: 1000,
  }),
);

const currencies: ReadonlySet<string> = new Set(
  Intl.supportedValuesOf('currency').map((code) => code.toLowerCase()),
);

const zeroDecimal: ReadonlySet<string> = new Set(
  'bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' '),
);

/** How many digits of a minor unit are decimals, at Stripe: https://docs.stripe.com/currencies#zero-decimal */
export function decimalsOf(currency: string): number {
  if (zeroDecimal.has(currency)) return 0;
  return steps.get(currency) === 10 ? 3 : 2;
}

export function validCurrency(given: string): string {
  const currency = given.toLowerCase();
  if (currencies.has(currency)) return currency;
  throw invalidParameter('parameter_invalid', 'currency', `Invalid currency: ${given}.`);
}

export function validAmount(amount: number, currency: string): number {
  if (amount < 1) {
    throw invalidParameter(
      'parameter_invalid_integer',
      'amount',
      'This value must be greater than or equal to 1.',
    );
  }
  if (amount < (minimumAmounts.get(currency) ?? 1)) {
    throw invalidParameter(
      'amount_too_small',
      'amount',
      `Amount must be at least ${minimumAmounts.get(currency)} in the minor unit of ${currency}.`,
    );
  }
  if (amount > MAX_AMOUNT) {
    throw invalidParameter('amount_too_large', 'amount', `Amount must be no more than ${MAX_AMOUNT}.`);
  }
  assertWholeSteps(amount, currency);
  return amount;
}

/** @throws ApiError for an amount that the banks of this currency cannot process */
export function assertWholeSteps(amount: number, currency: string): void {
  const step = steps.get(currency) ?? 1;
  if (amount % step === 0) return;
  throw invalidParameter(
    'parameter_invalid_integer',
    'amount',
    `Invalid amount: ${amount}. Amounts in ${currency} must be a multiple of ${step}.`,
  );
}
