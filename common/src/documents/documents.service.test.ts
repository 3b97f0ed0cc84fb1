import { Schema, trusted } from 'mongoose';
import { accept, already, refuse, type Decision } from '../decision.js';
import { NotFound } from '../errors.js';
import { newId } from '../id.js';
import { openDocuments } from './documents.js';
import { eventually, startForTest, type TestService } from '../testing/index.js';
import { aService, aThing, close, countUp, made, type Thing, type ThingsContext } from '../testing/things.js';
import { jobCause, traceIdOf } from '../observability/trace.js';

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

async function aStored(more: Partial<Thing> = {}): Promise<Thing> {
  const thing = aThing(more);
  await things.create(() => made(thing), cause);
  return thing;
}

describe('a derived field', () => {
  test('is stored with the state, follows each change, and is not read back', async () => {
    const keysOf = async (id: string) => (await things.model.findById(id).lean<{ keys?: object }>())?.keys;
    const { id } = await aStored();
    expect(await keysOf(id)).toEqual({ count: '#0' });
    await things.change(id, countUp, cause);
    expect(await keysOf(id)).toEqual({ count: '#1' });
    expect(await things.get(id)).not.toHaveProperty('keys');
    for await (const thing of things.all()) expect(thing).not.toHaveProperty('keys');
  });
});

describe('writers of the same thing at the same time', () => {
  test('all have their way: nothing that one of them did is lost', async () => {
    const { id } = await aStored();
    await Promise.all(times(20).map(() => things.change(id, countUp, cause)));
    expect(await things.get(id)).toMatchObject({ count: 20, version: 20 });
    const versions = () =>
      service.eventsOf('ticket:updated', id).map((data) => (data as { version: number }).version);
    await eventually(() => expect(versions().sort((a, b) => a - b)).toEqual(times(21)));
  });

  test('…and without the guard they would undo each other (this keeps the test above honest)', async () => {
    const { id } = await aStored();
    const seen = await Promise.all(times(20).map(() => things.get(id)));
    await Promise.all(
      seen.map(({ count }) => things.model.updateOne({ _id: id }, { $set: { count: count + 1 } } as never)),
    );
    expect((await things.get(id)).count).toBe(1);
  });

  test('decide again on what is there, when somebody else was first', async () => {
    const { id } = await aStored();
    const seen: number[] = [];
    const decide = (thing: Thing) => {
      seen.push(thing.version);
      return countUp(thing);
    };
    await Promise.all(times(10).map(() => things.change(id, decide, cause)));
    expect(seen.length).toBeGreaterThan(10);
    expect(new Set(seen)).toEqual(new Set(times(10)));
  });

  test('may find then that it is refused, and write nothing', async () => {
    const { id } = await aStored();
    const counts = times(10).map(() => things.change(id, countUp, cause));
    await things.change(id, close, cause);
    const outcomes = (await Promise.all(counts)).map(({ outcome }) => outcome);
    const accepted = outcomes.filter((outcome) => outcome === 'accepted').length;
    expect(await things.get(id)).toMatchObject({ status: 'closed', count: accepted, version: accepted + 1 });
    expect(outcomes.filter((outcome) => outcome === 'refused')).toHaveLength(10 - accepted);
  });

  test('harm no writer of another thing in the same turn', async () => {
    const [busy, calm, other] = await Promise.all([aStored(), aStored(), aStored()]);
    await Promise.all([busy, busy, calm, busy, other].map(({ id }) => things.change(id, countUp, cause)));
    const counts = await Promise.all([busy, calm, other].map(async ({ id }) => (await things.get(id)).count));
    expect(counts).toEqual([3, 1, 1]);
  });

  test('bring it into being once, whoever is first', async () => {
    const id = newId();
    const arrive = (thing: Thing | undefined) => (thing ? countUp(thing) : made(aThing({ id })));
    await Promise.all(
      times(20).map((index) =>
        index % 2 ? things.changeOrCreate(id, arrive, cause) : things.createOrChange(id, arrive, cause),
      ),
    );
    expect(await things.get(id)).toMatchObject({ count: 19, version: 19 });
  });
});

