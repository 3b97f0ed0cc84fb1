// The variables of the server of the shop.

import { z } from 'zod';

export const SiteVariables = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(3_000),
  /** The address to listen on; by default every address of the machine. */
  BIND_ADDRESS: z.union([z.ipv4(), z.ipv6()], 'must be an IP address').optional(),
  /** `pk_…` of Stripe. Without it, the shop offers the test cards of the local card network. */
  STRIPE_PUBLISHABLE_KEY: z.string().startsWith('pk_').optional(),
  /** Where browsers reach the local card network, which shows the bank's challenge. */
  CARDS_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Where the mails of a local system can be read. */
  INBOX_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Path of what the page `/inspect` of a local system reads. */
  INSPECT_URL: z
    .string()
    .regex(/^\/(?!\/)[\w/-]*$/, 'must be a path')
    .optional(),
});

export type SiteConfig = Readonly<z.infer<typeof SiteVariables>>;

/**
 * Reads the variables; an empty one counts as missing.
 * @throws Error that names each variable with a wrong value
 */
export function readConfig(env: NodeJS.ProcessEnv): SiteConfig {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const read = SiteVariables.safeParse(given);
  if (read.success) return read.data;
  const problems = read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new Error(`invalid environment: ${problems.join('; ')}`);
}
