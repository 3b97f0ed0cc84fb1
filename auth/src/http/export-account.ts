import { handle, ok, required, Role } from '@ticketing/common/http';
import { LinkPurpose } from '@ticketing/common/events';
import { Id } from '@ticketing/common/id';
import { z } from 'zod';
import type { AuthContext } from '../store.js';
import { unexpiredSessions } from '../domain/sessions.js';
import type { Link } from '../domain/account.js';
import { unexpiredLinks } from '../domain/links.js';
import { ProfileView, viewProfile } from './profile-view.js';
import { EndedView, SessionView, viewSession } from './session-view.js';

const Time = z.iso.datetime().meta({ examples: ['2026-06-01T12:00:00.000Z'] });

const AccountExport = z
  .object({
    account: z.object({
      id: Id,
      email: z.string(),
      createdAt: Time,
      passwordChangedAt: Time.optional(),
      role: Role.optional(),
    }),
    profile: ProfileView,
    links: z
      .array(
        z.object({
          purpose: LinkPurpose,
          email: z.string(),
          newEmail: z.string().optional(),
          expiresAt: Time,
        }),
      )
      .describe('The links in mails that have not expired, without their tokens.'),
    newNetwork: z
      .object({ at: Time, device: z.string().meta({ examples: ['Mozilla/5.0 (X11; Linux x86_64)'] }) })
      .optional()
      .describe('The last sign-in from a network that was new to the account.'),
    sessions: z.array(SessionView),
    endedSessions: z.array(EndedView),
    paidOrders: z
      .array(Id)
      .describe('The user’s paid orders, whose tickets a deletion of the account would lose.'),
    elsewhere: z
      .record(z.string(), z.string())
      .describe('Requests that show the user’s data in the other services, with the same session.'),
  })
  .meta({ id: 'AccountExport' });

// GET /api/users/export: everything that auth stores about the user except the password hash, and where to find the rest.
export function exportAccount(ctx: AuthContext) {
  return handle(
    {
      name: 'exportAccount',
      summary: 'Exports everything that is stored about the user.',
      user: required,
      answers: { 200: AccountExport },
    },
    async ({ user }) => {
      const account = await ctx.users.getAccount(user.id);
      const { sessions, ended } = unexpiredSessions(account, ctx.now());

      const { id, email, role, passwordChange, newNetwork } = account;
      const body = {
        account: {
          ...{ id, email, createdAt: createdAt(id).toISOString() },
          ...(role && { role }),
          ...(passwordChange && { passwordChangedAt: passwordChange.at.toISOString() }),
        },
        profile: viewProfile(account),
        links: unexpiredLinks(account, ctx.now()).map(viewLink),
        ...(newNetwork && { newNetwork: { at: newNetwork.at.toISOString(), device: newNetwork.device } }),
        sessions: sessions.map((session) => viewSession(session, user.sid)),
        endedSessions: ended.map(({ sid, expiresAt }) => ({ id: sid, expiresAt: expiresAt.toISOString() })),
        paidOrders: await ctx.paidOrders.findIdsOf(id),
        elsewhere: elsewhere(id),
      };
      return ok(body, { 'Content-Disposition': 'attachment; filename="account.json"' });
    },
  );
}

function viewLink({ purpose, email, newEmail, expiresAt }: Link) {
  return { purpose, email, ...(newEmail !== undefined && { newEmail }), expiresAt: expiresAt.toISOString() };
}

// An id begins with the second of its creation.
const createdAt = (id: string) => new Date(Number.parseInt(id.slice(0, 8), 16) * 1_000);

const elsewhere = (id: string) => ({
  'orders that are open': '/api/orders?status=created',
  'orders that are paid': '/api/orders?status=complete',
  'orders that were cancelled': '/api/orders?status=cancelled',
  'orders that were refunded': '/api/orders?status=refunded',
  'payment of an order': '/api/payments/{orderId}',
  tickets: `/api/tickets?seller=${id}`,
  sales: '/api/orders/sales',
  'notifications of the last 90 days': '/api/notifications',
  'which mails are wanted': '/api/notifications/preferences',
});
