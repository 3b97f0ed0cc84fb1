import { anyone, handle, ok } from '@ticketing/common/http';
import { z } from 'zod';
import { optionalKinds, setUnwanted } from '../domain/person.js';
import type { NotificationsContext } from '../store.js';
import { readUnsubscribeToken } from '../unsubscribe-token.js';

const Params = z.object({ token: z.string().max(200) });
const Answer = z.object({
  kind: z.enum(optionalKinds).meta({ description: 'The mails that are turned off.' }),
});

// POST /api/notifications/unsubscribe/:token: turns off the mails of one kind, without a session. Mailboxes send it by
// themselves when their user asks (RFC 8058). The page of the same address sends it, too.
export function unsubscribe(ctx: NotificationsContext) {
  return handle(
    {
      name: 'unsubscribe',
      summary:
        'Turns off the mails that the token of their link names. No session is needed; a repeat is harmless.',
      user: anyone,
      params: Params,
      answers: { 200: Answer },
      refusals: ['link-invalid'],
    },
    async ({ params, cause, refusal }) => {
      const named = readUnsubscribeToken(ctx.config, params.token);
      if (!named) throw refusal('link-invalid');
      const { userId, kind } = named;

      await ctx.people.changeOrCreate(
        userId,
        (person) => setUnwanted(person, userId, [...new Set([...(person?.unwanted ?? []), kind])]),
        cause,
      );

      return ok({ kind });
    },
  );
}
