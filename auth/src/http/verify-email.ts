import { anyone, handle, ok } from '@ticketing/common/http';
import { z } from 'zod';
import { LinkToken } from '../account-links.js';
import { verifyEmail as verify } from '../domain/email.js';
import type { AuthContext } from '../store.js';

const Body = z.strictObject({ token: LinkToken });

// POST /api/users/email-verifications/confirm: verifies an address by the link that was sent there.
export function verifyEmail(ctx: AuthContext) {
  return handle(
    {
      name: 'verifyEmail',
      summary: 'Verifies an e-mail address by the token of the link that was sent there.',
      user: anyone,
      body: Body,
      answers: { 200: z.object({}) },
      refusals: ['link-invalid'],
    },
    async ({ body, cause, orThrow, refusal }) => {
      const link = await ctx.links.find(body.token, ['verify-email']);
      if (!link) throw refusal('link-invalid');

      orThrow(await ctx.users.change(link.account.id, (user) => verify(user, link.id, ctx.now()), cause));

      return ok({});
    },
  );
}