describe('a process that has seen a thing before another changed it', () => {
  let other: TestService<ThingsContext>;
  beforeAll(async () => {
    other = await startForTest(aService(), { NAMESPACE: service.env['NAMESPACE'] });
  });
  afterAll(() => other.stop());

  const open = (thing: Thing): Decision<Thing> =>
    accept({ ...thing, status: 'open', version: thing.version + 1 });

  test('builds on the change', async () => {
    const { id } = await aStored();
    await other.ctx.things.change(id, countUp, cause);
    await things.change(id, countUp, cause);
    await other.ctx.things.change(id, countUp, cause);
    expect(await things.get(id)).toMatchObject({ count: 3, version: 3 });
  });

  test('does not refuse what is allowed by now', async () => {
    const { id } = await aStored();
    await things.change(id, close, cause);
    await other.ctx.things.change(id, open, cause);
    expect(await things.change(id, countUp, cause)).toMatchObject({ outcome: 'accepted' });
  });

  test('does not take for stored what was lost with a restored backup', async () => {
    const thing = await aStored({ count: 7 });
    await things.model.updateOne({ _id: thing.id } as never, { $set: { count: 1 } } as never);
    await things.changeOrCreate(thing.id, () => accept(thing), cause);
    expect((await things.get(thing.id)).count).toBe(7);
  });

  test('does not think it so already when it is so no more', async () => {
    const { id } = await aStored();
    await things.change(id, close, cause);
    await other.ctx.things.change(id, open, cause);
    await things.change(id, close, cause);
    expect(await things.get(id)).toMatchObject({ status: 'closed', version: 3 });
  });
});

describe('a write whose document another process changes right after it', () => {
  test('counts as written, also when another write of the same command is refused', async () => {
    const other = await startForTest(aService(), { NAMESPACE: service.env['NAMESPACE'] });
    const [stale, fresh] = [await aStored(), await aStored()];
    await other.ctx.things.change(stale.id, countUp, cause);
    const { db } = service.ctx.database.connection;
    if (!db) throw new Error('no database');
    const command = db.command.bind(db);
    const spy = jest.spyOn(db, 'command').mockImplementationOnce(async (...args) => {
      const answer = await command(...args);
      await other.ctx.things.change(fresh.id, countUp, cause);
      return answer;
    });
    const seen: number[] = [];
    try {
      await Promise.all([
        things.change(stale.id, countUp, cause),
        things.change(fresh.id, (thing) => (seen.push(thing.version), countUp(thing)), cause),
      ]);
    } finally {
      spy.mockRestore();
      await other.stop();
    }
    expect(seen).toEqual([0]);
    expect(await things.get(fresh.id)).toMatchObject({ count: 2, version: 2 });
    expect(await things.get(stale.id)).toMatchObject({ count: 2, version: 2 });
  });
});

test('a change of a cached document that has been deleted is refused and inserts nothing', async () => {
  const { id } = await aStored();
  const count = await things.model.countDocuments();
  await things.model.deleteOne({ _id: id } as never);
  await expect(things.change(id, countUp, cause)).rejects.toThrow(NotFound);
  expect(await things.model.countDocuments()).toBe(count - 1);
});

describe('the outbox', () => {
  const openUnswept = (name: string) =>
    openDocuments<Thing>({
      name,
      database: service.ctx.database,
      schema: new Schema({}),
      relay: { kick: () => undefined, sweep: async () => undefined, drain: async () => undefined },
      now: () => new Date(),
    });
  const entry = (id: string, at: number) => ({
    _id: id as never,
    version: 0,
    outbox: [{ id: `thing:changed/${id}/0`, time: new Date(at).toISOString() }],
  });

  test('finds an old entry behind more young ones than the limit', async () => {
    const { model, outbox } = openUnswept('young-first');
    const now = Date.now();
    await model.collection.insertMany([entry('a', now), entry('b', now), entry('c', now - 60_000)]);
    const found = await outbox.pending(new Date(now - 1_000), 2);
    expect(found.map(({ documentId }) => documentId)).toEqual(['c']);
  });

  test('finds an entry of a process whose clock is an hour ahead', async () => {
    const { model, outbox } = openUnswept('fast-clock');
    const now = Date.now();
    await model.collection.insertMany([entry('a', now), entry('b', now + 3_600_000)]);
    const found = await outbox.pending(new Date(now - 1_000), 2);
    expect(found.map(({ documentId }) => documentId)).toEqual(['b']);
  });
});

