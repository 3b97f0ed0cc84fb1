// What operators do with accounts and find of them.

import { orThrow } from '@ticketing/common/decision';
import { NotFound } from '@ticketing/common/errors';
import { command, type Found } from '@ticketing/common/operator';
import { block, unblock } from './domain/user.js';
import type { AuthContext } from './store.js';

export const blockAccount = command(
  'block-account <account>',
  'ends all sessions of an account and refuses new ones; its e-mail address or id',
  async (ctx: AuthContext, { args: { account }, cause, print }) => {
    const id = await idOf(ctx, account);

    const decision = await ctx.users.change(id, (user) => block(user, ctx.now()), cause);
    await ctx.revokedSessions.add(orThrow(decision).ended ?? []);

    await print(`account ${id} ${decision.outcome === 'already' ? 'was blocked before' : 'is blocked'}`);
  },
);

export const unblockAccount = command(
  'unblock-account <account>',
  'lets the owner of a blocked account sign in again',
  async (ctx: AuthContext, { args: { account }, cause, print }) => {
    const id = await idOf(ctx, account);

    const decision = await ctx.users.change(id, unblock, cause);
    orThrow(decision);

    await print(
      `account ${id} ${decision.outcome === 'already' ? 'was not blocked' : 'is not blocked any more'}`,
    );
  },
);

/** The account with this e-mail address or id. */
export async function* findAccount(ctx: AuthContext, text: string): AsyncGenerator<Found> {
  const user = await ctx.users.findByEmailOrId(text);
  if (!user) return;
  const { id, status = 'active' } = user;
  yield { what: 'account', id, status, related: 'email' in user ? { email: user.email } : {} };
}

async function idOf(ctx: AuthContext, account: string): Promise<string> {
  const user = await ctx.users.findByEmailOrId(account);
  if (!user || user.status === 'deleted') throw new NotFound(`account ${account}`);
  return user.id;
}
