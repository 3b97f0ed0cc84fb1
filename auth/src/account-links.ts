// The links in mails about accounts. The id of a link begins with the id of its user, so a link needs no index.

import { randomUUID } from 'node:crypto';
import type { LinkPurpose } from '@ticketing/common/events';
import { readLinkToken } from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import { text } from '@ticketing/common/text';
import type { Config } from './config.js';
import type { Account, User } from './domain/account.js';

/** The token of a link, as the page of the link sends it. In a body, because servers and proxies log the paths of requests. */
export const LinkToken = text(1, 300).meta({
  examples: [
    '656565656565656565656502-1b4e28ba-2fa1-4d2c-883f-0016d3cca427.ZKNVCrwX6yZ3GJ0c1CwUNqXQbwvhJ4Q1jYk0oYfYk4E',
  ],
});

type Users = Readonly<{ find(id: string): Promise<User | undefined> }>;

/** A link that a token names. It may have been used or have expired: the decision about it checks that. */
export type NamedLink<P extends LinkPurpose> = Readonly<{ id: string; purpose: P; account: Account }>;

export function openAccountLinks(users: Users, { ACCOUNT_LINK_KEY }: Pick<Config, 'ACCOUNT_LINK_KEY'>) {
  return {
    newId: (userId: string): string => `${userId}-${randomUUID()}`,

    /** The link of a token that was made for one of these purposes; undefined for any other token. */
    async find<P extends LinkPurpose>(
      token: string,
      purposes: readonly P[],
    ): Promise<NamedLink<P> | undefined> {
      for (const purpose of purposes) {
        const id = readLinkToken(ACCOUNT_LINK_KEY, purpose, token);
        const userId = Id.safeParse(id?.split('-', 1)[0]);
        const account = userId.success ? await users.find(userId.data) : undefined;
        if (id !== undefined && account && account.status !== 'deleted') return { id, purpose, account };
      }
      return undefined;
    },
  };
}
