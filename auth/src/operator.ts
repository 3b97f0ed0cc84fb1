// The operator commands on accounts, and their search.

import { orThrow } from '@ticketing/common/decision';
import { NotFound } from '@ticketing/common/errors';
import type { Cause } from '@ticketing/common/observability';
import { command, UsageError, type Found } from '@ticketing/common/operator';
import { grantRole, revokeRole } from './domain/role.js';
import { block, unblock } from './domain/user.js';
import type { AuthContext } from './store.js';

export const blockAccount = command(
  'block-account <account>',
  'ends all sessions of an account and refuses new ones; its e-mail address or id',
  async (ctx: AuthContext, { args: { account }, cause, print }) => {
    const id = await idOf(ctx, account);

    const decision = await ctx.users.change(id, (user) => block(user, ctx.now()), cause);
    await ctx.revokedSessions.add(orThrow(decision).ended ?? []);

    await print(`account ${id} ${decision.outcome === 'already' ? 'is already blocked' : 'is blocked'}`);
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

export const grant = command(
  'grant <account> <role>',
  'gives an account, by its e-mail address or id, the role "operator"; its sessions end',
  async (ctx: AuthContext, { args: { account, role }, cause, print }) => {
    const { id, outcome } = await changeRole(ctx, { account, role, decide: grantRole }, cause);

    await print(
      outcome === 'already' ? `account ${id} is already an operator` : `account ${id} is an operator`,
    );
  },
);

export const revoke = command(
  'revoke <account> <role>',
  'takes the role "operator" from an account; its sessions end',
  async (ctx: AuthContext, { args: { account, role }, cause, print }) => {
    const { id, outcome } = await changeRole(ctx, { account, role, decide: revokeRole }, cause);

    await print(
      outcome === 'already' ? `account ${id} is not an operator` : `account ${id} is no operator any more`,
    );
  },
);

type RoleChange = Readonly<{ account: string; role: string; decide: typeof grantRole }>;

async function changeRole(ctx: AuthContext, { account, role, decide }: RoleChange, cause: Cause) {
  if (role !== 'operator') throw new UsageError(`"${role}" is no role. The only role is operator.`);
  const id = await idOf(ctx, account);

  const decision = await ctx.users.change(id, (user) => decide(user, ctx.now()), cause);
  await ctx.revokedSessions.add(orThrow(decision).ended ?? []);

  return { id, outcome: decision.outcome };
}

/** The account with this e-mail address or id. */
export async function* findAccount(ctx: AuthContext, text: string): AsyncGenerator<Found> {
  const user = await ctx.users.findByEmailOrId(text);
  if (!user) return;
  const { id, status = 'active' } = user;
  const related = 'email' in user ? { email: user.email, role: user.role } : {};
  yield { what: 'account', id, status, related };
}

async function idOf(ctx: AuthContext, account: string): Promise<string> {
  const user = await ctx.users.findByEmailOrId(account);
  if (!user || user.status === 'deleted') throw new NotFound(`account ${account}`);
  return user.id;
}
