// A session begins with a cookie for a browser, or with a bearer token for a program that asks for one.

import { z } from 'zod';
import { UserView } from './http/user-view.js';

/** The optional field of a body that begins a session. */
export const Token = z
  .boolean()
  .optional()
  .meta({
    description: 'With `true` the answer has the `token` of the session, and no cookie is set.',
    examples: [true],
  });

export const SessionView = z
  .object({
    ...UserView.shape,
    token: z
      .string()
      .optional()
      .meta({
        description:
          'The token of the session, to be sent as `Authorization: Bearer`. Present if it was asked for and a session began.',
        examples: ['eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiI2NTY1In0.c2lnbmF0dXJl'],
      }),
  })
  .meta({ id: 'StartedSession' });

type View = z.infer<typeof SessionView>;

/** Hands the session over, once. A token never appears beside a cookie. */
export function startedSessionView(
  session: Readonly<{ start(token: string): void }>,
  user: z.infer<typeof UserView>,
  token: string,
  asked: boolean | undefined,
): View {
  if (asked === true) return { ...user, token };
  session.start(token);
  return user;
}
