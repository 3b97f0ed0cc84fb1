// Searches among many tickets. The profiler of the database shows the work of each search.

import { newId } from '@ticketing/common/id';
import {
  eventually,
  startForTest,
  type TestService,
  type TestUser,
  startProfile,
} from '@ticketing/common/testing';
import fc from 'fast-check';
import type { TicketsContext } from '../store.js';
import { keysOf, planOf, sorts, type Search, type Sort } from '../domain/search.js';
import { service as ticketsService } from '../service.js';
import { bigSeller, hour, manyTickets, opening, smallSeller, wanted } from '../testing/many-tickets.js';

/** Four times what one page may examine. */
const many = 4_000;
const maxExamined = 1_000;
const aLongTime = 600_000;
/** A failure prints the seed. Set it here to repeat the same tickets and searches. */
const seed = Date.now();
const all = manyTickets(many, seed);
const expected = (search: Search, viewerId?: string) => wanted(all, search, viewerId);

let service: TestService<TicketsContext>;

beforeAll(async () => {
  // The jobs of tickets read what the profiler counts.
  service = await startForTest({ ...ticketsService, jobs: () => [] }, { MONGO_TIMEOUT_MS: '30000' });
  const outbox = { outbox: [], history: [], changedAt: new Date() };
  const documents = all.map(({ id, ...rest }) => ({
    _id: id as never,
    ...rest,
    keys: keysOf({ id, ...rest }),
    ...outbox,
  }));
  // Small batches stay within the timeout of a database call.
  for (let start = 0; start < many; start += 1_000)
    await service.ctx.tickets.model.collection.insertMany(documents.slice(start, start + 1_000), {
      ignoreUndefined: true,
    });
}, aLongTime);
afterAll(() => service.stop());

/** The results of a search over all pages, and the number of pages. */
async function found(search: Search, viewerId?: string, limit = maxExamined) {
  const ids: string[] = [];
  let pages = 0;
  for (let after: string | undefined; ;) {
    const page = await service.ctx.tickets.search({ plan: planOf(search, viewerId), after, limit });
    ids.push(...page.tickets.map(({ id }) => id));
    pages += 1;
    after = page.next;
    if (after === undefined) return { ids, pages };
  }
}

const filters: { [F in Exclude<keyof Search, 'sort'>]: fc.Arbitrary<NonNullable<Search[F]>> } = {
  words: fc.constantFrom(
    ['ticket'],
    ['final'],
    ['block7'],
    ['beyonce', 'row'],
    ['nothing'],
    ['ticket', 'arena', 'block8'],
  ),
  lowestPrice: fc.constantFrom(0, 1_999, 7_000),
  highestPrice: fc.constantFrom(600, 1_999, 999_999),
  venue: fc.constantFrom('arena', 'arena', 'cafe zurich', 'grosse halle', 'nowhere'),
  from: fc.constantFrom(new Date(opening), new Date(opening + 500 * hour), new Date(opening + 990 * hour)),
  to: fc.constantFrom(new Date(opening + 10 * hour), new Date(opening + 990 * hour)),
  seller: fc.constantFrom(bigSeller.id, smallSeller.id, newId()),
  currency: fc.constantFrom('usd', 'eur', 'jpy', 'kwd'),
};
const names = Object.keys(filters) as (keyof typeof filters)[];
const subsets = Array.from({ length: 2 ** names.length }, (_, bits) =>
  names.filter((_name, at) => bits & (1 << at)),
);
const searchOf = (subset: readonly (keyof typeof filters)[], sort: Sort) =>
  fc.record({
    words: fc.constant([]),
    sort: fc.constant(sort),
    ...Object.fromEntries(subset.map((name) => [name, filters[name]])),
  }) as fc.Arbitrary<Search>;

type Profile = Readonly<{
  planSummary?: string;
  hasSortStage?: boolean;
  docsExamined?: number;
  keysExamined?: number;
}>;

/** The profiled queries of tickets during `work`. */
async function profiled(work: () => Promise<void>): Promise<Profile[]> {
  const { db } = service.ctx.tickets.model.db;
  if (!db) throw new Error('not connected');
  const searches = { ns: `${db.databaseName}.tickets`, op: 'query', 'command.sort': { $exists: true } };
  const end = await startProfile(db, searches, 200_000_000);
  await work();
  return end();
}

