import { anyone, handle, ok } from '@ticketing/common/http';
import { z } from 'zod';
import { LinkToken } from '../account-links.js';
import { changePurposes, confirmEmailChange as confirm } from '../domain/email.js';
import type { AuthContext } from '../store.js';

const Body = z.strictObject({ token: LinkToken });

const EmailChangeView = z
  .object({
    status: z
      .enum(['waiting-for-other-address', 'changed'])
      .describe('`changed`: both addresses have confirmed. Every session has ended.'),
  })
  .meta({ id: 'EmailChange' });

// POST /api/users/email-changes/confirm: confirms a change at one address. The second confirmation changes the address.
export function confirmEmailChange(ctx: AuthContext) {
  return handle(
    {
      name: 'confirmEmailChange',
      summary: 'Confirms a change of the e-mail address by the token of one of its two links.',
      user: anyone,
      body: Body,
      answers: { 200: EmailChangeView },
      refusals: ['link-invalid', 'account-blocked', 'email-in-use'],
    },
    async ({ body, cause, orThrow, refusal }) => {
      const link = await ctx.links.find(body.token, changePurposes);
      if (!link) throw refusal('link-invalid');

      const account = orThrow(
        await ctx.users.changeAddress(link.account.id, (user) => confirm(user, link, ctx.now()), cause),
      );
      await ctx.revokedSessions.add(account.ended ?? []);

      const isWaiting = account.links?.some(({ confirmed }) => confirmed);
      return ok({ status: isWaiting ? 'waiting-for-other-address' : 'changed' });
    },
  );
}
