import { anyone, handle, issueToken, ok, Refusal, text } from '@ticketing/common';
import { z } from 'zod';
import type { AuthContext } from '../context.js';
import { atFullStep } from '../full-steps.js';
import { Email, UserView, viewUser } from '../user-view.js';

// The rule for new passwords is not asked here: it may have been another when this one was chosen.
const Body = z.object({ email: Email, password: text(1, 128) });

// POST /api/users/signin. An unknown e-mail gets the same answer, work, limits and time as a wrong
// password.
export function signIn(ctx: AuthContext) {
  return handle(
    {
      name: 'signIn',
      summary: 'Signs a user in.',
      user: anyone,
      body: Body,
      answers: { 200: UserView },
      refusals: ['invalid-credentials', 'too-many-attempts'],
      session: 'begins',
    },
    async ({ body, address, session }) => {
      const begin = performance.now();
      const who = { email: body.email, address };
      const user = await ctx.signInLimits.guess(who, () => findOwner(ctx, body));
      if (!user) {
        await atFullStep(begin);
        throw new Refusal('invalid-credentials');
      }

      session.start(issueToken(viewUser(user), ctx.keys));
      return ok(viewUser(user));
    },
  );
}

async function findOwner(ctx: AuthContext, { email, password }: z.infer<typeof Body>) {
  const user = await ctx.users.findByEmail(email);
  const fits = await ctx.passwords.verify(user?.passwordHash, password);
  return fits ? user : undefined;
}
