// Who does something to the account that cannot be taken back: signed in, and knowing the password all the same.

import { Refusal } from '@ticketing/common/errors';
import type { User } from '@ticketing/common/http';
import type { AuthContext } from './context.js';
import { endOf, type Account, type Owner } from './domain/user.js';

type Proof = Readonly<{ user: User; password: string; address: string }>;

/**
 * The account of who is signed in, if the password fits; failures count like those of sign-ins.
 * @throws Refusal not-signed-in, wrong-password, too-many-attempts
 */
export async function confirmOwner(
  ctx: AuthContext,
  { user, password, address }: Proof,
): Promise<{ account: Account; owner: Owner }> {
  const account = await ctx.users.getAccount(user.id);
  const { email, passwordHash } = account;
  const look = async () => ((await ctx.passwords.verify(passwordHash, password)) ? account : undefined);
  if (!(await ctx.signInLimits.guess({ email, address }, look))) throw new Refusal('wrong-password');
  return { account, owner: { passwordHash, session: sessionOf(user) } };
}

/** The session by which somebody is signed in. */
export function sessionOf({ sid, issuedAt }: User) {
  return { sid, expiresAt: endOf(issuedAt) };
}
