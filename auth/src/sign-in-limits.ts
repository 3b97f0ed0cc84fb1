// Limits failed password checks, counted per account and per network across all processes.
//
// A network from which the account has signed in before has counts of its own. So neither strangers elsewhere nor other
// guests of the same venue can lock an owner out.

import { already, refuse, type Decision } from '@ticketing/common/decision';
import type { Database } from '@ticketing/common/documents';
import { networkOf } from '@ticketing/common/http';
import type { Base } from '@ticketing/common/service';
import type { Config } from './config.js';
import { accountRule, addressRule } from './domain/sign-in-limit.js';
import { hashOf, openFailures, type Counted } from './failures.js';
import { openKnownNetworks } from './known-networks.js';

/** The account whose password is tried, and the client's address. */
type Try = Readonly<{ email: string; address: string }>;

export type SignInLimits = ReturnType<typeof openSignInLimits>;

export function openSignInLimits(database: Database, base: Base<Config>) {
  const { config } = base;
  const failures = openFailures(database, base);
  const knownNetworks = openKnownNetworks(database, base);
  const perAccount = accountRule(config.SIGNIN_FAILURES_PER_ACCOUNT);
  const perAddress = addressRule(config.SIGNIN_FAILURES_PER_ADDRESS);

  // Always counts both, even if the second count decides nothing: the time must not reveal a known network.
  async function count(
    { email, network }: Readonly<{ email: string; network: string }>,
    known: boolean,
  ): Promise<Decision<readonly Counted[], 'too-many-attempts'>> {
    const of = hashOf(email);
    const ofAccount = await failures.add(`account ${email}${known ? ` at ${network}` : ''}`, of, perAccount);
    if (ofAccount.wait > 0) return refuse('too-many-attempts', { retryAfterSeconds: ofAccount.wait });
    const ofNetwork = await failures.add(`${known ? 'owners' : 'guests'} at ${network}`, of, perAddress);
    if (ofNetwork.wait === 0) return already([ofAccount, ofNetwork]);
    if (known) return already([ofAccount]);
    await failures.undo(ofAccount);
    return refuse('too-many-attempts', { retryAfterSeconds: ofNetwork.wait });
  }

  return {
    failures,
    knownNetworks,

    /** Records that the account belongs to a client of this network: it has just been created from there. */
    async trust({ email, address }: Try): Promise<void> {
      await knownNetworks.remember(email, networkOf(address));
    },

    /**
     * Runs `check`, which returns undefined for a wrong password. If `check` throws, nothing is counted. Refused without
     * running `check` if there were too many failures.
     */
    async guess<T>(
      { email, address }: Try,
      check: () => Promise<T | undefined>,
    ): Promise<Decision<T | undefined, 'too-many-attempts'>> {
      const network = networkOf(address);
      const known = await knownNetworks.has(email, network);
      // Counted before the check, or parallel guesses would all see a low count.
      const counted = await count({ email, network }, known);
      if (counted.outcome === 'refused') return counted;
      let found: T | undefined;
      try {
        found = await check();
      } catch (error) {
        await Promise.all(counted.state.map(failures.undo));
        throw error;
      }
      if (found !== undefined)
        await Promise.all([...counted.state.map(failures.forget), knownNetworks.remember(email, network)]);
      return already(found);
    },
  };
}
