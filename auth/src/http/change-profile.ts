import { handle, ok, required } from '@ticketing/common/http';
import { z } from 'zod';
import { changeProfile as change } from '../domain/profile.js';
import type { AuthContext } from '../store.js';
import { ProfileFields, ProfileView, viewProfile } from './profile-view.js';

const Body = z.strictObject(ProfileFields);

// PUT /api/users/profile: replaces name, language and time zone. A field that is left out is removed.
export function changeProfile(ctx: AuthContext) {
  return handle(
    {
      name: 'changeProfile',
      summary: 'Replaces the user’s name, language and time zone. A field that is left out is removed.',
      user: required,
      body: Body,
      answers: { 200: ProfileView },
      refusals: ['not-found'],
    },
    async ({ user, body, cause, orThrow }) => {
      const account = orThrow(
        await ctx.users.changeAccount(user.id, (current) => change(current, body), cause),
      );

      return ok(viewProfile(account));
    },
  );
}
