// Runs a command of a service, beside its running processes: `node dist/main.js dead-letters list`.

import { pause } from '../bus/backoff.js';
import { InvalidInput, Refusal } from '../errors.js';
import { commonRefusals, type RefusalTable } from '../http/errors.js';
import { unrecordedSpan, traceparentOf } from '../observability/spans.js';
import type { Cause } from '../observability/trace.js';
import type { Service } from '../service/service.js';
import { openParts, type Parts } from '../service/start.js';
import { builtInCommands, resync } from './built-in.js';
import { nameOf, parseCommand, usageOf, UsageError, type CommandInput, type Print } from './command.js';
import type { RunningService } from './running-service.js';

type Env = Readonly<Record<string, string | undefined>>;
type Options = Parameters<typeof openParts>[2] & { input?: AsyncIterable<string> };
type Chosen = Readonly<{
  /** The command fails without the bus, or waits a moment for it. */
  bus: 'required' | 'wanted' | 'not used';
  args: CommandInput['args'];
  cause: Cause;
  run: (running: RunningService, input: CommandInput) => Promise<void>;
}>;

const readyWithinMs = 15_000;
const busWithinMs = 3_000;
const operatorName = /^[\w.@-]{1,64}$/;

/**
 * Runs one command on the service's own store and bus, and resolves when it is done. `input` are the lines of standard
 * input. If the bus is connected, the events of a change are published before this resolves. Otherwise they wait in the
 * outbox for the sweep of the running service.
 * @throws UsageError before anything is changed, ConfigError for an invalid environment, Error if the command fails
 */
export async function runCommand<X>(
  service: Service<X>,
  words: readonly string[],
  env: Env,
  print: Print,
  { input = noLines(), ...overrides }: Options = {},
): Promise<void> {
  const { bus, args, cause, run } = choose(service, words, env);
  // Log lines would mix with the command's output.
  const parts = await openParts(service, { ...env, LOG_LEVEL: 'silent' }, overrides);
  try {
    await ready(parts, bus);
    await run({ service: service as Service<unknown>, parts, input }, { args, cause, print });
  } catch (error) {
    throw explained(error, { ...commonRefusals, ...service.refusals });
  } finally {
    await parts.close();
  }
}

/** @throws UsageError with the list of commands */
function choose<X>(service: Service<X>, words: readonly string[], env: Env): Chosen {
  const own = (service.commands ?? []).map(({ syntax, summary, run }) => ({
    ...{ syntax: `${syntax} [--by=operator]`, summary },
    bus: 'wanted' as const,
    run: ({ parts }: RunningService, input: CommandInput) => run(parts.ctx as X, input),
  }));
  const builtIn = builtInCommands.map((one) => ({
    ...one,
    bus: one === resync ? ('required' as const) : ('not used' as const),
  }));
  const commands = [...own, ...builtIn];
  try {
    const { command, args } = parseCommand(commands, words);
    const by = command.bus === 'wanted' ? operatorIn(args['by'] ?? env['USER']) : 'system';
    const why = `ops:${nameOf(command).join('-')}`;
    return { ...command, args, cause: { by, why, traceparent: traceparentOf(unrecordedSpan()) } };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${error.message}\n${service.name} knows these commands:\n${usageOf(commands)}`);
  }
}

function operatorIn(name: string | true | undefined): string {
  if (typeof name === 'string' && operatorName.test(name)) return `operator:${name}`;
  throw new UsageError('Say who you are: --by=<name>, at most 64 letters, digits and . _ @ -');
}

async function ready({ base, check }: Parts<unknown>, bus: Chosen['bus']): Promise<void> {
  const never = new AbortController().signal;
  for (const start = performance.now(); ;) {
    const isWaitingForBus =
      bus !== 'not used' &&
      base.bus.connectedSince() === undefined &&
      (bus === 'required' || performance.now() < start + busWithinMs);
    const checks = { ...(await check()), ...(isWaitingForBus && { bus: 'disconnected' }) };
    const missing = Object.entries(checks).filter(([, state]) => state !== 'ok');
    if (missing.length === 0) return;
    if (performance.now() > start + readyWithinMs)
      throw new Error(missing.map((entry) => entry.join(': ')).join('; '));
    await pause(100, never);
  }
}

/** A refusal as its message, and invalid input as a mistake in usage. */
function explained(error: unknown, refusals: RefusalTable): unknown {
  if (error instanceof InvalidInput) return new UsageError(error.message);
  if (!(error instanceof Refusal)) return error;
  const message = refusals[error.code]?.message;
  return new Error(message === undefined ? error.code : `${message} (${error.code})`);
}

// oxlint-disable-next-line require-yield
async function* noLines(): AsyncGenerator<string> {}
