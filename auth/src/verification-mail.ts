// Asks for a mail with a link that verifies the address of an account.

import type { Decision } from '@ticketing/common/decision';
import type { Cause } from '@ticketing/common/observability';
import type { Account } from './domain/account.js';
import { requestVerification } from './domain/email.js';
import type { AuthContext } from './store.js';

/** Refused if the inbox gets too many mails. Nothing happens if the address is verified. */
export async function sendVerification(
  ctx: AuthContext,
  { id, email, emailVerified }: Account,
  address: string,
  cause: Cause,
): Promise<Decision<unknown, 'too-many-mails'>> {
  const counted = await ctx.mailLimits.countMail({ to: email, address });
  if (emailVerified || counted.outcome === 'refused') return counted;
  return ctx.users.change(id, (user) => requestVerification(user, ctx.links.newId(id), ctx.now()), cause);
}
