import { Shelf } from './paged-collection.js';

function shelfOf(...ids: string[]): Shelf<{ id: string; note?: string }> {
  const shelf = new Shelf<{ id: string; note?: string }>();
  for (const id of ids) shelf.set({ id });
  return shelf;
}

describe('a shelf', () => {
  it.each([
    [2, undefined, ['d', 'c'], true],
    [2, 'c', ['b', 'a'], false],
    [3, 'c', ['b', 'a'], false],
    [4, undefined, ['d', 'c', 'b', 'a'], false],
    [1, 'a', [], false],
  ])('shows %i after %s, newest first', (limit, after, ids, hasMore) => {
    const page = shelfOf('a', 'b', 'c', 'd').newestFirst(limit, after);
    expect({ ids: page?.data.map(({ id }) => id), hasMore: page?.hasMore }).toEqual({ ids, hasMore });
  });

  it('knows no page after a thing that it does not hold', () => {
    expect(shelfOf('a').newestFirst(1, 'x')).toBeUndefined();
  });

  it('leaves a changed thing in its place', () => {
    const shelf = shelfOf('a', 'b');
    shelf.set({ id: 'a', note: 'changed' });
    expect(shelf.values()).toEqual([{ id: 'a', note: 'changed' }, { id: 'b' }]);
  });
});
