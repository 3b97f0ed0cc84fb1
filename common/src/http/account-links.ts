// Tokens of the links in mails about an account: `<link id>.<signature>`. auth stores the id and publishes it; only a
// service with ACCOUNT_LINK_KEY can make the signature. A reader of the bus or of a backup therefore holds no token.

import { createHmac, timingSafeEqual } from 'node:crypto';
import type { LinkPurpose } from '../events/users.js';

/** A link of auth, or one of notifications that turns off a kind of mail. */
type Purpose = LinkPurpose | 'unsubscribe';

/** A link: its id, and the only thing that its token may be used for. */
export type AccountLink = Readonly<{ id: string; purpose: Purpose }>;

/**
 * The token of a link, for its mail.
 * @param key ACCOUNT_LINK_KEY
 */
export const issueLinkToken = (key: string, link: AccountLink): string =>
  `${link.id}.${sign(key, link).toString('base64url')}`;

/**
 * The id in a token; undefined if the token is malformed, has another purpose or was signed by another key. The caller
 * checks that the link exists and has not expired. Takes the same time for every signature of the right length.
 * @param key ACCOUNT_LINK_KEY
 */
export function readLinkToken(key: string, purpose: Purpose, token: string): string | undefined {
  const dot = token.lastIndexOf('.');
  const id = token.slice(0, dot);
  // The signature is compared as text: decoding accepts several spellings of it.
  const given = Buffer.from(token.slice(dot + 1));
  const expected = Buffer.from(sign(key, { id, purpose }).toString('base64url'));
  return dot > 0 && given.length === expected.length && timingSafeEqual(given, expected) ? id : undefined;
}

// A purpose contains no slash, so no two links sign the same text.
const sign = (key: string, { id, purpose }: AccountLink): Buffer =>
  createHmac('sha256', key).update(`${purpose}/${id}`).digest();
