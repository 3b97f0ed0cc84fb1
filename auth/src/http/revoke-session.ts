import { handle, noContent, required } from '@ticketing/common/http';
import { z } from 'zod';
import type { AuthContext } from '../store.js';
import { endSession } from '../domain/sessions.js';
import { SessionId } from './session-view.js';

const Params = z.object({ sessionId: SessionId });

// DELETE /api/users/sessions/:sessionId: ends one of the user's sessions. Sessions of other users are not found.
export function revokeSession(ctx: AuthContext) {
  return handle(
    {
      name: 'revokeSession',
      summary: 'Ends one of the user’s sessions in every service. Repeating the request is harmless.',
      user: required,
      params: Params,
      answers: { 204: z.undefined() },
      refusals: ['not-found'],
    },
    async ({ user, params, cause, orThrow }) => {
      await ctx.users.getAccount(user.id);

      const account = orThrow(
        await ctx.users.change(user.id, (current) => endSession(current, params.sessionId, ctx.now()), cause),
      );
      await ctx.revokedSessions.add(account.ended ?? []);

      return noContent();
    },
  );
}
