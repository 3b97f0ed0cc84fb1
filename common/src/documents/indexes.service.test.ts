// Indexes and migrations of a database that processes of two releases use.

import { orThrow } from '../decision.js';
import { jobCause } from '../observability/trace.js';
import { startService } from '../service/start.js';
import { driver, eventually, startForTest } from '../testing/index.js';
import { aService, aThing, countUp, made, type ThingsContext } from '../testing/things.js';
import { mayDrop, type RetiredIndex } from './indexes.js';

const started: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of started.splice(0).reverse()) await stop();
});

type Env = Parameters<typeof startForTest>[1];

/** A service of a release that does this when it opens its database. */
function release(prepare: (ctx: ThingsContext) => void): ReturnType<typeof aService> {
  const present = aService();
  return {
    ...present,
    open(base) {
      const opened = present.open(base);
      prepare(opened.ctx);
      return opened;
    },
  };
}

/** Starts a process of a release; resolves when it is ready. */
async function start(service: ReturnType<typeof aService>, env?: Env) {
  const running = await startForTest(service, env);
  started.push(() => running.stop());
  return running;
}

const names = async ({ things }: ThingsContext) =>
  (await things.model.collection.indexes()).map(({ name }) => name);
const createOne = async ({ things }: ThingsContext, count = 0) =>
  orThrow(await things.create(() => made(aThing({ count })), jobCause('test')));

// The index of an earlier release: one thing for each count.
const old = { collection: 'things', name: 'old', dropIn: '1.0' } as const;
const makeOld = ({ things }: ThingsContext) =>
  things.model.collection.createIndex({ count: 1 }, { name: 'old', unique: true });

/** The release that declares the index. */
const earlier = release((ctx) => ctx.database.migrate(async () => void (await makeOld(ctx))));
/** A later one, which does not. */
const later = (more: Partial<RetiredIndex> = {}) =>
  release((ctx) => ctx.database.retireIndex({ ...old, ...more }));

describe('a migration', () => {
  /** A service of a later release with this step, on the database of an earlier one. */
  async function upgraded(step: (ctx: ThingsContext) => Promise<void>) {
    const { env } = await start(earlier);
    const { ctx } = await start(
      release((opened) => {
        opened.database.migrate(() => step(opened));
        opened.database.retireIndex(old);
      }),
      env,
    );
    return ctx;
  }

  test('runs after the current indexes exist and before the retired ones are dropped', async () => {
    const seen: unknown[] = [];
    const ctx = await upgraded(async (upgrading) => void seen.push(...(await names(upgrading))));
    expect(seen).toEqual(expect.arrayContaining(['one-place', 'old']));
    expect(await names(ctx)).not.toContain('old');
  });

  test('is tried again until it succeeds, and the service is not ready before', async () => {
    let tries = 0;
    const ctx = await upgraded(async () => {
      tries += 1;
      if (tries < 3) throw new Error('not yet');
    });
    expect(tries).toBe(3);
    expect(await names(ctx)).not.toContain('old');
  });
});

describe('an index that this release does not declare', () => {
  test('is dropped by the release that its entry names, and by later ones', () => {
    const dropping = ['1.3.0', '1.3.1', '1.10.0', '2.0.0'];
    const keeping = ['1.2.9', '1.0.0', '0.9.0'];
    for (const version of dropping)
      expect([version, mayDrop({ dropIn: '1.3' }, version)]).toEqual([version, true]);
    for (const version of keeping)
      expect([version, mayDrop({ dropIn: '1.3' }, version)]).toEqual([version, false]);
  });

  test('stays while it is needed', async () => {
    const { env } = await start(earlier);
    const { ctx } = await start(later({ isNeeded: async () => true }), env);
    expect(await names(ctx)).toContain('old');
  });

  test('stays in the release that stops declaring it, so that a process of the previous release can start again', async () => {
    const { env } = await start(earlier);
    const { ctx } = await start(later({ dropIn: '999.0' }), env);
    await createOne(ctx, 1);
    expect(await names(ctx)).toContain('old');
    await start(earlier, env);
  });

  test('leaves the previous release unready if it is dropped too early (the control of the test above)', async () => {
    const { env } = await start(earlier);
    const { ctx } = await start(later(), env);
    await createOne(ctx, 1);
    await createOne(ctx, 1);
    const rolledBack = await startService(earlier, env, { driver });
    started.push(() => rolledBack.stop());
    await eventually(async () => {
      const { checks } = (await (await fetch(`${rolledBack.url}/readyz`)).json()) as { checks: object };
      expect(checks).toMatchObject({ database: 'cannot connect or make indexes' });
    });
  });
});

describe('a retired index that a process of an old release makes again', () => {
  test('refuses no new document', async () => {
    const { ctx } = await start(later());
    await createOne(ctx, 1);
    await makeOld(ctx);
    await Promise.all([createOne(ctx, 1), createOne(ctx, 1), createOne(ctx, 2)]);
    expect(await ctx.things.model.countDocuments({})).toBe(4);
    expect(await names(ctx)).not.toContain('old');
  });

  test('refuses no change, also if two processes meet it at once', async () => {
    const { ctx, env } = await start(later());
    const { ctx: other } = await start(later(), env);
    const [first, second] = [await createOne(ctx, 0), await createOne(ctx, 10)];
    await createOne(ctx, 1);
    await createOne(ctx, 11);
    await makeOld(ctx);
    await Promise.all([
      ctx.things.change(first.id, countUp, jobCause('test')),
      other.things.change(second.id, countUp, jobCause('test')),
    ]);
    const counts = (await ctx.things.model.find({}, { count: 1 }).lean()).map(({ count }) => count);
    expect(counts.sort((a, b) => a - b)).toEqual([1, 1, 11, 11]);
    expect(await names(ctx)).not.toContain('old');
  });

  test('still refuses while it is needed', async () => {
    const { ctx } = await start(later({ isNeeded: async () => true }));
    const one = await createOne(ctx, 0);
    await createOne(ctx, 1);
    await makeOld(ctx);
    await expect(ctx.things.change(one.id, countUp, jobCause('test'))).rejects.toThrow('duplicate key');
    expect(await names(ctx)).toContain('old');
  });
});
