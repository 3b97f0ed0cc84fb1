import { BaseConfig, DatabaseConfig, integer } from '@ticketing/common/service';
import { z } from 'zod';

export const Config = BaseConfig.extend(DatabaseConfig.shape).extend({
  /** A card network takes its time, which is no overload: an answer may take as long as it does, and fewer are in hand. */
  SLOW_ANSWER_MS: integer(3_500, 10),
  MAX_REQUESTS_IN_FLIGHT: integer(300),
  STRIPE_KEY: z.string().min(1),
  /** another address than Stripe's, such as the local card network's */
  STRIPE_API_BASE: z.url({ protocol: /^https?$/ }).optional(),
  /** without it there is no webhook */
  STRIPE_WEBHOOK_SECRET: z.string().min(1).optional(),
  STRIPE_TIMEOUT_MS: integer(20_000, 100),
  /** how long POST /api/payments waits for the card network before it answers 202 */
  PAYMENT_ANSWER_MS: integer(3_000),
  /** an order that expires sooner than this is not charged any more */
  PAYMENT_MARGIN_MS: integer(5_000),
  SETTLE_SWEEP_MS: integer(10_000, 10),
  /** a pending payment that nobody has touched for so long is taken up by the sweep */
  SETTLE_AFTER_MS: integer(30_000),
});
export type Config = z.infer<typeof Config>;
