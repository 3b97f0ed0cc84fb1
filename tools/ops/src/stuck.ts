// `ops stuck`: what should have ended by itself and has not, in all services.
import type { Stuck } from '@ticketing/common/operator';
import { askServices, type Print, type RunCommand } from './run-command.js';

const maxPrinted = 100;

/** A `Stuck` as a service prints it. */
type StuckLine = Omit<Stuck, 'since'> & Readonly<{ since: string }>;

export async function stuck(
  services: readonly string[],
  runCommand: RunCommand,
  print: Print,
): Promise<number> {
  const { items, failures } = await askServices<StuckLine>(runCommand, services, ['stuck']);
  for (const { what, problem, since, action } of items.slice(0, maxPrinted))
    print(`${what}: ${problem}, since ${since}. ${action}`);
  if (items.length > maxPrinted) print(`and ${items.length - maxPrinted} more`);
  for (const failure of failures) print(failure);
  if (items.length + failures.length > 0) return 1;
  print('nothing is stuck');
  return 0;
}
