import { InvalidInput } from '@ticketing/common/errors';
import { anyone, handle, networkOf, ok, problemWith } from '@ticketing/common/http';
import { z } from 'zod';
import { LinkToken } from '../account-links.js';
import { withOpenLink } from '../domain/links.js';
import { resetPassword as reset } from '../domain/password.js';
import { isOwnAddress, NewPassword, notOwnAddress } from '../new-password.js';
import type { AuthContext } from '../store.js';

const Body = z.strictObject({ token: LinkToken, password: NewPassword });

// POST /api/users/password-resets/confirm: sets a new password by a link, and ends every session. No session begins: the user
// signs in with the new password.
export function resetPassword(ctx: AuthContext) {
  return handle(
    {
      name: 'resetPassword',
      summary: 'Sets a new password by the token of a link, and ends every session.',
      user: anyone,
      body: Body,
      answers: { 200: z.object({}) },
      refusals: ['link-invalid', 'account-blocked'],
    },
    async ({ body, address, cause, orThrow, refusal }) => {
      const link = await ctx.links.find(body.token, ['reset-password']);
      // Checked before hashing, which is expensive, and once more by the decision.
      if (!link || !withOpenLink(link.account, link, ctx.now())) throw refusal('link-invalid');
      const { id, email } = link.account;
      if (isOwnAddress(body.password, email))
        throw new InvalidInput([problemWith('password', notOwnAddress)]);
      const source = { use: 'sign-in', network: networkOf(address), account: email } as const;
      const passwordHash = await ctx.passwords.hash(body.password, source);

      const { ended } = orThrow(
        await ctx.users.change(id, (user) => reset(user, link.id, passwordHash, ctx.now()), cause),
      );
      await ctx.revokedSessions.add(ended ?? []);
      // Failures of strangers must not keep the owner from signing in now.
      await ctx.signInLimits.trust({ email, address });

      return ok({});
    },
  );
}
