// The collections that grow by use in every service, filled beyond their bounds. The list of all bounds: docs/bounds.md.

import { Schema } from 'mongoose';
import { doublingTo, type FailureRule } from '../failure-rule.js';
import { newId } from '../id.js';
import { jobCause } from '../observability/trace.js';
import { startForTest, type TestService } from '../testing/index.js';
import { aService, aThing, countUp, made, type Thing, type ThingsContext } from '../testing/things.js';
import { openDocuments } from './documents.js';
import { openFailures } from './failures.js';
import { historyLength, maxUnpublished } from './writes.js';

let service: TestService<ThingsContext>;
beforeAll(async () => {
  service = await startForTest(aService());
});
afterAll(() => service.stop());

describe('a document that changes often while the bus is away', () => {
  const cause = jobCause('test');
  const openUnpublished = () =>
    openDocuments<Thing>({
      name: `busy${newId()}`,
      database: service.ctx.database,
      schema: new Schema({}),
      relay: { kick: () => undefined, sweep: async () => undefined, drain: async () => undefined },
      now: () => new Date(),
      detail: (_before, { count }) => `count ${count}`,
    });

  test('is refused before an event is lost, and changes again once its events are published', async () => {
    const { model, create, change } = openUnpublished();
    const thing = aThing();
    await create(() => made(thing), cause);
    for (let count = 1; count < maxUnpublished; count += 1) await change(thing.id, countUp, cause);
    await expect(change(thing.id, countUp, cause)).rejects.toThrow('bus is not available');

    const byId = { _id: thing.id as never };
    const stored = await model.collection.findOne(byId);
    expect(stored).toMatchObject({ version: maxUnpublished - 1 });
    expect(stored?.['outbox']).toHaveLength(maxUnpublished);
    expect(stored?.['history']).toHaveLength(historyLength);
    expect(stored?.['history'].at(-1)).toMatchObject({ version: maxUnpublished - 1 });

    await model.collection.updateOne(byId, { $pop: { outbox: -1 } });
    await change(thing.id, countUp, cause);
    expect(await model.collection.findOne(byId)).toMatchObject({ version: maxUnpublished });
  });
});

describe('the failures of one key', () => {
  const rule = { free: 3, delaysSeconds: doublingTo(4), rememberedSeconds: 3_600 };
  const most = rule.free + rule.delaysSeconds.length;

  test.each<[FailureRule['each'], entries: number]>([
    ['subject', most],
    ['failure', most],
  ])('are bounded when fifty more subjects fail, counted by %s', async (each, entries) => {
    let clock = Date.now();
    const now = () => new Date((clock += 4_001));
    const failures = openFailures(service.ctx.database, { collection: 'failures', now });
    const subject = { key: `network ${each}`, rule: { ...rule, rememberedSeconds: 24 * 3_600, each } };
    for (let number = 0; number < most + 50; number += 1)
      expect(await failures.add({ ...subject, of: `account ${number}` })).toMatchObject({ wait: 0 });
    const stored = await failures.model.find().lean();
    const lengths = stored.map(({ failures: list }) => list.length);
    expect(Math.max(...lengths)).toBe(entries);
  });
});

// By collection: the field and the seconds after it.
const retention: Readonly<Record<string, readonly [field: string, seconds: number]>> = {
  deadLetters: ['diedAt', 90 * 24 * 3_600],
  idempotencyKeys: ['expiresAt', 0],
  revokedSessions: ['expiresAt', 3_600],
};

test.each(Object.entries(retention))(
  'MongoDB removes what is old from %s',
  async (name, [field, seconds]) => {
    const indexes = await service.ctx.database.connection.collection(name).indexes();
    expect(indexes).toContainEqual(
      expect.objectContaining({ key: { [field]: 1 }, expireAfterSeconds: seconds }),
    );
  },
);
