import { handle, noContent, required } from '@ticketing/common/http';
import { text } from '@ticketing/common/text';
import { z } from 'zod';
import type { AuthContext } from '../store.js';
import { remove } from '../domain/user.js';
import { confirmOwner } from '../owner.js';

const Body = z.strictObject({ password: text(1, 128) });

// DELETE /api/users: deletes the account and ends its sessions. Other services react to user:deleted: open orders are
// cancelled and tickets are withdrawn.
export function deleteAccount(ctx: AuthContext) {
  return handle(
    {
      name: 'deleteAccount',
      summary: 'Deletes the user’s account, cancels its open orders and withdraws its tickets.',
      user: required,
      body: Body,
      answers: { 204: z.undefined() },
      refusals: ['wrong-password', 'too-many-attempts'],
      session: 'ends',
    },
    async ({ user, body, address, session, cause, orThrow }) => {
      const { owner } = orThrow(await confirmOwner(ctx, { user, password: body.password, address }));

      const deleted = orThrow(
        await ctx.users.change(user.id, (account) => remove(account, owner, ctx.now()), cause),
      );
      await ctx.revokedSessions.add(deleted.ended ?? []);

      session.end();
      return noContent();
    },
  );
}
