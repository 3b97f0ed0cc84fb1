import { randomUUID } from 'node:crypto';
import { orThrow } from '@ticketing/common/decision';
import { Refusal } from '@ticketing/common/errors';
import { anyone, handle, issueToken, ok } from '@ticketing/common/http';
import { text } from '@ticketing/common/text';
import { z } from 'zod';
import type { AuthContext } from '../context.js';
import { beginSession, signIn as begin } from '../domain/user.js';
import { Email, UserView, viewUser } from './user-view.js';

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
      refusals: ['invalid-credentials', 'too-many-attempts', 'too-many-sessions'],
      session: 'begins',
    },
    async ({ body, address, session, cause, header }) => {
      const asked = performance.now();
      const who = { email: body.email, address };
      const owner = await ctx.signInLimits.guess(who, () => findOwner(ctx, body));
      if (!owner) {
        await ctx.atFullStep(asked);
        throw new Refusal('invalid-credentials');
      }

      // The password may have been changed, or the account deleted, since it was looked at.
      const own = beginSession(randomUUID(), header('user-agent') ?? '', ctx.now());
      const account = orThrow(
        await ctx.users.change(
          owner.id,
          (user) => begin(user, owner.passwordHash, own, ctx.sessionLimits),
          cause,
        ),
      );
      await ctx.revokedSessions.add(account.ended ?? []);

      session.start(issueToken({ ...viewUser(owner), sid: own.sid, issuedAt: own.startedAt }, ctx.keys));
      return ok(viewUser(owner));
    },
  );
}

async function findOwner(ctx: AuthContext, { email, password }: z.infer<typeof Body>) {
  const user = await ctx.users.findByEmail(email);
  const fits = await ctx.passwords.verify(user?.passwordHash, password);
  return fits ? user : undefined;
}
