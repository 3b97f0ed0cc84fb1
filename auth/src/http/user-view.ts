import { Id } from '@ticketing/common/id';
import { z } from 'zod';

/** A user as the API and the session token show it. */
export const UserView = z.object({ id: Id, email: z.string() }).meta({ id: 'User' });

export function viewUser({ id, email }: z.infer<typeof UserView>): z.infer<typeof UserView> {
  return { id, email };
}

/** An e-mail address, normalised as it is stored and looked up. */
export const Email = z
  .string()
  .trim()
  .toLowerCase()
  .max(254)
  .pipe(z.email())
  // https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1.1
  .refine((email) => email.indexOf('@') <= 64, 'must have at most 64 characters before the @')
  .meta({ format: 'email', pattern: z.regexes.email.source });
