import { z } from 'zod';
import { newId } from '../id.js';
import { nextPage, pageQuery } from './paging.js';

const Query = z.strictObject(pageQuery);
const pageOf = (count: number) => Array.from({ length: count }, () => ({ id: newId() }));

/** The query of the next page. */
function follow(headers: Record<string, string>): URLSearchParams {
  const [, target = ''] = /^<(.+)>; rel="next"$/.exec(headers['Link'] ?? '') ?? [];
  return new URL(target, 'http://x').searchParams;
}

describe('a page', () => {
  test('has 50 entities by default and 100 at most', () => {
    expect(Query.parse({})).toEqual({ limit: 50 });
    expect([Query.parse({ limit: '1' }).limit, Query.parse({ limit: '100' }).limit]).toEqual([1, 100]);
  });

  test.each(['0', '-1', '101', '1.5', 'x', '', '1e9'])('with the limit %j is refused', (limit) => {
    expect(Query.safeParse({ limit }).success).toBe(false);
  });

  test.each(['', 'x', '!!', newId(), Buffer.from('{"$gt":""}').toString('base64url')])(
    'with the cursor %j is refused',
    (cursor) => {
      expect(Query.safeParse({ cursor }).success).toBe(false);
    },
  );

  test('that is full links to the page after its last entity', () => {
    const page = pageOf(3);
    const next = Query.parse(Object.fromEntries(follow(nextPage('/api/things', {}, page, 3))));
    expect(next).toEqual({ limit: 3, cursor: page[2]?.id });
  });

  test('that is not full is the last', () => {
    expect(nextPage('/api/things', {}, pageOf(2), 3)).toEqual({});
    expect(nextPage('/api/things', {}, [], 3)).toEqual({});
  });

  test('keeps the other query parameters in its link', () => {
    const asked = { status: 'a b&c', page: 7, nothing: undefined };
    const next = follow(nextPage('/api/things', asked, pageOf(1), 1));
    expect([next.get('status'), next.get('page'), next.has('nothing')]).toEqual(['a b&c', '7', false]);
  });
});
