import { anyone, handle, ok } from '@ticketing/common';
import { z } from 'zod';

// POST /api/users/signout: ends the session of this browser.
export function signOut() {
  return handle(
    {
      name: 'signOut',
      summary: 'Ends the session of this browser.',
      user: anyone,
      answers: { 200: z.object({}) },
      session: 'ends',
    },
    async ({ session }) => {
      session.end();

      return ok({});
    },
  );
}
