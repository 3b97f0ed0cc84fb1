// The operator commands of one service, on its own database and bus.

import { Readable } from 'node:stream';
import { trusted } from 'mongoose';
import { UsageError } from './command.js';
import { runCommand } from './commands.js';
import { ExpirationComplete } from '../events/expiration.js';
import { newId } from '../id.js';
import { on } from '../bus/subscription.js';
import { driver, eventually, startForTest } from '../testing/index.js';
import { aService, aThing, countUp, made } from '../testing/things.js';
import { jobCause } from '../observability/trace.js';

const started: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of started.splice(0).reverse()) await stop();
});

async function aRunningService() {
  const defect = { isFixed: false };
  const handled: string[] = [];
  const service = aService({
    subscriptions: () => [
      on(ExpirationComplete, async ({ data: { orderId } }) => {
        if (!defect.isFixed) throw new TypeError('x is undefined');
        handled.push(orderId);
      }),
    ],
    snapshot: async function* (ctx) {
      for await (const { id, version } of ctx.things.all())
        yield { about: 'orders', id, values: { version } };
    },
  });
  const running = await startForTest(service, { MAX_TRIES: '1' });
  started.push(() => running.stop());
  const run = async (words: string[], given: string[] = []) => {
    const lines: string[] = [];
    const input = Readable.from(given);
    const print = (line: string) => void lines.push(line);
    const done = runCommand(service, words, running.env, print, { driver, input });
    const error = await done.then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    return { lines, error };
  };
  const ask = (...words: string[]) => run(words);
  const restore = (backup: string[]) => run(['restore'], backup);
  const aDeadLetter = async () => {
    const orderId = newId();
    await running.publish(ExpirationComplete({ orderId }));
    const letter = await eventually(async () => {
      for await (const found of running.ctx.deadLetters.list())
        if (found.body.includes(orderId)) return found;
      throw new Error('no letter yet');
    });
    return { ...letter, orderId };
  };
  return { ...running, defect, handled, ask, restore, aDeadLetter };
}

describe('dead letters', () => {
  test('are listed oldest first and shown in full', async () => {
    const { ask, aDeadLetter } = await aRunningService();
    const [first, second] = [await aDeadLetter(), await aDeadLetter()];

    const { lines } = await ask('dead-letters', 'list');
    expect(lines).toEqual([
      expect.stringMatching(`^${first.id} .*expiration:complete  tries 1  TypeError: x is undefined$`),
      expect.stringContaining(second.id),
      '2 dead letters',
    ]);
    const shown = (await ask('dead-letters', 'show', second.id)).lines.join('\n');
    expect(shown).toContain(second.body);
    expect(shown).toContain('TypeError: x is undefined\n    at ');
  });

  test('stay until the defect is fixed and are then handled again', async () => {
    const { ask, aDeadLetter, defect, handled } = await aRunningService();
    const [first, second] = [await aDeadLetter(), await aDeadLetter()];

    const early = await ask('dead-letters', 'replay', first.id);
    expect(early.lines).toEqual([`${first.id} stays: x is undefined`]);
    expect(early.error?.message).toBe('1 could not be handled');

    defect.isFixed = true;
    const handledOnly = ({ id }: { id: string }) => ({ lines: [`handled ${id}`], error: undefined });
    expect(await ask('dead-letters', 'replay', first.id)).toMatchObject(handledOnly(first));
    expect(await ask('dead-letters', 'replay', 'all')).toMatchObject(handledOnly(second));
    expect(handled).toEqual([first.orderId, second.orderId]);
    expect((await ask('dead-letters', 'list')).lines).toEqual(['0 dead letters']);
  });

  test('are dropped by id or all at once', async () => {
    const { ask, aDeadLetter, handled } = await aRunningService();
    const [first, second] = [await aDeadLetter(), await aDeadLetter()];

    expect((await ask('dead-letters', 'drop', first.id)).lines).toEqual([`dropped ${first.id}`]);
    expect((await ask('dead-letters', 'drop', 'all')).lines).toEqual([`dropped ${second.id}`]);
    expect(handled).toEqual([]);
  });
});

describe('resync', () => {
  test('publishes the present state of every entity with new event ids', async () => {
    const { ask, ctx, eventsOf } = await aRunningService();
    const things = [aThing(), aThing(), aThing()];
    for (const thing of things) await ctx.things.create(() => made(thing), jobCause('test'));
    const [first] = things.map(({ id }) => id);
    await ctx.things.change(`${first}`, countUp, jobCause('test'));
    await ctx.things.model.updateMany({}, { $set: { changedAt: new Date(0) } });
    // An event that is still in the outbox is not republished.
    const isWaiting = { 'outbox.id': trusted({ $gt: '' }) } as never;
    await eventually(async () => expect(await ctx.things.model.countDocuments(isWaiting)).toBe(0));
    await eventually(() => expect(eventsOf('ticket:updated', `${first}`)).toHaveLength(2));

    expect((await ask('resync')).lines).toEqual(['events published: 3']);

    await eventually(() => expect(eventsOf('ticket:updated', `${first}`)).toHaveLength(3));
    expect(eventsOf('ticket:updated', `${first}`).at(-1)).toMatchObject({ version: 1, title: '1' });
    for (const { id } of things.slice(1))
      await eventually(() => expect(eventsOf('ticket:updated', id)).toHaveLength(2));
  });

  test('of a restored backup raises versions above every copy, and changes continue from there', async () => {
    const { ask, ctx, eventsOf } = await aRunningService();
    const thing = aThing();
    await ctx.things.create(() => made(thing), jobCause('test'));

    expect((await ask('resync', '--restored')).lines).toEqual(['events published: 1']);

    await eventually(() => expect(eventsOf('ticket:updated', thing.id)).toHaveLength(2));
    await ctx.things.change(thing.id, countUp, jobCause('test'));
    await eventually(() =>
      expect(eventsOf('ticket:updated', thing.id)).toMatchObject([
        { version: 0 },
        { version: 1_000_000 },
        { version: 1_000_001, title: '1' },
      ]),
    );
  });
});

