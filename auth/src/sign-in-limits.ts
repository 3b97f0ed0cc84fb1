// Limits failed password checks, counted per account and per network across all processes.
//
// A network from which the account has signed in before has counts of its own. An attacker on another network, or
// another guest on the same one, therefore cannot lock the owner out.

import { already, refuse, type Decision } from '@ticketing/common/decision';
import {
  hashOf,
  openFailures,
  type Counted,
  type Database,
  type Failures,
} from '@ticketing/common/documents';
import { networkOf } from '@ticketing/common/http';
import type { Base } from '@ticketing/common/service';
import type { Config } from './config.js';
import { accountRule, addressRule } from './domain/sign-in-limit.js';
import { openKnownNetworks } from './known-networks.js';

/** The account whose password is tried, and the client's address. */
type Attempt = Readonly<{ email: string; address: string }>;

/** The result of `check`, and whether the account has signed in from this network lately. */
type Guess<T> = Readonly<{ found: T | undefined; isKnown: boolean }>;

export type SignInLimits = ReturnType<typeof openSignInLimits>;

export function openSignInLimits(database: Database, base: Base<Config>) {
  const failures = openFailures(database, { collection: 'signInFailures', now: base.now });
  const knownNetworks = openKnownNetworks(database, base);
  const count = counterOf(failures, base.config);

  return {
    failures,
    knownNetworks,

    /** Makes the network of this address known to the account, whose owner was just there. */
    async trust({ email, address }: Attempt): Promise<void> {
      await knownNetworks.remember(email, networkOf(address));
    },

    /**
     * Runs `check`, which returns undefined for a wrong password. If `check` throws, nothing is counted. Refused without
     * running `check` if there were too many failures. The result says whether the account knows the network.
     */
    async guess<T>(
      { email, address }: Attempt,
      check: () => Promise<T | undefined>,
    ): Promise<Decision<Guess<T>, 'too-many-attempts'>> {
      const network = networkOf(address);
      const isKnown = await knownNetworks.has(email, network);
      // Counted before the check, or parallel guesses would all see a low count.
      const counted = await count({ email, network, isKnown });
      if (counted.outcome === 'refused') return counted;
      let found: T | undefined;
      try {
        found = await check();
      } catch (error) {
        await Promise.all(counted.state.map(failures.undo));
        throw error;
      }
      if (found !== undefined) await Promise.all(counted.state.map(failures.forget));
      return already({ found, isKnown });
    },
  };
}

type Source = Readonly<{ email: string; network: string; isKnown: boolean }>;

/** Counts an attempt as a failure, per account and per network. */
function counterOf(failures: Failures, config: Config) {
  const perAccount = accountRule(config.SIGNIN_FAILURES_PER_ACCOUNT);
  const perAddress = addressRule(config.SIGNIN_FAILURES_PER_ADDRESS);

  return async ({
    email,
    network,
    isKnown,
  }: Source): Promise<Decision<readonly Counted[], 'too-many-attempts'>> => {
    const account = hashOf(email);
    const accountKey = `account ${email}${isKnown ? ` at ${network}` : ''}`;
    const networkKey = `${isKnown ? 'owners' : 'guests'} at ${network}`;

    const ofAccount = await failures.add({ key: accountKey, of: account, rule: perAccount });
    if (ofAccount.wait > 0) return refuse('too-many-attempts', { retryAfterSeconds: ofAccount.wait });
    // Counted even if a known network ignores the result: the time must not reveal a known network.
    const ofNetwork = await failures.add({ key: networkKey, of: account, rule: perAddress });
    if (ofNetwork.wait === 0) return already([ofAccount, ofNetwork]);
    if (isKnown) return already([ofAccount]);
    await failures.undo(ofAccount);
    return refuse('too-many-attempts', { retryAfterSeconds: ofNetwork.wait });
  };
}
