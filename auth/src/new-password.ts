// What may be chosen as a password: anything long enough that is not what everybody tries first. No composition rules.
// https://pages.nist.gov/800-63-4/sp800-63b.html#passwordver

import { text } from '@ticketing/common/text';
import { dictionary } from '@zxcvbn-ts/language-common';

const shortest = 8;
const longest = 128;

// What somebody thinks of who is asked for a password here; with digits and signs around them too (docs/security.md, V6.1.2).
const wordsOfThisPlace = new Set(['ticket', 'tickets', 'ticketing', 'ticketingdev', 'password', 'passwort']);
const common = new Set(
  (dictionary['passwords-common'] ?? []).map(String).filter(({ length }) => length >= shortest),
);

/** Is it among the passwords that are tried first, whatever its case? */
export function isTriedFirst(password: string): boolean {
  const plain = password.toLowerCase();
  return common.has(plain) || wordsOfThisPlace.has(plain.replaceAll(/[^\p{L}]/gu, ''));
}

export const NewPassword = text(shortest, longest).refine(
  (password) => !isTriedFirst(password),
  'is one of the passwords that are tried first: choose another',
);
