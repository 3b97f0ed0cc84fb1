// The commands of a service, beside its running processes: `node dist/main.js dead-letters list`.

import { pause } from '../bus/backoff.js';
import { createConsumer } from '../bus/consumer.js';
import type { DeadLetter, DeadLetters } from '../bus/dead-letters.js';
import { publishAll } from '../bus/republish.js';
import { jobCause } from '../observability/trace.js';
import type { Service, Storage } from '../service/service.js';
import { openParts, type Parts } from '../service/start.js';
import type { Backup } from './backup.js';

const usage = `(none)                          runs the service
dead-letters list               lists the messages that could not be handled, oldest first
dead-letters show <id>          prints one message in full
dead-letters replay <id|all>    handles it again; a message that fails again stays
dead-letters drop <id|all>      deletes it
resync [--restored]             publishes the present state of every entity; --restored raises all versions first, so
                                that copies which are ahead of a restored backup accept it
history <id>                    prints the changes of an entity, one JSON object a line, oldest first
snapshot                        prints what this service stores, one JSON object a line
backup                          prints the whole database, one document a line
restore                         replaces the database by the backup on standard input`;

/** An unknown command, or an id that does not exist. Nothing was changed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

type Print = (line: string) => void | Promise<void>;
type Command = Readonly<{
  needsBus?: true;
  work: (parts: Parts<unknown>, print: Print, input: AsyncIterable<string>) => Promise<void>;
}>;

const readyWithinMs = 15_000;
// More than any copy can be ahead of a backup.
const versionsToRaise = 1_000_000;

/**
 * Runs one command on the service's own store and bus, and resolves when it is done. `input` are the lines of standard
 * input.
 * @throws UsageError before anything is changed, ConfigError for an invalid environment, Error if the command fails
 */
export async function runCommand<X>(
  service: Service<X>,
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  print: Print,
  {
    input = noLines(),
    ...overrides
  }: Parameters<typeof openParts>[2] & { input?: AsyncIterable<string> } = {},
): Promise<void> {
  const { work, needsBus = false } = choose(service, words);
  // Log lines would mix with the command's output.
  const parts = await openParts(service, { ...env, LOG_LEVEL: 'silent' }, overrides);
  try {
    await ready(parts, needsBus);
    await work(parts, print, input);
  } finally {
    await parts.close();
  }
}

function choose<X>(service: Service<X>, words: readonly string[]): Command {
  const [command = '', action = '', id = ''] = words;
  const pattern = [command, ...(words.length > 1 ? [action] : []), ...(words.length > 2 ? ['<id>'] : [])];
  switch (words.length > 3 ? '' : pattern.join(' ')) {
    case 'snapshot':
      return { work: printSnapshot(service) };
    case 'backup':
      return { work: backUp };
    case 'restore':
      return { work: restore };
    case 'resync':
      return { work: resync(false), needsBus: true };
    case 'resync --restored':
      return { work: resync(true), needsBus: true };
    case 'dead-letters list':
      return { work: listLetters };
    case 'dead-letters show <id>':
      return { work: eachLetter(id, showLetter) };
    case 'dead-letters drop <id>':
      return { work: eachLetter(id, dropLetter) };
    case 'dead-letters replay <id>':
      return { work: replayLetters(id) };
    default:
      if (command === 'history' && words.length === 2) return { work: printHistory(action) };
      throw new UsageError(`${service.name} knows these commands:\n${usage}`);
  }
}

async function ready({ base, check }: Parts<unknown>, needsBus: boolean): Promise<void> {
  const never = new AbortController().signal;
  for (const end = Date.now() + readyWithinMs; ;) {
    const checks = await check();
    if (needsBus) checks['bus'] = base.bus.connectedSince() ? 'ok' : 'disconnected';
    const missing = Object.entries(checks).filter(([, state]) => state !== 'ok');
    if (missing.length === 0) return;
    if (Date.now() > end) throw new Error(missing.map((entry) => entry.join(': ')).join('; '));
    await pause(100, never);
  }
}

const listLetters: Command['work'] = async ({ storage }, print) => {
  let count = 0;
  for await (const { id, diedAt, type, tries, error } of storage.deadLetters.list()) {
    await print([id, diedAt.toISOString(), type, `tries ${tries}`, firstLine(error)].join('  '));
    count += 1;
  }
  await print(`${count} dead letters`);
};

type OnLetter = (letter: DeadLetter, letters: DeadLetters, print: Print) => Promise<void>;

function eachLetter(wanted: string, use: OnLetter): Command['work'] {
  return async ({ storage: { deadLetters } }, print) => {
    const found: DeadLetter[] = [];
    for await (const letter of deadLetters.list())
      if (wanted === 'all' || letter.id === wanted) found.push(letter);
    if (wanted !== 'all' && found.length === 0)
      throw new UsageError(`there is no dead letter ${wanted}; "dead-letters list" lists them`);
    for (const letter of found) await use(letter, deadLetters, print);
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

function replayLetters(id: string): Command['work'] {
  return async (parts, print, input) => {
    const { base, storage, subscriptions } = parts;
    const consumer = createConsumer({ ...base, ...storage, subscriptions, limits: base.config });
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
    await eachLetter(id, replay)(parts, print, input);
    if (failed > 0) throw new Error(`${failed} could not be handled`);
  };
}

const resync =
  (restored: boolean): Command['work'] =>
  async ({ base: { bus, now }, storage }, print) => {
    for (const outbox of storage.outboxes) {
      if (restored) await outbox.raiseVersions(versionsToRaise);
      const events = outbox.republish(new Date(0));
      await print(`${await publishAll(events, bus, jobCause('resync'), now)} published`);
    }
  };

const printSnapshot =
  <X>(service: Service<X>): Command['work'] =>
  async ({ ctx }, print) => {
    for await (const entry of service.snapshot?.(ctx as X) ?? []) await print(JSON.stringify(entry));
  };

const printHistory =
  (id: string): Command['work'] =>
  async ({ storage }, print) => {
    if (!storage.history) throw new UsageError('this service keeps no history');
    for (const entry of await storage.history(id)) await print(JSON.stringify(entry));
  };

function backupIn({ backup }: Storage): Backup {
  if (!backup) throw new UsageError('this service has no database');
  return backup;
}

const backUp: Command['work'] = async ({ storage }, print) => {
  await backupIn(storage).write(print);
};

const restore: Command['work'] = async ({ storage }, print, input) => {
  await print(`${await backupIn(storage).restore(input)} documents restored`);
};

// oxlint-disable-next-line require-yield
async function* noLines(): AsyncGenerator<string> {}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';
