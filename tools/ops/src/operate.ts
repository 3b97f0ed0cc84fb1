// The commands of `npm run ops`. Each one runs commands of the services themselves.
import { check } from './check.js';
import { find } from './find.js';
import { showHistory } from './show-history.js';
import type { Print, RunCommand } from './run-command.js';
import { stuck } from './stuck.js';
import { oneOf, usage, UsageError } from './usage.js';

const services = ['auth', 'tickets', 'orders', 'expiration', 'payments', 'notifications'] as const;
const publishers = ['auth', 'tickets', 'orders', 'payments'] as const;
/** The service that decides, for each command that changes something. */
const deciders: Readonly<Record<string, (typeof services)[number]>> = {
  refund: 'payments',
  release: 'orders',
  'block-account': 'auth',
  'unblock-account': 'auth',
  grant: 'auth',
  revoke: 'auth',
};

/** The operator's name, and the reason for the command. */
export type Signature = Readonly<{ by: string; reason?: string | undefined }>;

/**
 * Runs one command and returns its exit code: 0 for success, 1 for a failure or for differences.
 * @throws UsageError with the usage text
 */
export async function operate(
  args: readonly string[],
  { by, reason }: Signature,
  runCommand: RunCommand,
  print: Print,
): Promise<number> {
  const [command = '', ...rest] = args;
  const decider = deciders[command];
  if (decider) {
    const options = [`--by=${by}`, ...(reason === undefined ? [] : [`--reason=${reason}`])];
    return await forward(decider, [...args, ...options], runCommand, print);
  }
  switch (command) {
    case 'find':
      return await find(rest, runCommand, print);
    case 'stuck':
      if (rest.length > 0) throw new UsageError(usage);
      return await stuck(services, runCommand, print);
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
  [action = 'list', service, id]: readonly string[],
  runCommand: RunCommand,
  print: Print,
): Promise<number> {
  if (action === 'list') return await listDeadLetters(service, runCommand, print);
  if (service === undefined || id === undefined) throw new UsageError(usage);
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
