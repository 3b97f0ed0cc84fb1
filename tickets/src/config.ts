import { Currency } from '@ticketing/common/money';
import { BaseConfig, DatabaseConfig } from '@ticketing/common/service';
import type { z } from 'zod';

export const Config = BaseConfig.extend(DatabaseConfig.shape).extend({
  /** The currency of all prices. */
  CURRENCY: Currency.default('usd'),
});
export type Config = z.infer<typeof Config>;
