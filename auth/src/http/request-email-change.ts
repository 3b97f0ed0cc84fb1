import { InvalidInput } from '@ticketing/common/errors';
import { acceptedForProcessing, handle, problemWith, required } from '@ticketing/common/http';
import { text } from '@ticketing/common/text';
import { z } from 'zod';
import { requestEmailChange as request } from '../domain/email.js';
import { verifyOwnerPassword } from '../owner.js';
import type { AuthContext } from '../store.js';
import { Email } from './user-view.js';

const Body = z.strictObject({ email: Email, password: text(1, 128) });

// POST /api/users/email-changes: sends a link to the old and to the new address. Both must be opened within a day. The answer
// does not say whether the new address has an account.
export function requestEmailChange(ctx: AuthContext) {
  return handle(
    {
      name: 'requestEmailChange',
      summary: 'Sends a link to the old and to the new e-mail address. Opening both changes the address.',
      user: required,
      body: Body,
      answers: { 202: z.object({}) },
      refusals: ['wrong-password', 'account-blocked', 'too-many-attempts', 'too-many-mails'],
    },
    async ({ user, body, address, cause, orThrow }) => {
      const newEmail = body.email;
      const { account, owner } = orThrow(
        await verifyOwnerPassword(ctx, { user, password: body.password, address }),
      );
      if (newEmail === account.email)
        throw new InvalidInput([problemWith('email', 'is the address of this account already')]);
      orThrow(await ctx.mailLimits.countChange(user.id));
      for (const to of [newEmail, account.email]) orThrow(await ctx.mailLimits.countMail({ to, address }));

      const linkIds = { old: ctx.links.newId(user.id), new: ctx.links.newId(user.id) };
      orThrow(
        await ctx.users.change(
          user.id,
          (current) => request(current, owner, { newEmail, linkIds }, ctx.now()),
          cause,
        ),
      );

      return acceptedForProcessing({});
    },
  );
}
