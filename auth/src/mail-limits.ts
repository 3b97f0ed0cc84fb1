// Counts the mails with links that anybody asks for, across all processes, before they are sent.
//
// Each network from which the account has signed in has its own count. A stranger's requests therefore never use up the
// owner's.

import { already, refuse, type Decision } from '@ticketing/common/decision';
import { hashOf, openFailures, type Database } from '@ticketing/common/documents';
import { networkOf } from '@ticketing/common/http';
import type { Base } from '@ticketing/common/service';
import type { Config } from './config.js';
import { accountRule, inboxRule, networkRule, signUpRule } from './domain/mail-limit.js';
import type { KnownNetworks } from './known-networks.js';

/** The address that gets the mail, and the client's address. */
type Mail = Readonly<{ to: string; address: string }>;

export function openMailLimits(database: Database, { now }: Base<Config>, knownNetworks: KnownNetworks) {
  const counts = openFailures(database, { collection: 'mailCounts', now });

  /** Counts a mail to an inbox. Returns the seconds to wait; 0: the mail may be sent. */
  async function countForInbox({ to, address }: Mail): Promise<number> {
    const network = networkOf(address);
    const isKnown = await knownNetworks.has(to, network);
    const key = `mails to ${to}${isKnown ? ` at ${network}` : ''}`;
    return (await counts.add({ key, of: hashOf(to), rule: inboxRule })).wait;
  }

  return {
    counts,
    countForInbox,

    /** Counts a mail that an account asks for. Refused if the inbox gets too many. */
    async countMail(mail: Mail): Promise<Decision<void, 'too-many-mails'>> {
      const wait = await countForInbox(mail);
      return wait > 0 ? refuse('too-many-mails', { retryAfterSeconds: wait }) : already(undefined);
    },

    /** Counts the mail of a sign-up. May it be sent? Without it, the owner can ask for another one. */
    async maySendAtSignUp({ to, address }: Mail): Promise<boolean> {
      const network = networkOf(address);
      const { wait } = await counts.add({ key: `sign-ups from ${network}`, of: network, rule: signUpRule });
      return wait === 0 && (await countForInbox({ to, address })) === 0;
    },

    /** Counts a change of address that an account asks for. Refused if there were too many. */
    async countChange(userId: string): Promise<Decision<void, 'too-many-mails'>> {
      const { wait } = await counts.add({ key: `changes of ${userId}`, of: userId, rule: accountRule });
      return wait > 0 ? refuse('too-many-mails', { retryAfterSeconds: wait }) : already(undefined);
    },

    /** Counts a reset that a network asks for. Refused if it asks for too many addresses. */
    async countReset({ to, address }: Mail): Promise<Decision<void, 'too-many-mails'>> {
      const key = `resets from ${networkOf(address)}`;
      const { wait } = await counts.add({ key, of: hashOf(to), rule: networkRule });
      return wait > 0 ? refuse('too-many-mails', { retryAfterSeconds: wait }) : already(undefined);
    },

    /** Writes as much as asking for a mail does, for an address that gets none: the time must reveal no account. */
    async spendTheTimeOfARequest(to: string): Promise<void> {
      await counts.forget({ key: `no mail to ${to}`, of: hashOf(to), rule: inboxRule });
    },
  };
}
