// The rule for new passwords: a minimum length and a blocklist of what is tried first. No composition rules.
// https://pages.nist.gov/800-63-4/sp800-63b.html#passwordver

import { text } from '@ticketing/common/text';
import { dictionary } from '@zxcvbn-ts/language-common';

const shortest = 8;
const longest = 128;

// Words specific to this site, also when digits and signs surround them (docs/security.md, V6.1.2).
const siteWords = new Set(['ticket', 'tickets', 'ticketing', 'ticketingdev', 'password', 'passwort']);
const commonPasswords = new Set(
  (dictionary['passwords-common'] ?? []).map(String).filter(({ length }) => length >= shortest),
);

/** Is the password on the blocklist, or one character repeated? Case and composition do not matter here. */
export function isTriedFirst(password: string): boolean {
  const plain = password.normalize('NFC').toLowerCase();
  if (new Set(plain).size === 1) return true;
  return commonPasswords.has(plain) || siteWords.has(plain.replaceAll(/[^\p{L}]/gu, ''));
}

export const NewPassword = text(shortest, longest).refine(
  (password) => !isTriedFirst(password),
  'is too common: choose another password',
);

/** Is the password the owner's e-mail address, or the part before its @? Case and surrounding white space do not matter. */
export function isOwnAddress(password: string, email: string): boolean {
  return [email, email.slice(0, email.lastIndexOf('@'))].includes(
    password.normalize('NFC').trim().toLowerCase(),
  );
}

export const notOwnAddress = 'must not be your e-mail address';
