// The commands of `npm run ops`. Each one runs commands of the services themselves.
import { check } from './check.js';
import { showHistory } from './show-history.js';
import type { Print, RunCommand } from './run-command.js';
import { oneOf, usage, UsageError } from './usage.js';

const services = ['auth', 'tickets', 'orders', 'expiration', 'payments'] as const;
const publishers = ['auth', 'tickets', 'orders', 'payments'] as const;

/**
 * Runs one command and returns its exit code: 0 for success, 1 for a failure or for differences.
 * @throws UsageError with the usage text
 */
export async function operate(
  args: readonly string[],
  runCommand: RunCommand,
  print: Print,
): Promise<number> {
  const [command, ...rest] = args;
  switch (command ?? '') {
    case 'dead-letters':
      return await deadLetters(rest, runCommand, print);
    case 'resync': {
      const [service, ...options] = rest;
      return await forward(oneOf(publishers, service), ['resync', ...options], runCommand, print);
    }
    case 'history':
      return await showHistory(rest, runCommand, print);
    case 'check':
      if (rest.length > 0) throw new UsageError(usage);
      return await check(runCommand, print);
    default:
      throw new UsageError(usage);
  }
}

async function deadLetters(
  [action, service, id]: readonly string[],
  runCommand: RunCommand,
  print: Print,
): Promise<number> {
  if (action === 'list') return await listDeadLetters(service, runCommand, print);
  if (action === undefined || service === undefined || id === undefined) throw new UsageError(usage);
  return await forward(oneOf(services, service), ['dead-letters', action, id], runCommand, print);
}

async function listDeadLetters(
  service: string | undefined,
  runCommand: RunCommand,
  print: Print,
): Promise<number> {
  let highestCode = 0;
  for (const name of service === undefined ? services : [oneOf(services, service)]) {
    print(`${name}:`);
    const code = await forward(name, ['dead-letters', 'list'], runCommand, (line) => print(`  ${line}`));
    highestCode = Math.max(highestCode, code);
  }
  return highestCode;
}

async function forward(
  service: string,
  args: readonly string[],
  runCommand: RunCommand,
  print: Print,
): Promise<number> {
  const { code, errors } = await runCommand(service, args, print);
  if (errors) print(errors);
  return code;
}
