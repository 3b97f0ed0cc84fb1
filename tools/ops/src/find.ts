// `ops find`: from any id that a person names to the account, the tickets, the orders, the payments and the mails.
import type { Found } from '@ticketing/common/operator';
import { askServices, type Answers, type Print, type RunCommand } from './run-command.js';
import { usage, UsageError } from './usage.js';

const holders = ['auth', 'tickets', 'orders', 'payments', 'notifications'] as const;
// Mails of any kind come last.
const kinds = ['account', 'person', 'ticket', 'order', 'payment'];
const rank = ({ what }: Found) => (kinds.includes(what) ? kinds.indexOf(what) : kinds.length);

export async function find(
  [text, ...rest]: readonly string[],
  runCommand: RunCommand,
  print: Print,
): Promise<number> {
  if (text === undefined || rest.length > 0) throw new UsageError(usage);
  const ask = (services: readonly string[], ...args: string[]) =>
    askServices<Found>(runCommand, services, ['find', ...args]);

  const direct = await ask(holders, text);
  // No id and no address: perhaps the id of a request.
  const first = direct.items.length > 0 ? direct : await ask(holders, text, '--request');
  const next = idsToFollow(first.items, text);
  const more: Answers<Found> =
    next.length > 0
      ? await ask(['tickets', 'orders', 'payments'], next.join(','))
      : { items: [], failures: [] };

  const lines = formatFound([...first.items, ...more.items]);
  for (const line of lines) print(line);
  const failures = new Set([...direct.failures, ...first.failures, ...more.failures]);
  for (const failure of failures) print(failure);
  if (lines.length === 0)
    print(
      `nothing is stored under ${text}; if it is a request, its log lines have it as requestId or traceId`,
    );
  return lines.length > 0 && failures.size === 0 ? 0 : 1;
}

/** Accounts that were found by another name, and orders that were named but not described. */
export function idsToFollow(found: readonly Found[], text: string): string[] {
  const described = (what: string) => found.filter((one) => one.what === what).map(({ id }) => id);
  const accounts = described('account').filter((id) => id !== text);
  const orders = found.flatMap(({ related }) => related['order'] ?? []);
  const unknownOrders = orders.filter((id) => !described('order').includes(id));
  return [...new Set([...accounts, ...unknownOrders])];
}

/** One line each, without repetitions: accounts, tickets, orders, payments, mails. */
export function formatFound(found: readonly Found[]): string[] {
  const inOrder = found.toSorted((a, b) => rank(a) - rank(b));
  const lines = inOrder.map(({ what, id, status, related }) => {
    const ids = Object.entries(related).flatMap(([name, value]) => (value ? [`${name} ${value}`] : []));
    return [what.padEnd(7), id, status.padEnd(9), ...ids].join('  ').trimEnd();
  });
  return [...new Set(lines)];
}
