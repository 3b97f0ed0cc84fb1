import { Schema } from 'mongoose';
import { startForTest, type TestService } from '../testing/index.js';
import { aService, type Thing, type ThingsContext } from '../testing/things.js';
import { openDocuments } from './documents.js';

let service: TestService<ThingsContext>;
beforeAll(async () => {
  service = await startForTest(aService());
});
afterAll(() => service.stop());

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
