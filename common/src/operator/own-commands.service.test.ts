// The commands, the answers to `find` and the list of `stuck` that a service declares itself.

import { connect, createServer, type AddressInfo } from 'node:net';
import { orThrow } from '../decision.js';
import { InvalidInput } from '../errors.js';
import { newId } from '../id.js';
import { jobCause, traceIdOf } from '../observability/trace.js';
import { driver, eventually, startForTest, type TestService } from '../testing/index.js';
import { aService, aThing, close, countUp, made, type ThingsContext } from '../testing/things.js';
import { command, UsageError } from './command.js';
import { runCommand } from './commands.js';

const count = command(
  'count <id> [text]',
  'counts a thing up',
  async (ctx: ThingsContext, { args: { id, text }, cause, print }) => {
    if (text !== undefined) throw new InvalidInput([{ message: 'The text is not valid.' }]);
    const { count: counted } = orThrow(await ctx.things.change(id, countUp, cause));
    await print(`counted to ${counted}`);
  },
);
const shut = command('shut <id>', 'closes a thing', async (ctx: ThingsContext, { args, cause }) => {
  orThrow(await ctx.things.change(args.id, close, cause));
});

const service = aService({
  commands: [count, shut],
  refusals: { closed: { status: 409, message: 'This thing is closed.' } },
  async *find(ctx, text) {
    const thing = await ctx.things.find(text);
    if (thing) yield { what: 'thing', id: thing.id, status: thing.status, related: { owner: thing.userId } };
  },
  async *stuck(ctx) {
    for await (const { state, changedAt } of ctx.things.scan({ status: 'closed' }))
      yield { what: `thing ${state.id}`, problem: 'closed', since: changedAt, action: 'Open it.' };
  },
});

// The sweep comes too late for these tests, so only the command itself can have published an event.
const noSweep = { OUTBOX_SWEEP_MS: '3600000' };

let running: TestService<ThingsContext>;
beforeAll(async () => {
  running = await startForTest(service, noSweep);
});
afterAll(() => running.stop());

const run = async (words: readonly string[], env: object = {}) => {
  const lines: string[] = [];
  const error = await runCommand(
    service,
    words,
    { ...running.env, USER: 'ada', ...env },
    (line) => void lines.push(line),
    {
      driver,
    },
  ).then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  return { lines, error };
};

