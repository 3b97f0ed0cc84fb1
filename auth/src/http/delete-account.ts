import { handle, noContent, required } from '@ticketing/common/http';
import { text } from '@ticketing/common/text';
import { z } from 'zod';
import type { AuthContext } from '../store.js';
import { remove } from '../domain/user.js';
import { verifyOwnerPassword } from '../owner.js';

const Body = z.strictObject({
  password: text(1, 128),
  acceptLossOfTickets: z
    .boolean()
    .optional()
    .describe('Required for an account with paid tickets: nobody can use them after the deletion.'),
});

// DELETE /api/users: deletes the account and ends its sessions. Other services react to user:deleted: open orders are
// cancelled and listings are withdrawn. Paid orders stay, but nobody can show their tickets any more.
export function deleteAccount(ctx: AuthContext) {
  return handle(
    {
      name: 'deleteAccount',
      summary: 'Deletes the user’s account, cancels its open orders and withdraws its tickets.',
      user: required,
      body: Body,
      answers: { 204: z.undefined() },
      refusals: ['wrong-password', 'account-blocked', 'too-many-attempts', 'has-paid-tickets'],
      session: 'ends',
    },
    async ({ user, body, address, session, cause, orThrow }) => {
      const { owner } = orThrow(await verifyOwnerPassword(ctx, { user, password: body.password, address }));
      const paid = (await ctx.paidOrders.findIdsOf(user.id)).length;

      const tickets = { paid, isLossAccepted: body.acceptLossOfTickets === true };
      const deleted = orThrow(
        await ctx.users.change(user.id, (account) => remove(account, owner, tickets, ctx.now()), cause),
      );
      await ctx.revokedSessions.add(deleted.ended ?? []);

      session.end();
      return noContent();
    },
  );
}
