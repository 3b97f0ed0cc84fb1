import { BaseConfig, constant, DatabaseConfig, integer } from '@ticketing/common/service';
import { z } from 'zod';

export const Config = BaseConfig.extend(DatabaseConfig.shape).extend({
  /** Answers of a card network are slow without overload, so an answer may take longer and fewer requests are in flight. */
  SLOW_ANSWER_MS: constant(integer(3_500, 10)),
  MAX_REQUESTS_IN_FLIGHT: integer(300),
  STRIPE_KEY: z.string().min(1),
  /** The address of another card network than Stripe, such as the local one. */
  STRIPE_API_BASE: z.url({ protocol: /^https?$/ }).optional(),
  /** Without it POST /api/payments/webhook answers 404. */
  STRIPE_WEBHOOK_SECRET: z.string().min(1).optional(),
  STRIPE_TIMEOUT_MS: constant(integer(20_000, 100)),
  /** Time that POST /api/payments waits for the card network before it answers 202. */
  PAYMENT_ANSWER_MS: constant(integer(3_000)),
  /** An order that expires sooner than this is not charged. */
  PAYMENT_MARGIN_MS: constant(integer(5_000)),
  /** Declined cards of an account in an hour, and accounts with a declined card at an address in 15 minutes, before delays begin. */
  DECLINES_PER_ACCOUNT: constant(integer(10, 1, 1_000_000)),
  DECLINES_PER_ADDRESS: constant(integer(30, 1, 1_000_000)),
  SETTLE_SWEEP_MS: constant(integer(10_000, 10)),
  /** The sweep resumes a pending payment that has not changed for this time. */
  SETTLE_AFTER_MS: constant(integer(30_000)),
});
export type Config = z.infer<typeof Config>;
