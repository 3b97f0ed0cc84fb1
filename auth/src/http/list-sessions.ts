import { handle, ok, required } from '@ticketing/common/http';
import { z } from 'zod';
import type { AuthContext } from '../store.js';
import { known } from '../domain/user.js';
import { SessionView, viewSession } from './session-view.js';

// GET /api/users/sessions: where somebody is signed in, the last first.
export function listSessions(ctx: AuthContext) {
  return handle(
    {
      name: 'listSessions',
      summary: 'Lists the sessions of the caller that are open.',
      user: required,
      answers: { 200: z.array(SessionView) },
    },
    async ({ user }) => {
      const { sessions } = known(await ctx.users.getAccount(user.id), ctx.now());

      return ok(sessions.map((session) => viewSession(session, user.sid)).toReversed());
    },
  );
}
