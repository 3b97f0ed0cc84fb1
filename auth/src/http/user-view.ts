import { Role } from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import { z } from 'zod';

/** A user as the API and the session token show it. */
export const UserView = z
  .object({
    id: Id,
    email: z.string(),
    role: Role.optional().describe('What the user may do beyond buying and selling.'),
  })
  .meta({ id: 'User' });

export function viewUser({ id, email, role }: z.infer<typeof UserView>): z.infer<typeof UserView> {
  return { id, email, ...(role && { role }) };
}

// As `z.regexes.email`, and with letters beyond ASCII (https://www.rfc-editor.org/rfc/rfc6531). The published pattern avoids
// properties such as \p{L}, which not every language knows; `readable` excludes what is no letter, mark or digit.
const beyondAscii = '[^ -~]';
const label = `([A-Za-z0-9]|${beyondAscii})([A-Za-z0-9-]|${beyondAscii})*`;
const name = `([A-Za-z0-9_'+.-]|${beyondAscii})*([A-Za-z0-9_+-]|${beyondAscii})`;
const pattern = new RegExp(
  String.raw`^(?!\.)(?!.*\.\.)${name}@(${label}\.)+([A-Za-z]|${beyondAscii}){2,}$`,
  'u',
);
const readable = /^((?!\p{Default_Ignorable_Code_Point})[!-~\p{L}\p{M}\p{N}])*$/u;

// Spellings that a person takes for another address: signs that only differ in width or style, and letters of alphabets
// that look alike within one name (https://www.unicode.org/reports/tr39/).
const isPlain = (email: string): boolean => email.normalize('NFKC') === email;
const mixesAlphabets = (part: string): boolean =>
  /\p{Script=Latin}/u.test(part) && /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}]/u.test(part);
const isUnmistakable = (email: string): boolean =>
  isPlain(email) && !email.split(/[@.]/).some(mixesAlphabets);

/** An e-mail address, normalised as it is stored and looked up. */
export const Email = z
  .string()
  .normalize('NFC')
  .trim()
  .toLowerCase()
  .max(254)
  .pipe(z.email({ pattern }))
  .refine((email) => readable.test(email), 'must have letters, digits and common signs only')
  .refine(isUnmistakable, 'must not mix alphabets or have letters of another width or style')
  // https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1.1
  .refine((email) => email.indexOf('@') <= 64, 'must have at most 64 characters before the @')
  .meta({ format: 'email', pattern: pattern.source });
