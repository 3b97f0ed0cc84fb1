import { acceptedForProcessing, handle, required } from '@ticketing/common/http';
import { z } from 'zod';
import type { AuthContext } from '../store.js';
import { sendVerification } from '../verification-mail.js';

// POST /api/users/email-verifications: sends the link that verifies the address again. Earlier links stay valid.
export function requestEmailVerification(ctx: AuthContext) {
  return handle(
    {
      name: 'requestEmailVerification',
      summary: 'Sends another link that verifies the e-mail address. A verified address gets none.',
      user: required,
      answers: { 202: z.object({}) },
      refusals: ['too-many-mails'],
    },
    async ({ user, address, cause, orThrow }) => {
      const account = await ctx.users.getAccount(user.id);

      orThrow(await sendVerification(ctx, account, address, cause));

      return acceptedForProcessing({});
    },
  );
}