/** A proxy to the bus that answers late. */
async function aSlowBus() {
  const { hostname, port } = new URL(String(running.env['NATS_URL']));
  const proxy = createServer((socket) => {
    socket.on('error', () => undefined);
    const join = () => void socket.pipe(connect(Number(port), hostname)).pipe(socket);
    setTimeout(join, 300);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const url = `nats://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return { url, close: () => proxy.close() };
}

const aStoredThing = async (cause = jobCause('test')) => {
  const thing = aThing();
  await running.ctx.things.create(() => made(thing), cause);
  return thing;
};

describe('a command of a service', () => {
  test('changes a document in the name of the operator, and its event is published before it ends', async () => {
    const { id } = await aStoredThing();
    const bus = await aSlowBus();
    const done = await run(['count', id], { NATS_URL: bus.url });
    expect(done).toEqual({ lines: ['counted to 1'], error: undefined });
    bus.close();

    await eventually(() =>
      expect(running.eventsOf('ticket:updated', id)).toContainEqual(expect.objectContaining({ version: 1 })),
    );
    expect(await run(['shut', id, '--by', 'grace@example.com'])).toMatchObject({ error: undefined });
    expect((await running.ctx.things.historyOf(id)).at(-1)).toMatchObject({
      by: 'operator:grace@example.com',
      why: 'ops:shut',
      to: 'closed',
    });
  });

  test('works while the bus is away, and the sweep of the service publishes the event later', async () => {
    const { id } = await aStoredThing();
    await eventually(() => expect(running.eventsOf('ticket:updated', id)).toHaveLength(1));
    const away = { NATS_URL: 'nats://127.0.0.1:1' };
    expect(await run(['count', id], away)).toEqual({ lines: ['counted to 1'], error: undefined });
    expect(running.eventsOf('ticket:updated', id)).toHaveLength(1);

    const sweeping = await startForTest(service, {
      NAMESPACE: running.env['NAMESPACE'],
      OUTBOX_SWEEP_MS: '50',
    });
    try {
      await eventually(() =>
        expect(running.eventsOf('ticket:updated', id)).toContainEqual(
          expect.objectContaining({ version: 1 }),
        ),
      );
    } finally {
      await sweeping.stop();
    }
  });

  test('that is refused fails with the message and the code of the refusal', async () => {
    const { id } = await aStoredThing();
    await run(['shut', id]);
    const { error } = await run(['count', id]);
    expect(error).not.toBeInstanceOf(UsageError);
    expect(error?.message).toBe('This thing is closed. (closed)');
  });

  test('about an unknown id fails', async () => {
    const { error } = await run(['count', newId()]);
    expect(error?.message).toBe('thing not found');
  });

  test.each([
    ['without its argument', ['count'], {}, 'count <id> [text] [--by=operator]  '],
    ['with invalid input', ['count', newId(), 'x'], {}, 'The text is not valid.'],
    ['without a name', ['count', newId()], { USER: '' }, 'Say who you are: --by=<name>'],
    ['with an invalid name', ['count', newId(), '--by', 'a b'], {}, 'Say who you are: --by=<name>'],
    ['with a long name', ['count', newId(), '--by', 'a'.repeat(65)], {}, 'Say who you are: --by=<name>'],
  ])('%s is a mistake in usage', async (_what, words, env, message) => {
    const { error } = await run(words, env);
    expect(error).toBeInstanceOf(UsageError);
    expect(error?.message).toContain(message);
  });
});

describe('find', () => {
  const found = async (...words: string[]) =>
    (await run(['find', ...words])).lines.map((line) => (JSON.parse(line) as { id: string }).id);

  test('prints what the service stores under one or several ids', async () => {
    const [one, two] = [await aStoredThing(), await aStoredThing()];
    expect((await run(['find', one.id])).lines.map((line) => JSON.parse(line))).toEqual([
      { what: 'thing', id: one.id, status: 'open', related: { owner: one.userId } },
    ]);
    expect(await found(`${one.id},${newId()},${two.id}`)).toEqual([one.id, two.id]);
  });

  test('prints what a request changed, by its request id and its trace id', async () => {
    const cause = { ...jobCause('test'), why: 'request:the-request' };
    const { id } = await aStoredThing(cause);
    await aStoredThing();
    expect(await found('the-request', '--request')).toEqual([id]);
    expect(await found(traceIdOf(cause.traceparent), '--request')).toEqual([id]);
    expect(await found('the-reques', '--request')).toEqual([]);
    expect(await found('the-request')).toEqual([]);
  });
});

test('stuck prints what the service declares, its dead letters, and events that wait for a minute', async () => {
  const { ctx, env, stop } = await startForTest(service, noSweep);
  try {
    const { id } = aThing();
    const stuck = async () => {
      const lines: string[] = [];
      await runCommand(service, ['stuck'], env, (line) => void lines.push(line), { driver });
      return lines.map((line) => JSON.parse(line));
    };
    expect(await stuck()).toEqual([]);

    const { things, deadLetters } = ctx;
    const letter = { type: 'x', body: '', error: '', tries: 5, storedAt: new Date(1), diedAt: new Date(2) };
    await deadLetters.add(letter);
    await deadLetters.add(letter);
    const aMinuteAgo = new Date(Date.now() - 61_000).toISOString();
    const waiting = { id: 'ticket:updated/x/9', type: 'ticket:updated', time: aMinuteAgo };
    await things.create(() => made({ ...aThing(), id, status: 'closed' }), jobCause('test'));
    await things.model.updateOne({ _id: id }, { $set: { outbox: [waiting] } } as never);
    expect(await stuck()).toEqual([
      { what: `thing ${id}`, problem: 'closed', since: expect.any(String), action: 'Open it.' },
      expect.objectContaining({ what: 'dead letters of things', problem: '2 in number' }),
      expect.objectContaining({ what: 'outbox of things', since: aMinuteAgo }),
    ]);
  } finally {
    await stop();
  }
});
