import { randomUUID } from 'node:crypto';
import { anyone, handle, issueToken, networkOf, ok } from '@ticketing/common/http';
import { text } from '@ticketing/common/text';
import { z } from 'zod';
import type { AuthContext } from '../store.js';
import { addSession, beginSession } from '../domain/sessions.js';
import { sendVerification } from '../verification-mail.js';
import { startedSessionView, SessionView, Token } from '../started-session.js';
import { Email, viewUser } from './user-view.js';

// The rule for new passwords does not apply: the password may be older than the rule.
const Body = z.strictObject({ email: Email, password: text(1, 128), token: Token });

// POST /api/users/signin. An unknown address gets the same answer, work, limits and time as a wrong password.
export function signIn(ctx: AuthContext) {
  return handle(
    {
      name: 'signIn',
      summary: 'Signs a user in.',
      user: anyone,
      body: Body,
      answers: { 200: SessionView },
      refusals: [
        'invalid-credentials',
        'account-blocked',
        'email-not-verified',
        'too-many-attempts',
        'too-many-sessions',
      ],
      session: 'begins',
    },
    async ({ body, address, session, cause, header, orThrow, refusal }) => {
      const begin = performance.now();
      const attempt = { email: body.email, address };
      const guess = orThrow(await ctx.signInLimits.guess(attempt, () => findOwner(ctx, body, address)));
      const owner = guess.found;
      if (!owner) {
        await ctx.untilNextStep(begin);
        throw refusal('invalid-credentials');
      }

      // The decision checks the hash again: the password or the account may have changed since the check.
      const own = beginSession(randomUUID(), header('user-agent') ?? '', ctx.now());
      const signIn = {
        session: own,
        limits: ctx.sessionLimits,
        isNewNetwork: !guess.isKnown,
        needsVerifiedEmail: ctx.config.REQUIRE_VERIFIED_EMAIL,
      };
      const decision = await ctx.users.changeAccount(
        owner.id,
        (user) => addSession(user, owner.passwordHash, signIn),
        cause,
      );
      if (decision.outcome === 'refused' && decision.code === 'email-not-verified')
        await sendVerification(ctx, owner, address, cause);
      const account = orThrow(decision);
      await ctx.revokedSessions.add(account.ended ?? []);
      // After the write that announces a new network: a crash between them announces it once more.
      await ctx.signInLimits.trust(attempt);

      const user = viewUser(account);
      const token = issueToken({ ...user, sid: own.sid, issuedAt: own.startedAt }, ctx.keys);
      return ok(startedSessionView(session, user, token, body.token));
    },
  );
}

async function findOwner(ctx: AuthContext, { email, password }: z.infer<typeof Body>, address: string) {
  const source = { use: 'sign-in', network: networkOf(address), account: email } as const;
  const user = await ctx.users.findByEmail(email);
  const matches = await ctx.passwords.verify(user?.passwordHash, password, source);
  return matches ? user : undefined;
}
