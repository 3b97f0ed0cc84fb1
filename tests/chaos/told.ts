// Checks the promises *told all* and *told once* on what the mail server accepted. Pure.

import { groupByMany } from './places.js';

/** One mail for one recipient, as the mail server accepted it. `at`: milliseconds since 1970 */
export type Delivery = Readonly<{ at: number; to: string; messageId: string }>;

/** The mail about one event to one recipient. */
export type ExpectedMail = Readonly<{ to: string; messageId: string; about: string }>;

/** How long after it was accepted a mail may be in doubt: its sender waits for the answer no longer. */
type Options = Readonly<{ inDoubtMs: number }>;

export const toldPromises = ['told all', 'told once'] as const;
export type ToldBreach = Readonly<{ promise: (typeof toldPromises)[number]; problem: string }>;

/**
 * `faults` are the times at which the sender or the server died, or an answer was late. SMTP cannot tell whether a mail
 * was accepted before that, so a mail may come twice then, with one Message-ID.
 */
export function findToldBreaches(
  expected: readonly ExpectedMail[],
  deliveries: readonly Delivery[],
  faults: readonly number[],
  { inDoubtMs }: Options,
): ToldBreach[] {
  const byId = groupByMany(deliveries, ({ messageId }) => [messageId]);
  return [
    ...expected
      .filter(({ messageId }) => !byId.has(messageId))
      .map(({ about, to }) => told('told all', `${to} has no mail about ${about}`)),
    ...unexpected(expected, deliveries),
    ...[...byId].flatMap(([messageId, copies]) => repetitions(messageId, copies, faults, inDoubtMs)),
  ];
}

const told = (promise: ToldBreach['promise'], problem: string): ToldBreach => ({ promise, problem });

/** A second Message-ID for the same event is not expected either. */
function unexpected(expected: readonly ExpectedMail[], deliveries: readonly Delivery[]): ToldBreach[] {
  const recipientOf = new Map(expected.map(({ messageId, to }) => [messageId, to]));
  return deliveries
    .filter(({ messageId, to }) => recipientOf.get(messageId) !== to)
    .map(({ messageId, to }) => told('told once', `${to} has a mail about no event of theirs: ${messageId}`));
}

function repetitions(
  messageId: string,
  copies: readonly Delivery[],
  faults: readonly number[],
  inDoubtMs: number,
): ToldBreach[] {
  const inOrder = copies.toSorted((a, b) => a.at - b.at);
  return inOrder.slice(1).flatMap(({ at, to }, index) => {
    const before = inOrder[index]?.at ?? 0;
    const isInDoubt = faults.some((fault) => fault >= before && fault <= Math.min(at, before + inDoubtMs));
    if (isInDoubt) return [];
    return [told('told once', `${to} has ${messageId} again after ${at - before} ms without a fault`)];
  });
}
