import { PagedCollection } from './paged-collection.js';

function collectionOf(...ids: string[]): PagedCollection<{ id: string; note?: string }> {
  const collection = new PagedCollection<{ id: string; note?: string }>();
  for (const id of ids) collection.set({ id });
  return collection;
}

describe('a paged collection', () => {
  it.each([
    [2, undefined, ['d', 'c'], true],
    [2, 'c', ['b', 'a'], false],
    [3, 'c', ['b', 'a'], false],
    [4, undefined, ['d', 'c', 'b', 'a'], false],
    [1, 'a', [], false],
  ])('returns %i items after %s, newest first', (limit, after, ids, hasMore) => {
    const page = collectionOf('a', 'b', 'c', 'd').newestFirst(limit, after);
    expect({ ids: page?.data.map(({ id }) => id), hasMore: page?.hasMore }).toEqual({ ids, hasMore });
  });

  it('returns undefined after an unknown item', () => {
    expect(collectionOf('a').newestFirst(1, 'x')).toBeUndefined();
  });

  it('keeps the position of a replaced item', () => {
    const collection = collectionOf('a', 'b');
    collection.set({ id: 'a', note: 'changed' });
    expect(collection.values()).toEqual([{ id: 'a', note: 'changed' }, { id: 'b' }]);
  });
});
