// Whoever wants a password looked at passes here: its failures are counted per account and per network, across all
// processes. A network that the account has been signed in to from has a count of its own, and is not held to what
// others fail there; so neither strangers elsewhere nor guests of the same venue keep an owner out.

import { networkOf, newId, Refusal, type Database, type Platform } from '@ticketing/common';
import type { Config } from './config.js';
import { accountRule, addressRule, type Rule } from './domain/sign-in-limit.js';
import { hashOf, openFailures } from './failures.js';
import { openKnownNetworks } from './known-networks.js';

/** For whose password, and from where. */
type Try = Readonly<{ email: string; address: string }>;
type Count = Readonly<{ key: string; of: string; rule: Rule }>;
type TakeBack = () => Promise<void>;

export type SignInLimits = ReturnType<typeof openSignInLimits>;

export function openSignInLimits(database: Database, platform: Platform<Config>) {
  const { config } = platform;
  const failures = openFailures(database, platform);
  const knownNetworks = openKnownNetworks(database, platform);
  const perAccount = accountRule(config.SIGNIN_FAILURES_PER_ACCOUNT);
  const perAddress = addressRule(config.SIGNIN_FAILURES_PER_ADDRESS);

  /** @throws Refusal too-many-attempts, with the time until the next try */
  async function count({ key, of, rule }: Count): Promise<TakeBack> {
    const { wait, before } = await failures.add(key, of, rule);
    if (wait > 0) throw new Refusal('too-many-attempts', { retryAfterSeconds: wait });
    return () => failures.takeBack(key, of, rule, before);
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
      const account = {
        key: `account ${email}${known ? ` at ${network}` : ''}`,
        of: newId(),
        rule: perAccount,
      };
      const guest = { key: `network ${network}`, of: hashOf(email), rule: perAddress };

      // Counted before the password is looked at, or parallel guesses would all find the count low.
      const takeBacks: TakeBack[] = [];
      let found: T | undefined;
      try {
        for (const one of known ? [account] : [account, guest]) takeBacks.push(await count(one));
        found = await look();
      } catch (error) {
        for (const takeBack of takeBacks) await takeBack();
        throw error;
      }
      if (found === undefined) return undefined;

      await failures.forget(account.key);
      if (!known) await failures.takeBack(guest.key, guest.of, guest.rule);
      await knownNetworks.remember(email, network);
      return found;
    },
  };
}
