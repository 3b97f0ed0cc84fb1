// The variables of the server of the shop.

import { z } from 'zod';

const optional = <T extends z.ZodType>(type: T) =>
  z.preprocess((value) => (value === '' ? undefined : value), type.optional());

const Variables = z.object({
  PORT: z.coerce.number().int().min(1).max(65_535).default(3_000),
  BIND_ADDRESS: z.string().default('0.0.0.0'),
  /** `pk_…` of Stripe. Without it, the shop offers the test cards of the local card network. */
  STRIPE_PUBLISHABLE_KEY: optional(z.string().startsWith('pk_')),
  /** origin of the local card network, for the bank's challenge */
  CARDS_URL: optional(z.url()),
  /** where the mails of a local system can be read */
  INBOX_URL: optional(z.url()),
  /** path of what the page `/inspect` of a local system reads */
  INSPECT_URL: optional(z.string().startsWith('/')),
});

export type SiteConfig = Readonly<z.infer<typeof Variables>>;

/** @throws Error that names each variable with a wrong value */
export function readConfig(env: NodeJS.ProcessEnv): SiteConfig {
  const read = Variables.safeParse(env);
  if (read.success) return read.data;
  const problems = read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new Error(`Wrong variables. ${problems.join('; ')}`);
}
