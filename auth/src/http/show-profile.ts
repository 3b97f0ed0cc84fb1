import { handle, ok, required } from '@ticketing/common/http';
import type { AuthContext } from '../store.js';
import { ProfileView, viewProfile } from './profile-view.js';

// GET /api/users/profile: the user’s own profile.
export function showProfile(ctx: AuthContext) {
  return handle(
    {
      name: 'showProfile',
      summary: 'Shows the user’s profile.',
      user: required,
      answers: { 200: ProfileView },
    },
    async ({ user }) => ok(viewProfile(await ctx.users.getAccount(user.id))),
  );
}
