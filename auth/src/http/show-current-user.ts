import { handle, ok, optional } from '@ticketing/common/http';
import { z } from 'zod';
import { UserView, viewUser } from './user-view.js';

const CurrentUser = z.object({ currentUser: UserView.nullable() });

// GET /api/users/currentuser: the signed-in user, or null. The session token is enough; no account is read.
export function showCurrentUser() {
  return handle(
    {
      name: 'showCurrentUser',
      summary: 'Shows the signed-in user, or null.',
      user: optional,
      answers: { 200: CurrentUser },
    },
    async ({ user }) => ok({ currentUser: user ? viewUser(user) : null }),
  );
}
