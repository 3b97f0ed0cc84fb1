// Limits declined cards, counted per account and per network across all processes.
//
// Problem: a card tester tries many cards at once, and a decline is known only seconds after its attempt began.
// Guarantee: an attempt counts as a decline of its account before it is saved, and no longer when the card turns out not to
// be declined. Only the first attempt of an account without declines is not stored in advance, because nearly every purchase
// is one; its process counts it when it begins the next attempt. After a crash the sweep counts what it finds.
// A network counts known declines: the pending payments of a crowd behind one address are no sign of card testing. When too
// many accounts had a declined card there, attempts count in advance at the network too.

import { already, refuse, type Decision } from '@ticketing/common/decision';
import { hashOf, openFailures, type Database, type Failures } from '@ticketing/common/documents';
import { networkOf } from '@ticketing/common/http';
import type { Base } from '@ticketing/common/service';
import type { Config } from './config.js';
import { accountRule, isCardDeclined, networkRule } from './domain/declines.js';
import type { Attempted, Payment } from './domain/payment-state.js';

/** An attempt that counts as a decline until its outcome is known. */
export type CountedAttempt = Readonly<{
  /** The attempt has not begun. */
  undo(): Promise<void>;
  /** Counts by the outcome as soon as it is known. */
  follow(settlement: Promise<Payment>): void;
}>;

export type DeclineLimits = ReturnType<typeof openDeclineLimits>;

export function openDeclineLimits(database: Database, base: Base<Config>) {
  const { config, now, log, runInBackground } = base;
  const failures = openFailures(database, { collection: 'declines', now });
  const { atAccount, atNetwork } = subjectsOf(config);
  // The first attempts in flight of accounts without declines.
  const unstored = new Map<string, Count>();

  return {
    failures,

    /** Counts an attempt that is about to begin. Refused if its account or its network had too many declines. */
    async count(attempt: Attempted, address: string): Promise<Decision<CountedAttempt, 'too-many-declines'>> {
      const account = countOf(failures, atAccount(attempt));
      const network = countOf(failures, atNetwork(attempt, address));
      const earlier = unstored.get(attempt.userId);
      if (!earlier) unstored.set(attempt.userId, account);
      const end = () => {
        if (!earlier) unstored.delete(attempt.userId);
      };
      const limit = await storeInAdvance({ account, network, earlier }).catch((error: unknown) => {
        end();
        throw error;
      });
      if (limit.outcome === 'refused') {
        end();
        return limit;
      }
      return already({
        undo: async () => void (await Promise.all([account.undo(), network.undo()]).finally(end)),
        follow: (settlement) =>
          runInBackground(
            settlement
              .catch(() => undefined)
              .then((payment) => recordOutcome({ account, network }, limit.state, payment))
              // A wrong count does no lasting harm: counts expire.
              .catch((error: unknown) =>
                log.warn({ err: error }, 'the declined cards are not counted exactly'),
              )
              .finally(end),
          ),
      });
    },

    /** Records the outcome of an attempt whose process did not learn it. */
    async record(attempt: Attempted, payment: Payment): Promise<void> {
      if (isCardDeclined(payment)) await failures.add(atAccount(attempt));
      else if (payment.status !== 'pending') await failures.undo(atAccount(attempt));
    },
  };
}

type Subject = Parameters<Failures['add']>[0];
type Count = ReturnType<typeof countOf>;

function subjectsOf({ DECLINES_PER_ACCOUNT, DECLINES_PER_ADDRESS }: Config) {
  const perAccount = accountRule(DECLINES_PER_ACCOUNT);
  const perNetwork = networkRule(DECLINES_PER_ADDRESS);
  return {
    // Requests that begin the same attempt count once, because one of them charges the card.
    atAccount: ({ userId, id, attempt }: Attempted): Subject => ({
      key: `account ${userId}`,
      of: `${id}/${attempt}`,
      rule: perAccount,
    }),
    atNetwork: ({ userId }: Attempted, address: string): Subject => ({
      key: `network ${networkOf(address)}`,
      of: hashOf(userId),
      rule: perNetwork,
    }),
  };
}

/** The count of one attempt under one key. */
function countOf(failures: Failures, subject: Subject) {
  let stored: ReturnType<Failures['add']> | undefined;
  return {
    read: () => failures.read(subject),
    isStored: () => stored !== undefined,
    /** Counts a decline, once. Returns the seconds that the attempt must wait. */
    store: async () => {
      stored ??= failures.add(subject).catch((error: unknown) => {
        stored = undefined;
        throw error;
      });
      return (await stored).wait;
    },
    undo: async () => (stored ? failures.undo(await stored) : undefined),
    forget: () => failures.forget(subject),
  };
}

type Counts = Readonly<{ account: Count; network: Count }>;
type AtNetwork = Readonly<{ hasFailed: boolean }>;

async function storeInAdvance({
  account,
  network,
  earlier,
}: Counts & { earlier: Count | undefined }): Promise<Decision<AtNetwork, 'too-many-declines'>> {
  const [ofAccount, atNetwork] = await Promise.all([account.read(), network.read(), earlier?.store()]);
  const accountWait = earlier || !ofAccount.isClean ? await account.store() : 0;
  if (accountWait > 0) return refuse('too-many-declines', { retryAfterSeconds: accountWait });
  const networkWait = atNetwork.isLimited ? await network.store() : 0;
  if (networkWait === 0) return already(atNetwork);
  await account.undo();
  return refuse('too-many-declines', { retryAfterSeconds: networkWait });
}

/** Counts by the outcome; `payment` is undefined if it is not known. */
async function recordOutcome({ account, network }: Counts, before: AtNetwork, payment: Payment | undefined) {
  if (payment && isCardDeclined(payment)) {
    await Promise.all([account.store(), network.store()]);
    return;
  }
  // The sweep will learn the outcome and record it for the account.
  if (payment && payment.status !== 'pending') await account.undo();
  // An account that pays in the end is no card tester.
  if (payment?.status === 'succeeded' && (before.hasFailed || network.isStored())) await network.forget();
  else await network.undo();
}
