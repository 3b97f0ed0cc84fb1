import { createPurchases } from './purchases.js';
import { stepOf } from './stores.js';

const databases = /^ticketing-(\w+)$/;
const update = (coll: string, updatedFields: Record<string, unknown>) => ({
  ...{ operationType: 'update', ns: { db: 'ticketing-orders', coll }, documentKey: { _id: '1' } },
  updateDescription: { updatedFields },
});
const step = (change: Parameters<typeof stepOf>[0]) => stepOf(change, databases, createPurchases());

test('a change is shown by its names, version and status, and not by its values', () => {
  const email = 'ann@example.com';
  const shown = step(update('orders', { status: 'complete', version: 3, 'buyer.email': email, history: [] }));
  expect(shown).toMatchObject({
    ...{ service: 'orders', collection: 'orders', documentId: '1', what: 'update' },
    ...{ version: 3, status: 'complete', fields: ['status', 'version', 'buyer'], events: [] },
  });
  expect(JSON.stringify(shown)).not.toContain(email);
});

test.each([
  ['whole', { outbox: [{ id: 'a' }, { id: 'b' }] }],
  ['entry by entry', { 'outbox.0': { id: 'a' }, 'outbox.1': { id: 'b' } }],
])('a change names the events that are stored with it: %s', (_how, outbox) => {
  expect(step(update('orders', { status: 'complete', ...outbox }))?.events).toEqual(['a', 'b']);
});

test.each([
  ['the removal of a published event', update('orders', { outbox: [] })],
  ['bookkeeping', update('broker', { seenAt: 'now' })],
  ['another database', { ...update('orders', { a: 1 }), ns: { db: 'other-orders', coll: 'orders' } }],
  ['the end of a collection', { operationType: 'drop' }],
])('is not shown: %s', (_what, change) => {
  expect(step(change)).toBeUndefined();
});