describe('every combination of filters in every order', () => {
  test.each(sorts)(
    'sorted by %s finds each match once, in order, and examines at most 1,000 tickets per page',
    async (sort) => {
      let pages = 0;
      const done = await profiled(async () => {
        for (const subset of subsets) {
          const [search] = fc.sample(searchOf(subset, sort), { numRuns: 1, seed });
          if (!search) throw new Error('no search');
          for (const viewerId of search.seller === undefined ? [undefined] : [undefined, search.seller]) {
            const result = await found(search, viewerId);
            pages += result.pages;
            const right = expected(search, viewerId);
            expect({ seed, search, viewerId, found: result.ids.length }).toMatchObject({
              found: right.length,
            });
            expect(result.ids.join(' ')).toBe(right.join(' '));
          }
        }
      });
      expect(done.length).toBeGreaterThanOrEqual(pages);
      expect(
        done.filter(
          ({ planSummary = '', hasSortStage }) => !planSummary.startsWith('IXSCAN') || hasSortStage,
        ),
      ).toEqual([]);
      expect(Math.max(...done.map(({ docsExamined = 0 }) => docsExamined))).toBeLessThanOrEqual(maxExamined);
      expect(Math.max(...done.map(({ keysExamined = 0 }) => keysExamined))).toBeLessThanOrEqual(
        maxExamined + 1,
      );
      const docs = done.reduce((sum, { docsExamined = 0 }) => sum + docsExamined, 0);
      expect(docs).toBeLessThanOrEqual(pages * maxExamined);
    },
    aLongTime,
  );
});

describe('a search that one index answers', () => {
  const searches: [what: string, search: Search][] = [
    ['a word', { words: ['ticket'], sort: 'newest' }],
    ['a word, the cheapest first', { words: ['ticket'], sort: 'price' }],
    ['a word and a price, the dearest first', { words: ['final'], highestPrice: 5_000, sort: '-price' }],
    ['a venue', { words: [], venue: 'arena', sort: 'newest' }],
    [
      'a venue and a time',
      { words: [], venue: 'arena', from: new Date(opening + 100 * hour), sort: 'startsAt' },
    ],
    ['a price, the cheapest first', { words: [], lowestPrice: 1_999, sort: 'price' }],
    ['a time', { words: [], from: new Date(opening + 100 * hour), sort: 'startsAt' }],
    ['a seller', { words: [], seller: bigSeller.id, sort: 'newest' }],
    ['nothing', { words: [], sort: 'newest' }],
    ['nothing, the cheapest first', { words: [], sort: 'price' }],
  ];
  test.each(searches)('reads only the page: %s', async (_what, search) => {
    const done = await profiled(async () => {
      await service.ctx.tickets.search({ plan: planOf(search), limit: 50 });
      await service.ctx.tickets.search({ plan: planOf(search, search.seller), limit: 50 });
    });
    expect(done).toMatchObject([{ docsExamined: 50 }, { docsExamined: 50 }]);
  });

  test('examines more if the database alone plans several words by price (the control of the tests above)', async () => {
    const done = await profiled(async () => {
      const filter = { status: 'available', 'keys.tags': { $all: ['final', 'block7', 'nothing'] } };
      await service.ctx.tickets.model.collection
        .find(filter)
        .sort({ 'keys.price': 1 })
        .hint({ status: 1, 'keys.tags': 1, 'keys.price': 1 })
        .toArray();
    });
    expect(done[0]?.docsExamined).toBeGreaterThan(maxExamined);
  });
});

