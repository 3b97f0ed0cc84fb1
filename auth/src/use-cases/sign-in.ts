import { anyone, handle, issueToken, ok, Refusal } from '@ticketing/common';
import { z } from 'zod';
import type { AuthContext } from '../context.js';
import { networkOf, secondsToWait, type Tries } from '../domain/sign-in-limit.js';
import { Email, UserView, viewUser } from '../user-view.js';

const Body = z.object({ email: Email, password: z.string().min(1).max(128) });

// POST /api/users/signin. An unknown address gets the answer, the work and the limits of a wrong password.
export function signIn(ctx: AuthContext) {
  const { SIGNIN_FAILURES_PER_ACCOUNT, SIGNIN_FAILURES_PER_ADDRESS } = ctx.config;

  return handle(
    {
      user: anyone,
      body: Body,
      answers: { 200: UserView },
      refusals: ['invalid-credentials', 'too-many-attempts'],
    },
    async ({ body, address, session }) => {
      const { email, password } = body;
      const account = `account:${email}`;
      const network = `address:${networkOf(address)}`;

      const ofNetwork = await count(ctx, network, SIGNIN_FAILURES_PER_ADDRESS);
      const ofAccount = await count(ctx, account, SIGNIN_FAILURES_PER_ACCOUNT);

      const user = await ctx.users.findByEmail(email);
      const isTheirs = await ctx.passwords.verify(user?.passwordHash, password);
      if (!user || !isTheirs) throw new Refusal('invalid-credentials');

      await ctx.signInTries.forget(account);
      session.start(issueToken(viewUser(user), ctx.keys));
      return ok(viewUser(user));
    },
  );
}
