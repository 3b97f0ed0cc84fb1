// `sessions: true` adds this to a service: it ends the sessions that auth revokes, and removes its stored messages about
// a deleted account.

import { on, type Subscription } from '../bus/subscription.js';
import type { Incoming } from '../events/event.js';
import { SessionRevoked, UserDeleted } from '../events/users.js';
import type { RevokedSessions } from '../http/revoked-sessions.js';
import { every, type Job } from './jobs.js';

/**
 * The service's subscriptions, and those that revoke sessions before the service handles the same event. `forgetPerson` is
 * called after the service has handled user:deleted.
 */
export function withSessionEvents(
  own: readonly Subscription[],
  revokedSessions: RevokedSessions,
  forgetPerson?: (userId: string) => Promise<void>,
): readonly Subscription[] {
  const types = [SessionRevoked, UserDeleted];
  const handlerOf = (type: string) => own.find(({ event }) => event.type === type)?.handle;

  const ending = types.map((event) =>
    on(event, async (incoming: Incoming<typeof event>) => {
      const { id, sessions } = incoming.data;
      await revokedSessions.add(
        sessions.map(({ sid, expiresAt }) => ({ sid, expiresAt: new Date(expiresAt) })),
      );
      const answer = await handlerOf(event.type)?.(incoming as never);
      if (event.type === UserDeleted.type) await forgetPerson?.(id);
      return answer;
    }),
  );
  return [...ending, ...own.filter(({ event }) => !types.some(({ type }) => type === event.type))];
}

export const refreshSessions = (revokedSessions: RevokedSessions): Job =>
  every(1_000, 'refresh-revoked-sessions', () => revokedSessions.refresh());
