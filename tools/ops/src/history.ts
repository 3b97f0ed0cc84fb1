// The history of an order, its payment and its ticket as one timeline. Pure: the lines are the output
// of each service's command `history`.
import type { HistoryEntry } from '@ticketing/common/operator';

/** A history entry as a service prints it. */
export type HistoryLine = Omit<HistoryEntry, 'at'> & { at: string };

const services = ['orders', 'payments', 'tickets'] as const;
const columns = ['when', 'what', 'from', 'to', 'who', 'why', 'trace', ''] as const;

/** Sorts by time, and keeps only those changes of the ticket that this order caused. */
export function mergeHistories(lines: readonly HistoryLine[], orderId: string): HistoryLine[] {
  return lines
    .filter(({ about, why }) => about !== 'ticket' || why.includes(orderId))
    .toSorted((a, b) => a.at.localeCompare(b.at) || rank(a) - rank(b) || a.version - b.version);
}

const rank = ({ about }: HistoryLine) => services.findIndex((name) => name.startsWith(about));

export function formatTable(lines: readonly HistoryLine[]): string[] {
  const rows = [
    columns,
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
  const widths = columns.map((_name, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
