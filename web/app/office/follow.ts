// Follows the ids of a finding to the next findings, and merges findings and changes of several services into one list.

import type { DataOf } from '@ticketing/client';

export type Found = DataOf<'findInOrders'>[number];
export type HistoryEntry = DataOf<'showHistoryInOrders'>[number];

/** Accounts that were found by another name, and orders that were named but not found. */
export function idsToFollow(found: readonly Found[], text: string): string[] {
  const idsOf = (what: string) => found.filter((one) => one.what === what).map(({ id }) => id);
  const accounts = idsOf('account').filter((id) => id !== text);
  const orders = found.flatMap(({ related }) => related['order'] ?? []);
  return [...new Set([...accounts, ...orders.filter((id) => !idsOf('order').includes(id))])];
}

const kinds = ['account', 'person', 'ticket', 'order', 'payment'];
const rank = ({ what }: Found) => (kinds.includes(what) ? kinds.indexOf(what) : kinds.length);

/** Each thing once: accounts, tickets, orders, payments, mails. */
export const withoutRepeats = (found: readonly Found[]): Found[] => [
  ...new Map(
    found.toSorted((a, b) => rank(a) - rank(b)).map((one) => [`${one.what} ${one.id}`, one]),
  ).values(),
];

/** Sorts by time. Of another thing, only the changes that this one caused stay. */
export function mergeHistories(entries: readonly HistoryEntry[], id: string): HistoryEntry[] {
  return entries
    .filter((entry) => entry.id === id || entry.why.includes(id))
    .toSorted((a, b) => a.at.localeCompare(b.at) || a.version - b.version);
}
