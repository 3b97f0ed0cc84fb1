import { Currency } from '@ticketing/common/money';
import { BaseConfig, DatabaseConfig } from '@ticketing/common/service';
import { z } from 'zod';

const CurrencyList = z
  .string()
  .transform((list) => list.split(',').map((name) => name.trim()))
  .refine(
    (names): names is Currency[] => names.every((name) => Currency.safeParse(name).success),
    `must be a comma-separated list of ${Currency.options.join(', ')}`,
  );

export const Config = BaseConfig.extend(DatabaseConfig.shape)
  .extend({
    /** The currency of a ticket that names none. */
    CURRENCY: Currency.default('usd'),
    /** The currencies that a ticket may name; by default only CURRENCY. */
    CURRENCIES: CurrencyList.optional(),
  })
  .refine(({ CURRENCY, CURRENCIES }) => !CURRENCIES || CURRENCIES.includes(CURRENCY), {
    path: ['CURRENCIES'],
    message: 'must contain the value of CURRENCY',
  });
export type Config = z.infer<typeof Config>;

/** The currencies that a ticket may name. */
export const currenciesOf = ({ CURRENCY, CURRENCIES = [CURRENCY] }: Config): readonly Currency[] =>
  CURRENCIES;
