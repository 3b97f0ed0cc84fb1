import { handle, ok, required } from '@ticketing/common/http';
import { setUnwanted } from '../domain/person.js';
import type { NotificationsContext } from '../store.js';
import { Preferences, unwantedIn, viewPreferences } from './preferences-view.js';

// PUT /api/notifications/preferences: also holds for mails that have not left yet.
export function setPreferences(ctx: NotificationsContext) {
  return handle(
    {
      name: 'setNotificationPreferences',
      summary: 'Sets which mails the user gets.',
      user: required,
      body: Preferences,
      answers: { 200: Preferences },
    },
    async ({ body, user, cause, orThrow }) => {
      const unwanted = unwantedIn(body);

      const decision = await ctx.people.changeOrCreate(
        user.id,
        (person) => setUnwanted(person, user.id, unwanted),
        cause,
      );

      return ok(viewPreferences(orThrow(decision)));
    },
  );
}
