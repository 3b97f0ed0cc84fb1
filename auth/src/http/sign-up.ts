import { randomUUID } from 'node:crypto';
import { anyone, created, handle, issueToken, networkOf } from '@ticketing/common/http';
import { z } from 'zod';
import type { AuthContext } from '../store.js';
import { beginSession } from '../domain/sessions.js';
import { register } from '../domain/user.js';
import { isOwnAddress, NewPassword, notOwnAddress } from '../new-password.js';
import { startedSessionView, SessionView, Token } from '../started-session.js';
import { Email, viewUser } from './user-view.js';

const Body = z
  .strictObject({ email: Email, password: NewPassword, token: Token })
  .refine(({ email, password }) => !isOwnAddress(password, email), {
    path: ['password'],
    message: notOwnAddress,
  });

// POST /api/users/signup: creates an account, signs its owner in, and asks for a mail that verifies the address. With
// REQUIRE_VERIFIED_EMAIL no session begins.
export function signUp(ctx: AuthContext) {
  return handle(
    {
      name: 'signUp',
      summary: 'Creates an account and signs its owner in.',
      user: anyone,
      body: Body,
      answers: { 201: SessionView },
      refusals: ['email-in-use'],
      session: 'begins',
    },
    async ({ body, cause, session, address, header, orThrow }) => {
      const { email, password } = body;
      const source = { use: 'sign-up', network: networkOf(address), account: email } as const;
      const applicant = { id: ctx.newId(), email, passwordHash: await ctx.passwords.hash(password, source) };
      const own = ctx.config.REQUIRE_VERIFIED_EMAIL
        ? undefined
        : beginSession(randomUUID(), header('user-agent') ?? '', ctx.now());
      const verification = { id: ctx.links.newId(applicant.id), purpose: 'verify-email', email } as const;

      // Two requests may both find the address free. The unique index accepts one; the other decides again.
      const decision = await ctx.users.create(async () => {
        const holder = await ctx.users.findByEmail(email);
        // Sign-ups must not fill the inboxes of others, also if the account is deleted and made again.
        const mayMail = !holder && (await ctx.mailLimits.maySendAtSignUp({ to: email, address }));
        const first = { session: own, link: mayMail ? verification : undefined };
        return register(applicant, holder, first, ctx.now());
      }, cause);
      orThrow(decision);
      const user = viewUser(applicant);

      await ctx.signInLimits.trust({ email, address });
      if (!own) return created(user);
      const token = issueToken({ ...user, sid: own.sid, issuedAt: own.startedAt }, ctx.keys);
      return created(startedSessionView(session, user, token, body.token));
    },
  );
}
