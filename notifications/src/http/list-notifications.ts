import { handle, nextPage, ok, pageQuery, required } from '@ticketing/common/http';
import { z } from 'zod';
import { maxUnread } from '../notices.js';
import type { NotificationsContext } from '../store.js';
import { recipientOf } from '../write-mail.js';
import { EntryView, viewEntry } from './entry-view.js';

const Query = z.strictObject(pageQuery);
const Answer = z.object({
  unread: z
    .int()
    .min(0)
    .max(maxUnread)
    .meta({ description: 'The number of unread ones, counted up to 100.' }),
  notifications: z.array(EntryView),
});

// GET /api/notifications: the notifications of the user, newest first.
export function listNotifications(ctx: NotificationsContext) {
  return handle(
    {
      name: 'listNotifications',
      summary: 'Lists the user’s notifications, newest first, one page at a time.',
      user: required,
      query: Query,
      answers: { 200: Answer },
    },
    async ({ query: { limit, cursor }, user }) => {
      const [entries, unread, person] = await Promise.all([
        ctx.notices.findFeed(user.id, limit, cursor),
        ctx.notices.countUnread(user.id),
        ctx.people.find(user.id),
      ]);

      const notifications = entries.map((entry) => viewEntry(entry, recipientOf(person)));
      return ok({ unread, notifications }, nextPage('/api/notifications', {}, notifications, limit));
    },
  );
}
