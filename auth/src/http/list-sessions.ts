import { handle, ok, required } from '@ticketing/common/http';
import { z } from 'zod';
import type { AuthContext } from '../store.js';
import { unexpiredSessions } from '../domain/sessions.js';
import { SessionView, viewSession } from './session-view.js';

// GET /api/users/sessions: the user’s open sessions, newest first.
export function listSessions(ctx: AuthContext) {
  return handle(
    {
      name: 'listSessions',
      summary: 'Lists the user’s open sessions, newest first.',
      user: required,
      answers: { 200: z.array(SessionView) },
    },
    async ({ user }) => {
      const { sessions } = unexpiredSessions(await ctx.users.getAccount(user.id), ctx.now());

      return ok(sessions.map((session) => viewSession(session, user.sid)).toReversed());
    },
  );
}
