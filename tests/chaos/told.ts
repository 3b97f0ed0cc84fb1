// Checks the promises *no lost mail* and *told once* on what the mail server accepted. Pure.

import { groupByMany } from './places.js';

/** One mail for one recipient, and when the mail server accepted it and said so, in milliseconds since 1970. */
export type Delivery = Readonly<{
  at: number;
  answeredAt?: number | undefined;
  to: string;
  messageId: string;
}>;

/** The mail about one event to one recipient. */
export type ExpectedMail = Readonly<{ to: string; messageId: string; about: string }>;

type Options = Readonly<{
  /** how long the sender may take to record the answer */
  recordedWithinMs: number;
  /** how long a mail may be on its way after its sender has died */
  inTransitMs: number;
}>;

export const toldPromises = ['no lost mail', 'told once'] as const;
export type ToldBreach = Readonly<{ promise: (typeof toldPromises)[number]; problem: string }>;

/**
 * `deaths` are the times at which the sender or the mail server died. A mail whose answer was not recorded then may come
 * again, with the same Message-ID.
 */
export function findToldBreaches(
  expected: readonly ExpectedMail[],
  deliveries: readonly Delivery[],
  deaths: readonly number[],
  options: Options,
): ToldBreach[] {
  const byId = groupByMany(deliveries, ({ messageId }) => [messageId]);
  return [
    ...expected
      .filter(({ messageId }) => !byId.has(messageId))
      .map(({ about, to }) => told('no lost mail', `${to} has no mail about ${about}`)),
    ...unexpected(expected, deliveries),
    ...[...byId].flatMap(([messageId, copies]) => repetitions(messageId, copies, deaths, options)),
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
  deaths: readonly number[],
  { recordedWithinMs, inTransitMs }: Options,
): ToldBreach[] {
  const inOrder = copies.toSorted((a, b) => a.at - b.at);
  return inOrder.slice(1).flatMap(({ at, to }, index) => {
    const { at: before = 0, answeredAt = Infinity } = inOrder[index] ?? {};
    const recordedAt = Math.min(at, answeredAt + recordedWithinMs);
    if (deaths.some((death) => death >= before - inTransitMs && death <= recordedAt)) return [];
    return [told('told once', `${to} has ${messageId} again after ${at - before} ms, without a reason`)];
  });
}
