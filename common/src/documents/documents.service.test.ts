import { trusted } from 'mongoose';
import { accept, already, refuse, type Decision } from '../decision.js';
import { NotFound } from '../errors.js';
import { newId } from '../id.js';
import { eventually, startForTest, type TestService } from '../testing/index.js';
import { aService, aThing, close, countUp, made, type Thing, type ThingsContext } from '../testing/things.js';
import { jobCause } from '../observability/trace.js';

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

describe('concurrent writers of one document', () => {
  test('lose no change', async () => {
    const { id } = await aStored();
    await Promise.all(times(20).map(() => things.change(id, countUp, cause)));
    expect(await things.get(id)).toMatchObject({ count: 20, version: 20 });
    const versions = () =>
      service.eventsOf('ticket:updated', id).map((data) => (data as { version: number }).version);
    await eventually(() => expect(versions().sort((a, b) => a - b)).toEqual(times(21)));
  });

  test('overwrite each other without the guard (the control of the test above)', async () => {
    const { id } = await aStored();
    const seen = await Promise.all(times(20).map(() => things.get(id)));
    await Promise.all(
      seen.map(({ count }) => things.model.updateOne({ _id: id }, { $set: { count: count + 1 } } as never)),
    );
    expect((await things.get(id)).count).toBe(1);
  });

  test('decide again on the stored state after a lost race', async () => {
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

  test('write nothing when the second decision is a refusal', async () => {
    const { id } = await aStored();
    const counts = times(10).map(() => things.change(id, countUp, cause));
    await things.change(id, close, cause);
    const outcomes = (await Promise.all(counts)).map(({ outcome }) => outcome);
    const accepted = outcomes.filter((outcome) => outcome === 'accepted').length;
    expect(await things.get(id)).toMatchObject({ status: 'closed', count: accepted, version: accepted + 1 });
    expect(outcomes.filter((outcome) => outcome === 'refused')).toHaveLength(10 - accepted);
  });

  test('do not affect other documents of the same turn', async () => {
    const [busy, calm, other] = await Promise.all([aStored(), aStored(), aStored()]);
    await Promise.all([busy, busy, calm, busy, other].map(({ id }) => things.change(id, countUp, cause)));
    const counts = await Promise.all([busy, calm, other].map(async ({ id }) => (await things.get(id)).count));
    expect(counts).toEqual([3, 1, 1]);
  });

  test('create the document once', async () => {
    const id = newId();
    const arrive = (thing: Thing | undefined) => (thing ? countUp(thing) : made(aThing({ id })));
    await Promise.all(
      times(20).map((index) =>
        index % 2 ? things.changeOrCreate(id, arrive, cause) : things.insertOrChange(id, arrive, cause),
      ),
    );
    expect(await things.get(id)).toMatchObject({ count: 19, version: 19 });
  });
});

describe('a process with a stale cached state', () => {
  let other: TestService<ThingsContext>;
  beforeAll(async () => {
    other = await startForTest(aService(), { NAMESPACE: service.env['NAMESPACE'] });
  });
  afterAll(() => other.stop());

  const open = (thing: Thing): Decision<Thing> =>
    accept({ ...thing, status: 'open', version: thing.version + 1 });

  test('applies its change to the stored state', async () => {
    const { id } = await aStored();
    await other.ctx.things.change(id, countUp, cause);
    await things.change(id, countUp, cause);
    await other.ctx.things.change(id, countUp, cause);
    expect(await things.get(id)).toMatchObject({ count: 3, version: 3 });
  });

  test('does not refuse a change that the stored state allows', async () => {
    const { id } = await aStored();
    await things.change(id, close, cause);
    await other.ctx.things.change(id, open, cause);
    expect(await things.change(id, countUp, cause)).toMatchObject({ outcome: 'accepted' });
  });

  test('writes a state again that a restored backup has lost', async () => {
    const thing = await aStored({ count: 7 });
    await things.model.updateOne({ _id: thing.id } as never, { $set: { count: 1 } } as never);
    await things.changeOrCreate(thing.id, () => accept(thing), cause);
    expect((await things.get(thing.id)).count).toBe(7);
  });

  test('does not answer `already` from the cache', async () => {
    const { id } = await aStored();
    await things.change(id, close, cause);
    await other.ctx.things.change(id, open, cause);
    await things.change(id, close, cause);
    expect(await things.get(id)).toMatchObject({ status: 'closed', version: 3 });
  });
});

describe('a written change that another process overwrites at once', () => {
  test('is reported as written, even when another update of the same command is refused', async () => {
    const other = await startForTest(aService(), { NAMESPACE: service.env['NAMESPACE'] });
    const [stale, fresh] = [await aStored(), await aStored()];
    await other.ctx.things.change(stale.id, countUp, cause);
    const { db } = service.ctx.database.connection;
    if (!db) throw new Error('no database');
    const command = db.command.bind(db);
    let isOverwritten = false;
    const spy = jest.spyOn(db, 'command').mockImplementation(async (...args) => {
      const answer = await command(...args);
      // Jobs and the relay, which pulls entries from outboxes, send commands too.
      const text = JSON.stringify(args[0]);
      if (!isOverwritten && text.includes(fresh.id) && !text.includes('$pull')) {
        isOverwritten = true;
        await other.ctx.things.change(fresh.id, countUp, cause);
      }
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

describe('a unique index', () => {
  const acceptedTakers = async (place: string) => {
    const take = async (): Promise<Decision<Thing, 'taken'>> => {
      const holder = await things.model.findOne({ place: trusted({ $eq: place }), status: 'open' } as never);
      return holder ? refuse('taken') : made(aThing({ place }));
    };
    const decisions = await Promise.all(times(20).map(() => things.create(take, cause)));
    return decisions.filter(({ outcome }) => outcome === 'accepted').length;
  };

  test('accepts one of twenty concurrent creations; the others decide again and are refused', async () => {
    expect(await acceptedTakers(newId())).toBe(1);
  });

  test('that is missing lets several creations through (the control of the test above)', async () => {
    await things.model.collection.dropIndex('one-place');
    try {
      expect(await acceptedTakers(newId())).toBeGreaterThan(1);
    } finally {
      await things.model.deleteMany({});
      await things.model.createIndexes();
    }
  });
});

describe('a decision', () => {
  test('with the outcome `already` writes nothing', async () => {
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

  test('that throws writes nothing', async () => {
    const { id } = await aStored();
    const fail = () => {
      throw new TypeError('x');
    };
    await expect(things.change(id, fail, cause)).rejects.toThrow(TypeError);
    expect(await things.get(id)).toMatchObject({ version: 0 });
  });

  test('with an invalid event writes neither the event nor the state', async () => {
    const { id } = await aStored();
    const invalid = (thing: Thing) => made({ ...thing, userId: 'nobody', version: 1 });
    await expect(things.change(id, invalid, cause)).rejects.toThrow('must be an id');
    expect(await things.get(id)).toMatchObject({ version: 0 });
  });

  test('without a field removes the stored field', async () => {
    const { id } = await aStored({ place: newId() });
    await things.change(id, close, cause);
    expect(await stored(id)).not.toHaveProperty('place');
  });
});