describe('GET /api/tickets', () => {
  const get = (query: string, user?: TestUser) => {
    const request = service.request.get(`/api/tickets${query}`);
    return user ? request.set('Cookie', user.cookie) : request;
  };
  const nextOf = (headers: Record<string, string>) =>
    /^<\/api\/tickets(.+)>; rel="next"$/.exec(headers['link'] ?? '')?.[1];

  async function follow(query: string, user?: TestUser): Promise<string[]> {
    const ids: string[] = [];
    for (let next: string | undefined = query; next !== undefined;) {
      const page: { body: { id: string }[]; headers: Record<string, string> } = await get(next, user).expect(
        200,
      );
      ids.push(...page.body.map(({ id }) => id));
      next = nextOf(page.headers);
    }
    return ids;
  }

  test.each<[query: string, search: Partial<Search>]>([
    ['?q=Beyonc%C3%A9+BLOCK7&sort=price', { words: ['beyonce', 'block7'], sort: 'price' }],
    ['?venue=CAFE+zurich&sort=-price&limit=7', { venue: 'cafe zurich', sort: '-price' }],
    [
      '?venue=Grosse+Halle&from=2027-01-10T00:00:00Z&sort=startsAt',
      { venue: 'grosse halle', from: new Date('2027-01-10'), sort: 'startsAt' },
    ],
    ['?minPrice=78.00&maxPrice=79.99&limit=100', { lowestPrice: 7_800, highestPrice: 7_999 }],
    [
      `?seller=${smallSeller.id}&to=2027-01-20T00:00:00.000Z&limit=100`,
      { seller: smallSeller.id, to: new Date('2027-01-20') },
    ],
    ['?q=nothing', { words: ['nothing'] }],
  ])('finds all matches of %s by following the Link headers', async (query, more) => {
    expect(await follow(query)).toEqual(expected({ words: [], sort: 'newest', ...more }));
  });

  test('shows unavailable tickets only to their seller', async () => {
    const search = { words: [], seller: smallSeller.id, sort: 'newest' } as const;
    const own = expected(search, smallSeller.id);
    const others = expected(search);
    expect(own.length).toBeGreaterThan(others.length);
    const query = `?seller=${smallSeller.id}&limit=100`;
    expect(await follow(query, smallSeller)).toEqual(own);
    expect(await follow(query, bigSeller)).toEqual(others);
    expect(await follow(query)).toEqual(others);
  });

  test.each([
    ['?q=', 'q'],
    ['?q=%21%3F', 'q'],
    ['?q=a+b+c+d+e+f+g+h+i', 'q'],
    ['?q=a&q=b', 'q'],
    ['?minPrice=-1', 'minPrice'],
    ['?minPrice=1.999', 'minPrice'],
    ['?maxPrice=1e3', 'maxPrice'],
    ['?minPrice=20&maxPrice=19.99', 'minPrice'],
    ['?from=2027-02-30T00:00:00Z', 'from'],
    ['?to=tomorrow', 'to'],
    ['?from=2027-02-02T00:00:00Z&to=2027-02-01T00:00:00Z', 'from'],
    ['?venue=', 'venue'],
    ['?venue=a&venue=b', 'venue'],
    ['?seller=me', 'seller'],
    ['?sort=-newest', 'sort'],
    ['?sort[$gt]=', 'sort[$gt]'],
    ['?price=5', 'price'],
    ['?__proto__=5', '__proto__'],
  ])('refuses %s and names %s', async (query, field) => {
    const { body } = await get(query).expect(400);
    const message = expect.stringMatching(/^The [\w.[\]$ ]+ (must|is|has) .*[^.]\.$/);
    expect(body.errors).toEqual([{ code: 'invalid-input', field, message }]);
  });

  test('refuses an invalid cursor and one of another search', async () => {
    const { headers } = await get('?q=ticket&sort=price&limit=1').expect(200);
    const cursor = new URLSearchParams(nextOf(headers)).get('cursor');
    await get(`?q=TICKET&sort=price&limit=2&cursor=${cursor}`).expect(200);
    const others = [
      '?sort=price',
      '?q=ticket',
      '?q=ticket&sort=-price',
      '?q=ticket&sort=price&minPrice=1',
      '?q=row&sort=price',
    ];
    for (const other of others) await get(`${other}&cursor=${cursor}`).expect(400);
    for (const bad of ['', 'x', '%00', newId(), 'a'.repeat(201), `${cursor}${cursor}`])
      await get(`?q=ticket&sort=price&cursor=${bad}`).expect(400);
  });
});

describe('tickets of an older version of the service', () => {
  test('can be found after a restart of the service', async () => {
    const [ticket] = all;
    if (!ticket) throw new Error('no ticket');
    await service.ctx.tickets.model.updateOne({ _id: ticket.id }, { $unset: { keys: '' } });
    const search: Search = { words: ['ticket'], seller: ticket.userId, sort: 'newest' };
    const isFound = async () => (await found(search, ticket.userId)).ids.includes(ticket.id);
    expect(await isFound()).toBe(false);
    const again = await startForTest(ticketsService, { NAMESPACE: service.env['NAMESPACE'] });
    await eventually(async () => expect(await isFound()).toBe(true), 30_000);
    await again.stop();
  });
});
