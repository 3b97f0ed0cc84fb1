import { randomUUID } from 'node:crypto';
import { orThrow } from '@ticketing/common/decision';
import { anyone, created, handle, issueToken } from '@ticketing/common/http';
import { z } from 'zod';
import type { AuthContext } from '../context.js';
import { beginSession, register } from '../domain/user.js';
import { NewPassword } from '../new-password.js';
import { Email, UserView, viewUser } from './user-view.js';

const Body = z.object({ email: Email, password: NewPassword });

// POST /api/users/signup: opens an account and signs its owner in.
export function signUp(ctx: AuthContext) {
  return handle(
    {
      name: 'signUp',
      summary: 'Opens an account and signs its owner in.',
      user: anyone,
      body: Body,
      answers: { 201: UserView },
      refusals: ['email-in-use'],
      session: 'begins',
    },
    async ({ body, cause, session, address, header }) => {
      const { email, password } = body;
      const applicant = { id: ctx.newId(), email, passwordHash: await ctx.passwords.hash(password) };
      const own = beginSession(randomUUID(), header('user-agent') ?? '', ctx.now());

      // Two may both have found the address free. The unique index lets one in; the other looks again.
      const decision = await ctx.users.create(
        async () => register(applicant, await ctx.users.findByEmail(email), own),
        cause,
      );
      orThrow(decision);
      const user = viewUser(applicant);

      await ctx.signInLimits.welcome({ email, address });
      session.start(issueToken({ ...user, sid: own.sid, issuedAt: own.startedAt }, ctx.keys));
      return created(user);
    },
  );
}
