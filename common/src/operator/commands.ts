// What operators ask of a service, beside its running processes: `node dist/main.js dead-letters list`.

import type { BaseConfig } from '../service/config.js';
import type { DeadLetter, DeadLetters } from '../bus/dead-letters.js';
import { createConsumer } from '../bus/consumer.js';
import { publishAll } from '../bus/republish.js';
import { checksOf, openParts, type Parts, type Service, type ServiceContext } from '../service/service.js';
import { pause } from '../bus/backoff.js';
import type { Backup } from './backup.js';
import { jobCause } from '../observability/trace.js';

const usage = `(none)                          serves
dead-letters list               what could not be handled, the oldest first
dead-letters show <id>          one of them, whole
dead-letters replay <id|all>    handles it again; it stays when that fails
dead-letters drop <id|all>      forgets it
resync [--restored]             publishes the present state of everything; with --restored under raised versions,
                                so that copies which are ahead of a restored backup take it
history <id>                    what has happened to it, one JSON object a line, the oldest first
snapshot                        what this service holds, one JSON object a line
backup                          the whole database, a document a line
restore                         puts a backup, from standard input, in the place of what there is`;

/** A command that makes no sense, or names what is not there. Nothing was changed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

type Print = (line: string) => void | Promise<void>;
type Work<C extends BaseConfig, X extends ServiceContext> = (
  parts: Parts<C, X>,
  print: Print,
  input: AsyncIterable<string>,
) => Promise<void>;

const readyWithinMs = 15_000;
// More than any copy may be ahead.
const raisedBy = 1_000_000;

/**
 * Runs one command on the service's own store and bus, and resolves when it is done. `input` is what it is given to read,
 * by lines.
 * @throws UsageError before anything is touched, ConfigError for a bad environment, Error when it could not be done
 */
export async function runCommand<C extends BaseConfig, X extends ServiceContext>(
  service: Service<C, X>,
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  print: Print,
  {
    input = nothing(),
    ...overrides
  }: Parameters<typeof openParts>[2] & { input?: AsyncIterable<string> } = {},
): Promise<void> {
  const { work, needsBus } = choose(service, words);
  // What it prints is its answer, which a log would spoil.
  const parts = await openParts(service, { ...env, LOG_LEVEL: 'silent' }, overrides);
  try {
    await ready(parts, needsBus);
    await work(parts, print, input);
    await parts.relay.drain();
  } finally {
    await parts.bus.close();
    await parts.ctx.close();
    await parts.stopTracing();
  }
}

function choose<C extends BaseConfig, X extends ServiceContext>(
  service: Service<C, X>,
  [command, ...rest]: readonly string[],
): { work: Work<C, X>; needsBus: boolean } {
  const [action, id, ...more] = rest;
  if (command === 'snapshot' && rest.length === 0) return { work: exportSnapshot(service), needsBus: false };
  if (command === 'history' && action !== undefined && id === undefined)
    return { work: tellHistory(action), needsBus: false };
  if (command === 'backup' && rest.length === 0) return { work: backUp, needsBus: false };
  if (command === 'restore' && rest.length === 0) return { work: restore, needsBus: false };
  if (command === 'resync' && (rest.length === 0 || (rest.length === 1 && action === '--restored')))
    return { work: resync(action === '--restored'), needsBus: true };
  if (command === 'dead-letters' && action === 'list' && id === undefined)
    return { work: listLetters, needsBus: false };
  if (command === 'dead-letters' && id !== undefined && more.length === 0) {
    if (action === 'show') return { work: eachLetter(id, showLetter), needsBus: false };
    if (action === 'drop') return { work: eachLetter(id, dropLetter), needsBus: false };
    if (action === 'replay') return { work: replayLetters(service, id), needsBus: false };
  }
  throw new UsageError(`${service.name} knows these commands:\n${usage}`);
}

async function ready<C extends BaseConfig, X extends ServiceContext>(
  { ctx, bus }: Parts<C, X>,
  needsBus: boolean,
): Promise<void> {
  const never = new AbortController().signal;
  for (const end = Date.now() + readyWithinMs; ;) {
    const checks = await checksOf(ctx);
    if (needsBus) checks['bus'] = bus.connectedSince() ? 'ok' : 'disconnected';
    const missing = Object.entries(checks).filter(([, state]) => state !== 'ok');
    if (missing.length === 0) return;
    if (Date.now() > end) throw new Error(missing.map((entry) => entry.join(': ')).join('; '));
    await pause(100, never);
  }
}

