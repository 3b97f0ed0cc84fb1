// The token by which people turn off a kind of mail without signing in. It never expires and does nothing else.

import { issueLinkToken, readLinkToken } from '@ticketing/common/http';
import { isOptional, type OptionalKind } from './domain/person.js';

type Config = Readonly<{ ACCOUNT_LINK_KEY: string }>;

export const unsubscribeToken = (
  { ACCOUNT_LINK_KEY: key }: Config,
  userId: string,
  kind: OptionalKind,
): string => issueLinkToken(key, { id: `${userId}-${kind}`, purpose: 'unsubscribe' });

/** Whose mails of which kind the token turns off; undefined for any text that is no token of ours. */
export function readUnsubscribeToken(
  { ACCOUNT_LINK_KEY: key }: Config,
  token: string,
): Readonly<{ userId: string; kind: OptionalKind }> | undefined {
  const id = readLinkToken(key, 'unsubscribe', token) ?? '';
  const [, userId = '', kind = ''] = /^([0-9a-f]{24})-([a-z-]+)$/.exec(id) ?? [];
  return isOptional(kind) ? { userId, kind } : undefined;
}
