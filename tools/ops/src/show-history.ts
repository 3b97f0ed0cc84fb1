// `ops history`: prints who changed an order, its payment and its ticket.
import { formatTable, mergeHistories, type HistoryLine } from './history.js';
import { readJsonLines, type Print, type RunCommand } from './run-command.js';
import { usage, UsageError } from './usage.js';

export async function showHistory(
  [about, id, ...options]: readonly string[],
  runCommand: RunCommand,
  print: Print,
): Promise<number> {
  if (!['order', 'payment'].includes(about ?? '') || id === undefined) throw new UsageError(usage);
  const historyIn = (service: string, ofId: string) =>
    readJsonLines<HistoryLine>(runCommand, service, ['history', ofId]);

  // A payment has the id of its order.
  const [ofOrder, ofPayment] = await Promise.all([historyIn('orders', id), historyIn('payments', id)]);
  const lines = [...ofOrder, ...ofPayment];
  if (lines.length === 0) {
    print(`there is no order ${id}`);
    return 1;
  }
  const [, ticketId] = /^ticket (\w+)/.exec(ofOrder[0]?.detail ?? '') ?? [];
  if (ticketId !== undefined) lines.push(...(await historyIn('tickets', ticketId)));

  const merged = mergeHistories(lines, id);
  const output = options.includes('--json')
    ? merged.map((line) => JSON.stringify(line))
    : formatTable(merged);
  for (const line of output) print(line);
  return 0;
}
