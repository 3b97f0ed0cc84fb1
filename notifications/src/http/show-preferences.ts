import { handle, ok, required } from '@ticketing/common/http';
import type { NotificationsContext } from '../store.js';
import { Preferences, viewPreferences } from './preferences-view.js';

// GET /api/notifications/preferences
export function showPreferences(ctx: NotificationsContext) {
  return handle(
    {
      name: 'showNotificationPreferences',
      summary: 'Shows which mails the user gets. Mails about money or the account cannot be turned off.',
      user: required,
      answers: { 200: Preferences },
    },
    async ({ user }) => ok(viewPreferences((await ctx.people.find(user.id)) ?? {})),
  );
}
