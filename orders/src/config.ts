import { BaseConfig, DatabaseConfig, integer } from '@ticketing/common/service';
import type { z } from 'zod';

export const Config = BaseConfig.extend(DatabaseConfig.shape).extend({
  /** how long a buyer has to pay */
  RESERVATION_SECONDS: integer(900, 1, 7 * 24 * 3_600),
  /** how many orders of one buyer may be open at one time */
  MAX_ACTIVE_ORDERS_PER_USER: integer(10, 1, 1_000_000),
  /** how often orders looks for what the timers lost, and how late an order must be for it */
  OVERDUE_SWEEP_MS: integer(5_000, 10),
  OVERDUE_AFTER_MS: integer(3_000),
  /** how long beyond its due time an order is kept for a payment that may be on its way */
  PAYMENT_GRACE_SECONDS: integer(60),
});
export type Config = z.infer<typeof Config>;
