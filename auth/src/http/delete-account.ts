import { orThrow } from '@ticketing/common/decision';
import { handle, noContent, required } from '@ticketing/common/http';
import { text } from '@ticketing/common/text';
import { z } from 'zod';
import type { AuthContext } from '../context.js';
import { remove } from '../domain/user.js';
import { confirmOwner } from '../owner.js';

const Body = z.object({ password: text(1, 128) });

// DELETE /api/users: forgets the person and ends their sessions. Orders and tickets hear of it and give back what is open.
export function deleteAccount(ctx: AuthContext) {
  return handle(
    {
      name: 'deleteAccount',
      summary: 'Deletes the caller’s account: open orders are cancelled, listings withdrawn.',
      user: required,
      body: Body,
      answers: { 204: z.undefined() },
      refusals: ['wrong-password', 'too-many-attempts'],
      session: 'ends',
    },
    async ({ user, body, address, session, cause }) => {
      const { owner } = await confirmOwner(ctx, { user, password: body.password, address });

      const gone = orThrow(
        await ctx.users.change(user.id, (account) => remove(account, owner, ctx.now()), cause),
      );
      await ctx.revokedSessions.add(gone.ended ?? []);

      session.end();
      return noContent();
    },
  );
}
