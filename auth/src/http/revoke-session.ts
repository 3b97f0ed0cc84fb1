import { orThrow } from '@ticketing/common/decision';
import { handle, noContent, required } from '@ticketing/common/http';
import { z } from 'zod';
import type { AuthContext } from '../context.js';
import { endSession } from '../domain/user.js';
import { SessionId } from './session-view.js';

const Params = z.object({ sessionId: SessionId });

// DELETE /api/users/sessions/:sessionId: ends one of the caller's sessions, on whatever device. Those of others are unknown.
export function revokeSession(ctx: AuthContext) {
  return handle(
    {
      name: 'revokeSession',
      summary: 'Ends one of the caller’s sessions, in every service; repeating it is harmless.',
      user: required,
      params: Params,
      answers: { 204: z.undefined() },
    },
    async ({ user, params, cause }) => {
      await ctx.users.getAccount(user.id);

      const account = orThrow(
        await ctx.users.change(user.id, (known) => endSession(known, params.sessionId, ctx.now()), cause),
      );
      await ctx.revokedSessions.add(account.ended ?? []);

      return noContent();
    },
  );
}