test('a snapshot is printed one entity per line', async () => {
  const { ask, ctx } = await aRunningService();
  const thing = aThing();
  await ctx.things.create(() => made(thing), jobCause('test'));
  expect((await ask('snapshot')).lines.map((line) => JSON.parse(line))).toEqual([
    { about: 'orders', id: thing.id, values: { version: 0 } },
  ]);
});

describe('an invalid command', () => {
  test.each([
    ['unknown', ['resink']],
    ['incomplete', ['dead-letters']],
    ['without an id', ['dead-letters', 'drop']],
    ['with too many words', ['dead-letters', 'drop', 'all', 'all']],
    ['with an unknown option', ['resync', '--force']],
  ])('%s gets the usage text', async (_what, words) => {
    const { ask } = await aRunningService();
    const { error } = await ask(...words);
    expect(error).toBeInstanceOf(UsageError);
    expect(error?.message).toContain('things knows these commands:');
  });

  test.each(['show', 'replay', 'drop'])(
    'about an unknown dead letter changes nothing: %s',
    async (action) => {
      const { ask, aDeadLetter } = await aRunningService();
      await aDeadLetter();
      const { error } = await ask('dead-letters', action, newId());
      expect(error).toBeInstanceOf(UsageError);
      expect(error?.message).toContain('there is no dead letter');
      expect((await ask('dead-letters', 'list')).lines).toHaveLength(2);
    },
  );
});

test('a command names a database that does not answer', async () => {
  const service = aService();
  const running = await startForTest(service);
  started.push(() => running.stop());
  const env = { ...running.env, MONGO_URI: 'mongodb://127.0.0.1:1/?replicaSet=rs0' };
  await expect(runCommand(service, ['snapshot'], env, () => undefined, { driver })).rejects.toThrow(
    'database: cannot connect',
  );
});

describe('a backup', () => {
  test('contains every document, and a restore replaces the database by it', async () => {
    const { ctx, ask, restore } = await aRunningService();
    const [kept, changed] = [aThing({ place: 'A1' }), aThing()];
    for (const thing of [kept, changed]) await ctx.things.create(() => made(thing), jobCause('test'));
    const { lines } = await ask('backup');
    const documents = lines.filter((line) => line.includes('"document"')).length;
    expect(lines.at(-1)).toBe(JSON.stringify({ documents }));

    await ctx.things.change(changed.id, countUp, jobCause('test'));
    // The restore removes what the backup does not contain.
    const letters = ctx.database.connection.collection('deadLetters');
    await letters.insertOne({ body: 'later' });
    const late = aThing();
    await ctx.things.create(() => made(late), jobCause('test'));
    const { lines: output, error } = await restore(lines);
    expect(error).toBeUndefined();
    expect(output).toEqual([`${documents} documents restored`]);

    const stored = await ctx.database.connection.collection('things').find().toArray();
    const counts = new Map(stored.map(({ _id, count }) => [String(_id), count as number]));
    expect(counts).toEqual(new Map([kept, changed].map(({ id }) => [id, 0])));
    expect(await letters.countDocuments()).toBe(0);
    // The unique indexes are restored.
    const rival = { _id: newId() as never, status: 'open', place: 'A1' };
    await expect(ctx.database.connection.collection('things').insertOne(rival)).rejects.toThrow('one-place');
    const names = (await ctx.database.connection.listCollections()).map(({ name }) => name);
    expect(names.filter((name) => name.includes('restoring'))).toEqual([]);
  });

  test.each([
    ['was cut off', (lines: string[]) => lines.slice(0, -1), /cut off: it has \d+ documents of more/],
    [
      'lacks a line',
      (lines: string[]) => lines.filter((line) => !line.includes('"document"')),
      /cut off: it has \d+ documents of \d+/,
    ],
    ['has more after its end', (lines: string[]) => [...lines, lines[0] ?? ''], /after the end/],
    ['is something else', () => ['{"a":1}'], /not a line of a backup: \{"a":1\}/],
    ['is empty', () => [], /cut off/],
    [
      'is of another database',
      ([, ...lines]: string[]) => ['{"database":"ticketing-x"}', ...lines],
      /a backup of ticketing-x, not of test-/,
    ],
  ])('that %s is refused without a change', async (_what, spoil, message) => {
    const { ctx, ask, restore } = await aRunningService();
    const thing = aThing();
    await ctx.things.create(() => made(thing), jobCause('test'));
    const { lines } = await ask('backup');
    await ctx.things.change(thing.id, countUp, jobCause('test'));

    const { error } = await restore(spoil(lines));
    expect(error?.message).toMatch(message);
    const stored = await ctx.database.connection.collection('things').findOne({ _id: thing.id as never });
    expect(stored).toMatchObject({ count: 1 });
  });
});
