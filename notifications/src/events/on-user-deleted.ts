import type { Incoming, UserDeleted } from '@ticketing/common/events';
import { remove } from '../domain/person.js';
import type { NotificationsContext } from '../store.js';

// on user:deleted: removes the profile, the preferences and all notices. A tombstone stays, which rejects late events. It is
// written first: see `notify` of the context.
export function forgetPerson(ctx: NotificationsContext) {
  return async ({ data: { id, version }, cause }: Incoming<typeof UserDeleted>) => {
    const decision = await ctx.people.changeOrCreate(
      id,
      (person) => remove(person, id, version, ctx.now()),
      cause,
    );

    await ctx.notices.removeOf(id);
    return decision;
  };
}
