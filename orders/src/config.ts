import { BaseConfig, DatabaseConfig, whole } from '@ticketing/common';
import type { z } from 'zod';

export const Config = BaseConfig.extend(DatabaseConfig.shape).extend({
  /** how long a buyer has to pay */
  RESERVATION_SECONDS: whole(900, 1, 7 * 24 * 3_600),
  /** how many orders of one buyer may be open at one time */
  MAX_ACTIVE_ORDERS_PER_USER: whole(10, 1, 1_000_000),
  /** how often orders looks for what the timers lost, and how late an order must be for it */
  OVERDUE_SWEEP_MS: whole(5_000, 10),
  OVERDUE_AFTER_MS: whole(3_000),
  /** how long beyond its due time an order is kept for a payment that may be on its way */
  PAYMENT_GRACE_SECONDS: whole(60),
});
export type Config = z.infer<typeof Config>;
