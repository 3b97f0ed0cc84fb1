import { acceptedForProcessing, anyone, handle } from '@ticketing/common/http';
import type { Cause } from '@ticketing/common/observability';
import { z } from 'zod';
import { requestReset } from '../domain/password.js';
import type { AuthContext } from '../store.js';
import { Email } from './user-view.js';

const Body = z.strictObject({ email: Email });

// POST /api/users/password-resets: asks for a mail with a link. An unknown address gets the same answer, work, limits and time
// as a known one.
export function requestPasswordReset(ctx: AuthContext) {
  return handle(
    {
      name: 'requestPasswordReset',
      summary:
        'Sends a link that resets the password, if the address has an account. The answer does not say so.',
      user: anyone,
      body: Body,
      answers: { 202: z.object({}) },
      refusals: ['too-many-mails'],
    },
    async ({ body: { email }, address, cause, orThrow }) => {
      const begin = performance.now();
      orThrow(await ctx.mailLimits.countReset({ to: email, address }));

      // Over the limit of the inbox there is no mail, and no refusal: those that were sent before are enough.
      const wait = await ctx.mailLimits.countForInbox({ to: email, address });
      if (wait === 0 && !(await sendReset(ctx, email, cause)))
        await ctx.mailLimits.spendTheTimeOfARequest(email);

      await ctx.untilNextStep(begin);
      return acceptedForProcessing({});
    },
  );
}

/** Asks for the mail; false if the address has no account, or a blocked one. */
async function sendReset(ctx: AuthContext, email: string, cause: Cause): Promise<boolean> {
  const account = await ctx.users.findByEmail(email);
  if (!account) return false;
  const linkId = ctx.links.newId(account.id);
  const decision = await ctx.users.change(account.id, (user) => requestReset(user, linkId, ctx.now()), cause);
  return decision.outcome === 'accepted';
}