describe('a unique index', () => {
  const takers = async (place: string) => {
    const take = async (): Promise<Decision<Thing, 'taken'>> => {
      const holder = await things.model.findOne({ place: trusted({ $eq: place }), status: 'open' } as never);
      return holder ? refuse('taken') : made(aThing({ place }));
    };
    const decisions = await Promise.all(times(20).map(() => things.create(take, cause)));
    return decisions.filter(({ outcome }) => outcome === 'accepted').length;
  };

  test('lets one of twenty have the place; the others decide again and are refused', async () => {
    expect(await takers(newId())).toBe(1);
  });

  test('…and without it several would (this keeps the test above honest)', async () => {
    await things.model.collection.dropIndex('one-place');
    try {
      expect(await takers(newId())).toBeGreaterThan(1);
    } finally {
      await things.model.deleteMany({});
      await things.model.createIndexes();
    }
  });
});

describe('a decision', () => {
  test('that it is so already writes nothing', async () => {
    const { id } = await aStored();
    const before = await eventually(async () => {
      const document = await stored(id);
      expect(document?.outbox).toEqual([]);
      return document;
    });
    await things.change(id, (thing) => already(thing), cause);
    await things.changeOrCreate(newId(), () => already(aThing()), cause);
    expect(await stored(id)).toEqual(before);
  });

  test('that fails writes nothing', async () => {
    const { id } = await aStored();
    const fail = () => {
      throw new TypeError('x');
    };
    await expect(things.change(id, fail, cause)).rejects.toThrow(TypeError);
    expect(await things.get(id)).toMatchObject({ version: 0 });
  });

  test('that makes an unfit event writes nothing, neither the event nor the state', async () => {
    const { id } = await aStored();
    const unfit = (thing: Thing) => made({ ...thing, userId: 'nobody', version: 1 });
    await expect(things.change(id, unfit, cause)).rejects.toThrow('must be an id');
    expect(await things.get(id)).toMatchObject({ version: 0 });
  });

  test('about a field that is gone removes it', async () => {
    const { id } = await aStored({ place: newId() });
    await things.change(id, close, cause);
    expect(await stored(id)).not.toHaveProperty('place');
  });
});

describe('the history of a thing', () => {
  test('says who changed its status, by what, from what to what', async () => {
    const { id } = await aStored();
    await things.change(id, countUp, cause);
    await things.change(id, close, { ...cause, by: 'system', why: 'event:x' });
    const document = await stored(id);
    const about = { at: expect.any(Date), trace: traceIdOf(cause.traceparent) };
    expect(document?.history).toEqual([
      { ...about, by: 'user:ann', why: 'request:7', to: 'open', version: 0 },
      { ...about, by: 'system', why: 'event:x', from: 'open', to: 'closed', version: 2 },
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

  test('remembers the last fifty', async () => {
    const { id } = await aStored();
    const turn = (thing: Thing): Decision<Thing> =>
      accept({ ...thing, version: thing.version + 1, status: thing.status === 'open' ? 'closed' : 'open' });
    for (const _ of times(55)) await things.change(id, turn, cause);
    const versions = (await stored(id))?.history.map(({ version }) => version);
    expect([versions?.length, versions?.at(0), versions?.at(-1)]).toEqual([50, 6, 55]);
  });
});

describe('a thing that is not here', () => {
  test('is not found', async () => {
    await expect(things.get(newId())).rejects.toThrow(NotFound);
    await expect(things.change(newId(), countUp, cause)).rejects.toThrow('thing not found');
    expect(await things.find(newId())).toBeUndefined();
  });

  test('is waited for up to a second, when a command names it', async () => {
    const thing = aThing();
    const waiting = things.getOrWait(thing.id);
    await things.find(newId());
    await things.create(() => accept(thing), cause);
    expect(await waiting).toEqual(thing);

    const begin = Date.now();
    await expect(things.getOrWait(newId())).rejects.toThrow(NotFound);
    expect(Date.now() - begin).toBeGreaterThanOrEqual(1_000);
  });

  test('is not found by an operator in the place of its id', async () => {
    await aStored();
    await expect(things.find({ $gt: '' } as never)).rejects.toThrow('cannot nest $');
    await expect(things.model.findOne({ userId: { $gt: '' } } as never)).rejects.toThrow('Cast to ');
  });
});