const listLetters = async ({ ctx }: { ctx: ServiceContext }, print: Print): Promise<void> => {
  let count = 0;
  for await (const { id, diedAt, type, tries, error } of ctx.deadLetters.list()) {
    await print([id, diedAt.toISOString(), type, `tries ${tries}`, firstLine(error)].join('  '));
    count += 1;
  }
  await print(`${count} dead letters`);
};

type OnLetter = (letter: DeadLetter, letters: DeadLetters, print: Print) => Promise<void>;

function eachLetter(wanted: string, use: OnLetter) {
  return async ({ ctx }: { ctx: ServiceContext }, print: Print): Promise<void> => {
    const found: DeadLetter[] = [];
    for await (const letter of ctx.deadLetters.list())
      if (wanted === 'all' || letter.id === wanted) found.push(letter);
    if (wanted !== 'all' && found.length === 0)
      throw new UsageError(`there is no dead letter ${wanted}; "dead-letters list" shows what there is`);
    for (const letter of found) await use(letter, ctx.deadLetters, print);
  };
}

const showLetter: OnLetter = async (letter, _letters, print) => {
  const { error, body, ...head } = letter;
  await print(`${JSON.stringify(head, undefined, 2)}\n${error}\n${body}`);
};

const dropLetter: OnLetter = async ({ id }, letters, print) => {
  await letters.remove(id);
  await print(`dropped ${id}`);
};

function replayLetters<C extends BaseConfig, X extends ServiceContext>(
  service: Service<C, X>,
  id: string,
): Work<C, X> {
  return async (parts, print) => {
    const { ctx, log, metrics, config } = parts;
    const subscriptions = service.subscriptions?.(ctx) ?? [];
    const { deadLetters } = ctx;
    const limits = config;
    const consumer = createConsumer({ subscriptions, deadLetters, log, metrics, limits });
    let failed = 0;
    const replay: OnLetter = async (letter, letters) => {
      try {
        await consumer.handle(letter.body);
      } catch (error) {
        failed += 1;
        return print(`${letter.id} stays: ${error instanceof Error ? error.message : String(error)}`);
      }
      await letters.remove(letter.id);
      return print(`handled ${letter.id}`);
    };
    await eachLetter(id, replay)(parts, print);
    if (failed > 0) throw new Error(`${failed} could not be handled`);
  };
}

const resync =
  (restored: boolean) =>
  async ({ ctx, bus, now }: Parts<BaseConfig, ServiceContext>, print: Print): Promise<void> => {
    for (const outbox of ctx.outboxes) {
      if (restored) await outbox.raiseVersions(raisedBy);
      await print(
        `${await publishAll(outbox.republish(new Date(0)), bus, jobCause('resync'), now)} published`,
      );
    }
  };

function exportSnapshot<C extends BaseConfig, X extends ServiceContext>(service: Service<C, X>): Work<C, X> {
  return async ({ ctx }, print) => {
    for await (const entry of service.snapshot?.(ctx) ?? []) await print(JSON.stringify(entry));
  };
}

const tellHistory =
  (id: string) =>
  async ({ ctx }: { ctx: ServiceContext }, print: Print): Promise<void> => {
    if (!ctx.history) throw new UsageError('this service keeps no history');
    for (const happening of await ctx.history(id)) await print(JSON.stringify(happening));
  };

function backupIn(ctx: ServiceContext): Backup {
  if (!ctx.backup) throw new UsageError('this service has no database');
  return ctx.backup;
}

const backUp = async ({ ctx }: { ctx: ServiceContext }, print: Print): Promise<void> => {
  await backupIn(ctx).write(print);
};

const restore = async (
  { ctx }: { ctx: ServiceContext },
  print: Print,
  input: AsyncIterable<string>,
): Promise<void> => {
  await print(`${await backupIn(ctx).restore(input)} documents restored`);
};

// oxlint-disable-next-line require-yield
async function* nothing(): AsyncGenerator<string> {}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';
