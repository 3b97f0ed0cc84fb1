import { randomUUID } from 'node:crypto';
import { anyone, handle, issueToken, networkOf, ok } from '@ticketing/common/http';
import { text } from '@ticketing/common/text';
import { z } from 'zod';
import type { AuthContext } from '../store.js';
import { addSession, beginSession } from '../domain/user.js';
import { Email, UserView, viewUser } from './user-view.js';

// The rule for new passwords does not apply: the password may be older than the rule.
const Body = z.strictObject({ email: Email, password: text(1, 128) });

// POST /api/users/signin. An unknown address gets the same answer, work, limits and time as a wrong password.
export function signIn(ctx: AuthContext) {
  return handle(
    {
      name: 'signIn',
      summary: 'Signs a user in.',
      user: anyone,
      body: Body,
      answers: { 200: UserView },
      refusals: ['invalid-credentials', 'account-blocked', 'too-many-attempts', 'too-many-sessions'],
      session: 'begins',
    },
    async ({ body, address, session, cause, header, orThrow, refusal }) => {
      const begin = performance.now();
      const attempt = { email: body.email, address };
      const owner = orThrow(await ctx.signInLimits.guess(attempt, () => findOwner(ctx, body, address)));
      if (!owner) {
        await ctx.untilNextStep(begin);
        throw refusal('invalid-credentials');
      }

      // The decision checks the hash again: the password or the account may have changed since the check.
      const own = beginSession(randomUUID(), header('user-agent') ?? '', ctx.now());
      const account = orThrow(
        await ctx.users.change(
          owner.id,
          (user) => addSession(user, owner.passwordHash, own, ctx.sessionLimits),
          cause,
        ),
      );
      await ctx.revokedSessions.add(account.ended ?? []);

      session.start(issueToken({ ...viewUser(owner), sid: own.sid, issuedAt: own.startedAt }, ctx.keys));
      return ok(viewUser(owner));
    },
  );
}

async function findOwner(ctx: AuthContext, { email, password }: z.infer<typeof Body>, address: string) {
  const source = { use: 'sign-in', network: networkOf(address), account: email } as const;
  const user = await ctx.users.findByEmail(email);
  const matches = await ctx.passwords.verify(user?.passwordHash, password, source);
  return matches ? user : undefined;
}
