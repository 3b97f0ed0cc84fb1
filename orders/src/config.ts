import { BaseConfig, constant, DatabaseConfig, integer } from '@ticketing/common/service';
import { z } from 'zod';

export const Config = BaseConfig.extend(DatabaseConfig.shape).extend({
  /** Time that a buyer has to pay. */
  RESERVATION_SECONDS: integer(900, 1, 7 * 24 * 3_600),
  /** Unpaid and free places that a buyer may have of one seller at one time. */
  MAX_ACTIVE_ORDERS_PER_USER: integer(20, 1, 1_000_000),
  /** Unpaid places that all buyers behind one IPv4 address or IPv6 /64 may have at one time; 0 for no limit. */
  MAX_ACTIVE_ORDERS_PER_NETWORK: integer(300, 0, 1_000_000),
  /** May a seller order their own ticket? */
  ALLOW_OWN_PURCHASE: z.stringbool().default(false),
  /** Interval of the sweep that expires orders whose timers were lost. */
  OVERDUE_SWEEP_MS: constant(integer(5_000, 10)),
  /** The sweep leaves an order to its timer for this time after it has expired. */
  OVERDUE_AFTER_MS: constant(integer(3_000)),
  /** Time for which the bus must have stored messages before an order is expired, so that waiting payments arrive first. */
  BUS_SETTLING_MS: constant(integer(5_000)),
  /** Time that an expired order waits for a payment event that may be late. */
  PAYMENT_GRACE_SECONDS: constant(integer(60)),
});
export type Config = z.infer<typeof Config>;
