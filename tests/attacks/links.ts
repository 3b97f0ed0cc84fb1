// The tokens of links in mails, made as notifications makes them: from the id that auth has stored, by the shared key.

import { issueLinkToken } from '@ticketing/common/http';
import { eventually } from '@ticketing/common/testing';
import { MongoClient } from 'mongodb';
import type { World } from './world.js';

type Purpose = Parameters<typeof issueLinkToken>[1]['purpose'];
type Stored = Readonly<{ _id: string; links?: readonly Readonly<{ id: string; purpose: Purpose }>[] }>;

/** The token of a user's newest link of this purpose. */
export async function linkToken(
  { system, accountLinkKey }: World,
  userId: string,
  purpose: Purpose,
): Promise<string> {
  const runtimeAdapters = { os: require('node:os') } as never;
  const client = new MongoClient(system.serversOf('operator')['MONGO_URI'] ?? '', { runtimeAdapters });
  try {
    const users = client.db('ticketing-auth').collection<Stored>('users');
    const id = await eventually(async () => {
      const user = await users.findOne({ _id: userId });
      const link = user?.links?.findLast((one) => one.purpose === purpose);
      if (!link) throw new Error(`User ${userId} has no link to ${purpose}.`);
      return link.id;
    });
    return issueLinkToken(accountLinkKey, { id, purpose });
  } finally {
    await client.close();
  }
}
