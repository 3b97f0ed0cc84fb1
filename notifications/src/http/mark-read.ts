import { handle, ok, required } from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import { z } from 'zod';
import { maxUnread } from '../notices.js';
import type { NotificationsContext } from '../store.js';

const Body = z
  .strictObject({
    ids: z.array(Id).min(1).max(100).optional(),
    upTo: Id.optional().meta({ description: 'Marks this notification and all older ones.' }),
  })
  .refine(({ ids, upTo }) => (ids === undefined) !== (upTo === undefined), 'must have either ids or upTo');
const Answer = z.object({ unread: z.int().min(0).max(maxUnread) }).meta({ id: 'UnreadCount' });

// POST /api/notifications/read: marks some of the user's notifications as read. Ids of others change nothing.
export function markRead(ctx: NotificationsContext) {
  return handle(
    {
      name: 'markNotificationsRead',
      summary: 'Marks some of the user’s notifications as read, or all up to one.',
      user: required,
      body: Body,
      answers: { 200: Answer },
    },
    async ({ body: { ids = [], upTo }, user }) => {
      await ctx.notices.markRead(user.id, upTo === undefined ? { ids } : { upTo });

      return ok({ unread: await ctx.notices.countUnread(user.id) });
    },
  );
}
