import { handle, ok, optional } from '@ticketing/common/http';
import { z } from 'zod';
import type { AuthContext } from '../store.js';
import { signOut as end } from '../domain/sessions.js';
import { sessionOf } from '../owner.js';

// POST /api/users/signout: ends the session of the request in every service. Without a session nothing happens. If the store
// is down, the answer is 503 and the cookie stays, so that the browser can try again.
export function signOut(ctx: AuthContext) {
  return handle(
    {
      name: 'signOut',
      summary: 'Ends the session in every service.',
      user: optional,
      answers: { 200: z.object({}) },
      session: 'ends',
    },
    async ({ user, session, cause, orThrow }) => {
      if (user && (await ctx.users.find(user.id))) {
        const own = sessionOf(user);
        orThrow(await ctx.users.change(user.id, (account) => end(account, own, ctx.now()), cause));
        await ctx.revokedSessions.add([own]);
      }

      session.end();
      return ok({});
    },
  );
}
