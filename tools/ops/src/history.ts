// Who did what to an order and its payment, in the order in which it happened. Pure: the lines come from each service's
// command `history`.

import type { HistoryEntry } from '@ticketing/common/operator';

/** As a service prints it. */
export type HistoryLine = Omit<HistoryEntry, 'at'> & { at: string };

const services = ['orders', 'payments', 'tickets'] as const;

/** All of them, the earliest first; of the ticket only what this order did to it. */
export function merged(lines: readonly HistoryLine[], orderId: string): HistoryLine[] {
  return lines
    .filter(({ about, why }) => about !== 'ticket' || why.includes(orderId))
    .toSorted((a, b) => a.at.localeCompare(b.at) || rank(a) - rank(b) || a.version - b.version);
}

const rank = ({ about }: HistoryLine) => services.findIndex((name) => name.startsWith(about));

/** Columns for people. */
export function asTable(lines: readonly HistoryLine[]): string[] {
  const rows = [
    ['when', 'what', 'from', 'to', 'who', 'why', 'trace', ''],
    ...lines.map(({ at, about, from = '-', to, by, why, trace = '-', detail = '' }) => [
      at,
      about,
      from,
      to,
      by,
      why,
      trace,
      detail,
    ]),
  ];
  const widths =
    rows[0]?.map((_cell, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
