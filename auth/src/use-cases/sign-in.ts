import { anyone, handle, issueToken, networkOf, ok, Refusal } from '@ticketing/common';
import { z } from 'zod';
import type { AuthContext } from '../context.js';
import { secondsToWait, type Tries } from '../domain/sign-in-limit.js';
import { Email, UserView, viewUser } from '../user-view.js';

// The rule for new passwords is not asked here: it may have been another when this one was chosen.
const Body = z.object({ email: Email, password: z.string().min(1).max(128) });

// POST /api/users/signin. An unknown e-mail gets the same answer, work and limits as a wrong password.
export function signIn(ctx: AuthContext) {
  const { SIGNIN_FAILURES_PER_ACCOUNT: perAccount, SIGNIN_FAILURES_PER_ADDRESS: perAddress } = ctx.config;

  return handle(
    {
      name: 'signIn',
      summary: 'Signs a user in.',
      user: anyone,
      body: Body,
      answers: { 200: UserView },
      refusals: ['invalid-credentials', 'too-many-attempts'],
    },
    async ({ body, address, session }) => {
      const account = `account:${body.email}`;
      const network = `network:${networkOf(address)}`;
      const ofNetwork = await count(ctx, network, perAddress);
      const ofAccount = await count(ctx, account, perAccount);

      const user = await findOwner(ctx, body).catch(async (error: unknown) => {
        // The password was never looked at, so nobody has guessed.
        await ctx.signInTries.giveBack(network, ofNetwork);
        await ctx.signInTries.giveBack(account, ofAccount);
        throw error;
      });
      if (!user) throw new Refusal('invalid-credentials');

      await ctx.signInTries.forget(account);
      await ctx.signInTries.giveBack(network, ofNetwork);
      session.start(issueToken(viewUser(user), ctx.keys));
      return ok(viewUser(user));
    },
  );
}

// Counted before the password is looked at, or parallel guesses would all find the count low.
async function count(ctx: AuthContext, key: string, limit: number): Promise<Tries> {
  const tries = await ctx.signInTries.add(key);
  const seconds = secondsToWait(tries, limit, ctx.now());
  if (seconds > 0) throw new Refusal('too-many-attempts', { retryAfterSeconds: seconds });
  return tries;
}

async function findOwner(ctx: AuthContext, { email, password }: z.infer<typeof Body>) {
  const user = await ctx.users.findByEmail(email);
  const fits = await ctx.passwords.verify(user?.passwordHash, password);
  return fits ? user : undefined;
}
