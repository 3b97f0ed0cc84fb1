import { accept, type Decision } from '../decision.js';
import { NotFound } from '../errors.js';
import { newId } from '../id.js';
import { jobCause, traceIdOf } from '../observability/trace.js';
import { startForTest, withoutLimits, type TestService } from '../testing/index.js';
import { getOrLate } from './late-event.js';
import { aService, aThing, close, countUp, made, type Thing, type ThingsContext } from '../testing/things.js';

let service: TestService<ThingsContext>;
let things: ThingsContext['things'];
beforeAll(async () => {
  service = await startForTest(aService());
  ({ things } = service.ctx);
});
afterAll(() => service.stop());

const cause = { ...jobCause('test'), by: 'user:ann', why: 'request:7' };
const times = (count: number) => Array.from({ length: count }, (_, index) => index);
const stored = (id: string) => things.model.findById(id).lean();

async function aStored(): Promise<Thing> {
  const thing = aThing();
  await things.create(() => made(thing), cause);
  return thing;
}

describe('the history of a document', () => {
  test('records each change of status with its actor and cause', async () => {
    const { id } = await aStored();
    await things.change(id, countUp, cause);
    await things.change(id, close, { ...cause, by: 'system', why: 'event:x' });
    const document = await stored(id);
    const expected = { at: expect.any(Date), trace: traceIdOf(cause.traceparent) };
    expect(document?.history).toEqual([
      { ...expected, by: 'user:ann', why: 'request:7', to: 'open', version: 0 },
      { ...expected, by: 'system', why: 'event:x', from: 'open', to: 'closed', version: 2 },
    ]);
  });

  test('shows the `note` of entries from earlier releases as their detail', async () => {
    const { id } = await aStored();
    const entry = { at: new Date(), by: 'system', why: 'event:x', to: 'open', version: 0 };
    const history = [{ ...entry, note: 'old' }, { ...entry, detail: 'new' }, entry];
    await things.model.updateOne({ _id: id } as never, { $set: { history } } as never);
    expect(await things.historyOf(id)).toEqual([
      { ...entry, detail: 'old' },
      { ...entry, detail: 'new' },
      entry,
    ]);
  });

  test('keeps the last fifty entries', async () => {
    const { id } = await aStored();
    const turn = (thing: Thing): Decision<Thing> =>
      accept({ ...thing, version: thing.version + 1, status: thing.status === 'open' ? 'closed' : 'open' });
    for (const _ of times(55)) await things.change(id, turn, cause);
    const versions = (await stored(id))?.history.map(({ version }) => version);
    expect([versions?.length, versions?.at(0), versions?.at(-1)]).toEqual([50, 6, 55]);
  });
});

describe('a newer version', () => {
  test('is waited for up to a second by getOrWait, which then returns the older version', async () => {
    const { id } = await aStored();
    await withoutLimits(async () => {
      const waiting = things.getOrWait(id, 1);
      await things.change(id, countUp, cause);
      expect(await waiting).toMatchObject({ version: 1 });
    });

    const begin = performance.now();
    expect(await things.getOrWait(id, 2)).toMatchObject({ version: 1 });
    expect(performance.now() - begin).toBeGreaterThanOrEqual(1_000);
  });
});

describe('an unknown id', () => {
  test('is not found', async () => {
    await expect(things.get(newId())).rejects.toThrow(NotFound);
    await expect(things.change(newId(), countUp, cause)).rejects.toThrow('thing not found');
    expect(await things.find(newId())).toBeUndefined();
  });

  test('is waited for up to a second by getOrWait', async () => {
    const thing = aThing();
    await withoutLimits(async () => {
      const waiting = things.getOrWait(thing.id);
      await things.find(newId());
      await things.create(() => accept(thing), cause);
      expect(await waiting).toEqual(thing);
    });

    const begin = performance.now();
    await expect(things.getOrWait(newId())).rejects.toThrow(NotFound);
    expect(performance.now() - begin).toBeGreaterThanOrEqual(1_000);
  });

  test('is an outage while its first event may be late: it is young, or the bus is away', async () => {
    const get = (id: string, isConnected: boolean) =>
      getOrLate(things, id, {
        now: () => new Date(),
        bus: { connectedSince: () => (isConnected ? 0 : undefined) },
      });
    const old = '0'.repeat(24);
    await expect(get(newId(), true)).rejects.toMatchObject({ retryAfterSeconds: 2 });
    await expect(get(old, false)).rejects.toMatchObject({ retryAfterSeconds: 2 });
    await expect(get(old, true)).rejects.toThrow(NotFound);
  });

  test('cannot be a query operator', async () => {
    await aStored();
    await expect(things.find({ $gt: '' } as never)).rejects.toThrow('cannot nest $');
    await expect(things.model.findOne({ userId: { $gt: '' } } as never)).rejects.toThrow('Cast to ');
  });
});

test('a scan finds matches in a collection of more than one batch, newest first', async () => {
  const many = times(10_050).map(() => newId());
  const documents = many.map((_id) => ({ _id, version: 0, status: 'open', userId: 'm', count: 0 }));
  await things.model.collection.insertMany(documents as never);
  const [oldest, , third] = many;
  const wanted = { _id: { $in: [oldest, third, many.at(-1)] } } as never;
  await things.model.collection.updateMany(wanted, { $set: { userId: 'wanted' } });

  const found: string[] = [];
  for await (const { state } of things.scan({ userId: 'wanted' })) found.push(state.id);
  expect(found).toEqual([many.at(-1), third, oldest]);
});
