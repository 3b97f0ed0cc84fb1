import { handle, ok, required } from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import { z } from 'zod';
import type { AuthContext } from '../store.js';
import { known } from '../domain/user.js';
import { EndedView, SessionView, viewSession } from './session-view.js';

const AccountExport = z
  .object({
    account: z.object({
      id: Id,
      email: z.string(),
      createdAt: z.iso.datetime().meta({ examples: ['2026-06-01T12:00:00.000Z'] }),
    }),
    sessions: z.array(SessionView),
    endedSessions: z.array(EndedView),
    elsewhere: z
      .record(z.string(), z.string())
      .describe('where the other services show what they hold of the caller, with the same session'),
  })
  .meta({ id: 'AccountExport' });

// GET /api/users/export: all that auth holds of who asks, but for the hash of the password, and where to find the rest.
export function exportAccount(ctx: AuthContext) {
  return handle(
    {
      name: 'exportAccount',
      summary: 'Hands out all that is stored of the caller.',
      user: required,
      answers: { 200: AccountExport },
    },
    async ({ user }) => {
      const account = await ctx.users.getAccount(user.id);
      const { sessions, ended } = known(account, ctx.now());

      const { id, email } = account;
      const body = {
        account: { id, email, createdAt: madeAt(id).toISOString() },
        sessions: sessions.map((session) => viewSession(session, user.sid)),
        endedSessions: ended.map(({ sid, expiresAt }) => ({ id: sid, expiresAt: expiresAt.toISOString() })),
        elsewhere: elsewhere(id),
      };
      return ok(body, { 'Content-Disposition': 'attachment; filename="account.json"' });
    },
  );
}

// An id begins with the second in which it was made.
const madeAt = (id: string) => new Date(Number.parseInt(id.slice(0, 8), 16) * 1_000);

const elsewhere = (id: string) => ({
  'orders that are open': '/api/orders?status=created',
  'orders that are paid': '/api/orders?status=complete',
  'orders that were cancelled': '/api/orders?status=cancelled',
  'payment of an order': '/api/payments/{orderId}',
  tickets: `/api/tickets?seller=${id}`,
});
