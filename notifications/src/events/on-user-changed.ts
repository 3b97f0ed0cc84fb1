import type { Incoming, UserCreated, UserUpdated } from '@ticketing/common/events';
import { replicate } from '../domain/person.js';
import type { NotificationsContext } from '../store.js';

// on user:created, user:updated: keeps the profile. Mails that wait for the address leave with their next try.
export function recordPerson(ctx: NotificationsContext) {
  return ({ data, cause }: Incoming<typeof UserCreated | typeof UserUpdated>) => {
    const { id, version, email, name, locale, timeZone } = data;
    const received = { id, version, email, name, locale, timeZone };
    return ctx.people.insertOrChange(id, (person) => replicate(person, received), cause);
  };
}
