import { randomUUID } from 'node:crypto';
import { InvalidInput } from '@ticketing/common/errors';
import { handle, issueToken, networkOf, ok, problemWith, required } from '@ticketing/common/http';
import { text } from '@ticketing/common/text';
import { z } from 'zod';
import type { AuthContext } from '../store.js';
import { changePassword as change } from '../domain/password.js';
import { beginSession } from '../domain/sessions.js';
import { isOwnAddress, NewPassword, notOwnAddress } from '../new-password.js';
import { verifyOwnerPassword } from '../owner.js';
import { startedSessionView, SessionView, Token } from '../started-session.js';
import { viewUser } from './user-view.js';

const Body = z.strictObject({ password: text(1, 128), newPassword: NewPassword, token: Token });

// POST /api/users/password: sets a new password and ends every session; the answer begins a new one.
export function changePassword(ctx: AuthContext) {
  return handle(
    {
      name: 'changePassword',
      summary: 'Sets a new password and ends every earlier session. The answer begins a new session.',
      user: required,
      body: Body,
      answers: { 200: SessionView },
      refusals: ['wrong-password', 'account-blocked', 'too-many-attempts', 'too-many-sessions'],
      session: 'begins',
    },
    async ({ user, body, address, session, cause, header, orThrow }) => {
      if (isOwnAddress(body.newPassword, user.email))
        throw new InvalidInput([problemWith('newPassword', notOwnAddress)]);
      const { account, owner } = orThrow(
        await verifyOwnerPassword(ctx, { user, password: body.password, address }),
      );
      const source = { use: 'sign-in', network: networkOf(address), account: account.email } as const;
      const passwordHash = await ctx.passwords.hash(body.newPassword, source);

      const own = beginSession(randomUUID(), header('user-agent') ?? '', ctx.now());
      const changed = orThrow(
        await ctx.users.changeAccount(
          user.id,
          (current) => change(current, owner, passwordHash, own, ctx.sessionLimits),
          cause,
        ),
      );
      await ctx.revokedSessions.add(changed.ended ?? []);

      const view = viewUser(changed);
      const token = issueToken({ ...view, sid: own.sid, issuedAt: own.startedAt }, ctx.keys);
      return ok(startedSessionView(session, view, token, body.token));
    },
  );
}
