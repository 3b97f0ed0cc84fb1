// The life of a mail, and the only place where it is decided.
//
//   due ──accepted by the mail server──► sent
//    │ ──refused for good──────────────► refused     the address does not exist, or nobody accepts the mail there
//    │ ──not wanted any more───────────► unwanted
//    │ ──its link has expired──────────► outdated
//    └──24 hours over──────────────────► dead        an operator is told
//
// All but `due` are final.

import { delaySeconds, doublingTo } from '@ticketing/common/failure-rule';
import { isLinkKind, type NoticeContent } from './notice.js';
import { isWanted, type Person } from './person.js';

export type Status = 'due' | 'sent' | 'refused' | 'unwanted' | 'outdated' | 'dead';

export type Due = NoticeContent &
  Readonly<{
    /** when the event happened */
    at: Date;
    /** the number of tries before */
    tries: number;
  }>;

/** The answer of the mail server: `later` is about this mail, `away` about all mails. `problem` names no address. */
export type Answer =
  | Readonly<{ outcome: 'accepted' }>
  | Readonly<{ outcome: 'refused' | 'later' | 'away'; problem: string }>;

/** The next state of a mail. */
export type Next = Readonly<
  | { status: 'sent' }
  | { status: 'refused'; problem: string }
  | { status: 'unwanted' | 'outdated' | 'dead' }
  | { status: 'due'; tries: number; nextTryAt: Date; problem: string }
>;

/** A mail that is older helps nobody. */
export const worthSendingMs = 24 * 3_600_000;

/** How long a mail waits after a temporary refusal, by the number of tries. */
const rule = { free: 1, delaysSeconds: doublingTo(900) };
const awaySeconds = 1;

/** Is an event so old that it makes no mail? */
export const isTooOld = (at: Date, now: Date): boolean => now.getTime() - at.getTime() >= worthSendingMs;

/** Why a mail is not sent now; undefined if it is sent. `person` is undefined until an event of the user has arrived. */
export function reasonNotToSend(mail: Due, person: Person | undefined, now: Date): Next | undefined {
  if (person && !isWanted(person, mail.kind)) return { status: 'unwanted' };
  if (isLinkKind(mail.kind) && linkExpiry(mail) <= now.getTime()) return { status: 'outdated' };
  if (isTooOld(mail.at, now)) return { status: 'dead' };
  if (addressOf(mail, person) === undefined) return later(mail, 'the address is not known yet', now);
  return undefined;
}

/** The address of a mail. A link goes to the address that it proves. */
export function addressOf(mail: NoticeContent, person: Person | undefined): string | undefined {
  return isLinkKind(mail.kind) ? (mail.data as { email: string }).email : person?.email;
}

export function afterAnswer(mail: Due, answer: Answer, now: Date): Next {
  switch (answer.outcome) {
    case 'accepted':
      return { status: 'sent' };
    case 'refused':
      return { status: 'refused', problem: answer.problem };
    case 'later':
      return later(mail, answer.problem, now);
    case 'away':
      // The mail server is away, which says nothing about this mail: the try does not count.
      return { status: 'due', tries: mail.tries, ...waiting(awaySeconds, now), problem: answer.problem };
  }
}

function later({ tries }: Due, problem: string, now: Date): Next {
  const next = tries + 1;
  return { status: 'due', tries: next, ...waiting(delaySeconds(next, rule), now), problem };
}

const waiting = (seconds: number, now: Date) => ({ nextTryAt: new Date(now.getTime() + seconds * 1_000) });

const linkExpiry = ({ data }: NoticeContent): number => (data as { expiresAt: Date }).expiresAt.getTime();
