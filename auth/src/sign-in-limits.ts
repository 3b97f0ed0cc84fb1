// Whoever wants a password looked at passes here: its failures are counted per account and per network, across all
// processes. A network that the account has been signed in to from has a count of its own, and is not held to what
// others fail there; so neither strangers elsewhere nor guests of the same venue keep an owner out.

import type { Database } from '@ticketing/common/documents';
import { Refusal } from '@ticketing/common/errors';
import { networkOf } from '@ticketing/common/http';
import type { Platform } from '@ticketing/common/service';
import type { Config } from './config.js';
import { accountRule, addressRule } from './domain/sign-in-limit.js';
import { hashOf, openFailures } from './failures.js';
import { openKnownNetworks } from './known-networks.js';

/** For whose password, and from where. */
type Try = Readonly<{ email: string; address: string }>;

export type SignInLimits = ReturnType<typeof openSignInLimits>;

export function openSignInLimits(database: Database, platform: Platform<Config>) {
  const { config } = platform;
  const failures = openFailures(database, platform);
  const knownNetworks = openKnownNetworks(database, platform);
  const perAccount = accountRule(config.SIGNIN_FAILURES_PER_ACCOUNT);
  const perAddress = addressRule(config.SIGNIN_FAILURES_PER_ADDRESS);

  /** Two counts, also where the second decides nothing: who is known somewhere must not be told by the time it takes. */
  async function count({ email, network }: Readonly<{ email: string; network: string }>, known: boolean) {
    const of = hashOf(email);
    const ofAccount = await failures.add(`account ${email}${known ? ` at ${network}` : ''}`, of, perAccount);
    if (ofAccount.wait > 0) throw tooMany(ofAccount.wait);
    const ofNetwork = await failures.add(`${known ? 'owners' : 'guests'} at ${network}`, of, perAddress);
    if (ofNetwork.wait === 0) return [ofAccount, ofNetwork];
    if (known) return [ofAccount];
    await failures.takeBack(ofAccount);
    throw tooMany(ofNetwork.wait);
  }

  return {
    failures,
    knownNetworks,

    /** This account belongs to who is there: they have just made it, or known its password. */
    async welcome({ email, address }: Try): Promise<void> {
      await knownNetworks.remember(email, networkOf(address));
    },

    /**
     * Returns what `look` finds; undefined is a failure. When it throws, the password was not looked at and nobody has guessed.
     * @throws Refusal too-many-attempts without having looked
     */
    async guess<T>({ email, address }: Try, look: () => Promise<T | undefined>): Promise<T | undefined> {
      const network = networkOf(address);
      const known = await knownNetworks.has(email, network);
      // Before the password is looked at, or parallel guesses would all find the count low.
      const counted = await count({ email, network }, known);
      let found: T | undefined;
      try {
        found = await look();
      } catch (error) {
        await Promise.all(counted.map(failures.takeBack));
        throw error;
      }
      if (found === undefined) return undefined;

      await Promise.all([...counted.map(failures.forget), knownNetworks.remember(email, network)]);
      return found;
    },
  };
}

const tooMany = (retryAfterSeconds: number) => new Refusal('too-many-attempts', { retryAfterSeconds });
