// The commands that every service has.

import { createConsumer } from '../bus/consumer.js';
import type { DeadLetter, DeadLetters } from '../bus/dead-letters.js';
import { publishAll } from '../bus/republish.js';
import type { Storage } from '../service/service.js';
import type { Backup } from './backup.js';
import { command, UsageError, type Command, type Print } from './command.js';
import { find } from './find.js';
import type { RunningService } from './running-service.js';
import { stuck } from './stuck.js';

// More than any copy can be ahead of a backup.
const versionsToRaise = 1_000_000;

const listLetters = command(
  'dead-letters list',
  'lists the messages that could not be handled, oldest first',
  async ({ parts: { storage } }: RunningService, { print }) => {
    let count = 0;
    for await (const { id, diedAt, type, tries, error } of storage.deadLetters.list()) {
      await print([id, diedAt.toISOString(), type, `tries ${tries}`, firstLine(error)].join('  '));
      count += 1;
    }
    await print(`${count} dead letters`);
  },
);

const showLetters = command(
  'dead-letters show <id>',
  'prints one message in full',
  async ({ parts: { storage } }: RunningService, { args: { id }, print }) => {
    for (const { error, body, ...head } of await lettersOf(storage, id))
      await print(`${JSON.stringify(head, undefined, 2)}\n${error}\n${body}`);
  },
);

const replayLetters = command(
  'dead-letters replay <id>',
  'handles one message again, or "all"; a message that fails again stays',
  async ({ parts: { base, storage, subscriptions } }: RunningService, { args: { id }, print }) => {
    const { deadLetters } = storage;
    const consumer = createConsumer({ ...base, ...storage, subscriptions, limits: base.config });
    let failed = 0;
    for (const letter of await lettersOf(storage, id))
      if (!(await replay(letter, consumer, deadLetters, print))) failed += 1;
    if (failed > 0) throw new Error(`${failed} could not be handled`);
  },
);

const dropLetters = command(
  'dead-letters drop <id>',
  'deletes one message, or "all"',
  async ({ parts: { storage } }: RunningService, { args, print }) => {
    for (const { id } of await lettersOf(storage, args.id)) {
      await storage.deadLetters.remove(id);
      await print(`dropped ${id}`);
    }
  },
);

export const resync = command(
  'resync [--restored]',
  'publishes the present state of every entity; --restored raises all versions first, so that copies which are ahead ' +
    'of a restored backup accept it',
  async ({ parts: { base, storage } }: RunningService, { args: { restored }, cause, print }) => {
    for (const outbox of storage.outboxes) {
      if (restored) await outbox.raiseVersions(versionsToRaise);
      const events = outbox.republish(new Date(0));
      await print(`events published: ${await publishAll(events, base.bus, cause, base.now)}`);
    }
  },
);

const history = command(
  'history <id>',
  'prints the changes of an entity, one JSON object a line, oldest first',
  async ({ parts: { storage } }: RunningService, { args: { id }, print }) => {
    if (!storage.history) throw new UsageError('this service keeps no history');
    for (const entry of await storage.history(id)) await print(JSON.stringify(entry));
  },
);

const snapshot = command(
  'snapshot',
  'prints what this service stores, one JSON object a line',
  async ({ service, parts: { ctx } }: RunningService, { print }) => {
    for await (const entry of service.snapshot?.(ctx) ?? []) await print(JSON.stringify(entry));
  },
);

const backUp = command(
  'backup',
  'prints the whole database, one document a line',
  async ({ parts: { storage } }: RunningService, { print }) => {
    await backupIn(storage).write(print);
  },
);

const restore = command(
  'restore',
  'replaces the database by the backup on standard input',
  async ({ parts: { storage }, input }: RunningService, { print }) => {
    await print(`${await backupIn(storage).restore(input)} documents restored`);
  },
);

export const builtInCommands: readonly Command<RunningService>[] = [
  ...[listLetters, showLetters, replayLetters, dropLetters, resync],
  ...[history, find, stuck, snapshot, backUp, restore],
];

/** @throws UsageError for an unknown id */
async function lettersOf({ deadLetters }: Storage, wanted: string): Promise<DeadLetter[]> {
  const found: DeadLetter[] = [];
  for await (const letter of deadLetters.list())
    if (wanted === 'all' || letter.id === wanted) found.push(letter);
  if (wanted !== 'all' && found.length === 0)
    throw new UsageError(`there is no dead letter ${wanted}; "dead-letters list" lists them`);
  return found;
}

async function replay(
  { id, body }: DeadLetter,
  consumer: Pick<ReturnType<typeof createConsumer>, 'handle'>,
  letters: DeadLetters,
  print: Print,
): Promise<boolean> {
  try {
    await consumer.handle(body);
  } catch (error) {
    await print(`${id} stays: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
  await letters.remove(id);
  await print(`handled ${id}`);
  return true;
}

function backupIn({ backup }: Storage): Backup {
  if (!backup) throw new UsageError('this service has no database');
  return backup;
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';
