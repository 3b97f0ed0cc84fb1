// Confirms the owner of an account before an irreversible change: a session is not enough, the password must match too.

import { already, refuse, type Decision } from '@ticketing/common/decision';
import { networkOf, type User } from '@ticketing/common/http';
import type { Account } from './domain/account.js';
import { expiryOf } from './domain/sessions.js';
import type { Owner } from './domain/user.js';
import type { AuthContext } from './store.js';

type Proof = Readonly<{ user: User; password: string; address: string }>;

/** The user's account and the proof of its owner. A failed attempt counts like a failed sign-in. */
export async function verifyOwnerPassword(
  ctx: AuthContext,
  { user, password, address }: Proof,
): Promise<Decision<{ account: Account; owner: Owner }, 'wrong-password' | 'too-many-attempts'>> {
  const account = await ctx.users.getAccount(user.id);
  const { email, passwordHash } = account;
  const source = { use: 'sign-in', network: networkOf(address), account: email } as const;
  const check = async () =>
    (await ctx.passwords.verify(passwordHash, password, source)) ? account : undefined;

  const guess = await ctx.signInLimits.guess({ email, address }, check);
  if (guess.outcome === 'refused') return guess;
  if (!guess.state.found) return refuse('wrong-password');
  await ctx.signInLimits.trust({ email, address });
  return already({ account, owner: { passwordHash, session: sessionOf(user) } });
}

/** The session of a user's token. */
export function sessionOf({ sid, issuedAt }: User) {
  return { sid, expiresAt: expiryOf(issuedAt) };
}
