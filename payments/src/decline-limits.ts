// Limits declined cards, counted per account and per network across all processes.
//
// Problem: a card tester tries many cards at once, and a decline is known only seconds after its attempt began.
// Guarantee: an attempt counts as a decline of its account before it is saved, so parallel attempts all count. The count is
// reverted when the card was not declined, in whichever process learns it. After a crash the count stays until it expires.
// A network counts known declines only: the pending payments of a crowd behind one address are no sign of card testing.
// When too many accounts had a declined card there, further attempts count in advance at the network too.

import { already, refuse, type Decision } from '@ticketing/common/decision';
import {
  batch,
  hashOf,
  openFailures,
  type Counted,
  type Database,
  type Failures,
} from '@ticketing/common/documents';
import { networkOf } from '@ticketing/common/http';
import type { Base } from '@ticketing/common/service';
import type { Config } from './config.js';
import { accountRule, isCardDeclined, networkRule } from './domain/decline-limit.js';
import type { Attempted, Payment } from './domain/payment-state.js';

/** An attempt that counts as a decline until its result is known. */
export type CountedAttempt = Readonly<{
  /** Reverts all counts: the attempt has not begun. */
  undo(): Promise<void>;
  /** Records the result at the network when it is known. */
  follow(settlement: Promise<Payment>): void;
}>;

const collectMs = 50;

export type DeclineLimits = ReturnType<typeof openDeclineLimits>;

export function openDeclineLimits(database: Database, { config, now, log, runInBackground }: Base<Config>) {
  const failures = openFailures(database, { collection: 'declines', now });
  const perAccount = accountRule(config.DECLINES_PER_ACCOUNT);
  const perNetwork = networkRule(config.DECLINES_PER_ADDRESS);
  // Requests that begin the same attempt count once, because one of them charges the card.
  const atAccount = ({ userId, id, attempt }: Attempted) => ({
    key: `account ${userId}`,
    of: `${id}/${attempt}`,
    rule: perAccount,
  });

  const undo = (attempt: Attempted) => failures.undo(atAccount(attempt));
  // Nearly every attempt is undone, and nobody waits for it.
  const undoSoon = batch((attempts: readonly Attempted[]) => Promise.all(attempts.map(undo)), collectMs);
  // A failure leaves the count as it is until it expires.
  const inBackground = (change: Promise<void>) =>
    runInBackground(
      change.catch((error: unknown) =>
        log.warn({ err: error }, 'the count of declined cards is not up to date'),
      ),
    );

  return {
    failures,

    /** Counts the attempt as a decline. Refused if its account or its network had too many. */
    async count(attempt: Attempted, address: string): Promise<Decision<CountedAttempt, 'too-many-declines'>> {
      const network = { key: `network ${networkOf(address)}`, of: hashOf(attempt.userId), rule: perNetwork };
      const [ofAccount, known] = await Promise.all([
        failures.add(atAccount(attempt)),
        failures.read(network),
      ]);
      if (ofAccount.wait > 0) return tooManyDeclines(ofAccount.wait);
      const ofNetwork = known.isLimited ? await failures.add(network) : undefined;
      if (ofNetwork && ofNetwork.wait > 0) {
        await failures.undo(ofAccount);
        return tooManyDeclines(ofNetwork.wait);
      }
      const atNetwork = { network, ofNetwork, hadDeclines: known.hasFailed };
      return already({
        async undo() {
          await Promise.all([failures.undo(ofAccount), undoAt(failures, atNetwork)]);
        },
        follow(settlement) {
          const payment = settlement.catch(() => undefined);
          inBackground(payment.then((known) => recordAt(failures, atNetwork, known)));
        },
      });
    },

    /** Reverts the count of the account, unless the card was declined. Repeating the call changes nothing. */
    recordResult(attempt: Attempted, next: Payment): void {
      if (next.status === 'pending' || isCardDeclined(next)) return;
      inBackground(undoSoon(attempt));
    },
  };
}

const tooManyDeclines = (retryAfterSeconds: number) => refuse('too-many-declines', { retryAfterSeconds });

type AtNetwork = Readonly<{
  network: Parameters<Failures['add']>[0];
  /** What was counted in advance. */
  ofNetwork: Counted | undefined;
  /** The account had a declined card there before. */
  hadDeclines: boolean;
}>;

/** Records the result of an attempt at its network; undefined if the result is unknown. */
async function recordAt(failures: Failures, counts: AtNetwork, payment: Payment | undefined): Promise<void> {
  const { network, ofNetwork, hadDeclines } = counts;
  if (payment && isCardDeclined(payment)) await (ofNetwork ?? failures.add(network));
  // An account that pays in the end is no card tester.
  else if (payment?.status === 'succeeded' && (ofNetwork || hadDeclines)) await failures.forget(network);
  else await undoAt(failures, counts);
}

async function undoAt(failures: Failures, { ofNetwork }: AtNetwork): Promise<void> {
  if (ofNetwork) await failures.undo(ofNetwork);
}
