import { fold, keysOf, planOf, positionOf, wordsIn, type Search } from './search.js';
import type { Ticket } from './ticket.js';

const seller = 'a'.repeat(24);
const ticket: Ticket = {
  id: '0'.repeat(24),
  title: 'Row 3, Seat 7',
  priceInMinorUnits: 1_999,
  currency: 'usd',
  userId: seller,
  status: 'available',
  holds: {},
  version: 0,
};
const event = {
  name: 'Beyoncé live',
  venue: 'Stade de  France',
  startsAt: new Date('2027-05-22T18:00:00Z'),
  timeZone: 'Europe/Paris',
};
const search = (more: Partial<Search> = {}): Search => ({ words: [], sort: 'newest', ...more });

describe('words', () => {
  test.each([
    ['CAFÉ', 'cafe'],
    ['Ångström', 'angstrom'],
    ['Große Straße', 'grosse strasse'],
    ['İstanbul', 'istanbul'],
    ['  a \t b ', 'a b'],
    ['ΟΔΟΣ', fold('οδος')],
    ['ﬁnal', 'final'],
    ['Łódź', 'lodz'],
    ['Tromsø', 'TROMSO'],
    ['Đà Nẵng', 'da nang'],
    ['Ægir, Þingvellir', 'aegir, thingvellir'],
    ['Żurrieq Ħamrun', 'zurrieq hamrun'],
    ['ドーム', 'ﾄﾞｰﾑ'],
  ])('%s and %s fold to the same text', (one, other) => expect(fold(one)).toBe(fold(other)));

  test.each<[text: string, words: string[]]>([
    ['Rock 🎸🎸 & 🎭!', ['rock', '🎸', '🎭']],
    ['❤️ Love ❤', ['❤', 'love']],
    ['🇩🇪:🇫🇷', ['🇩🇪', '🇫🇷']],
    ['👩‍🎤 👋🏽', ['👩', '🎤', '👋']],
    ['© 2027', ['©', '2027']],
  ])('of %s include its emoji', (text, words) => expect(wordsIn(text)).toEqual(words));

  test('of Thai are pairs of letters', () => {
    const title = wordsIn('คอนเสิร์ตกรุงเทพ');
    expect(wordsIn('กรุงเทพ').filter((word) => !title.includes(word))).toEqual([]);
    expect(wordsIn('เชียงใหม่').filter((word) => title.includes(word))).toEqual([]);
  });

  test('are the distinct runs of letters and digits', () => {
    expect(wordsIn('Row 3 – row no. 3 (東京)')).toEqual(['row', '3', 'no', '東京']);
    expect(wordsIn(' !? ')).toEqual([]);
  });

  test('of Chinese and Japanese are pairs of characters, so that a part of a text is found', () => {
    const title = wordsIn('東京ドーム公演、2日目');
    expect(title).toEqual(['東京', '京ト', 'トー', 'ーム', 'ム公', '公演', '2', '日目']);
    for (const part of ['東京', '東京ドーム', '公演', 'ドーム 東京'])
      expect({ part, missing: wordsIn(part).filter((word) => !title.includes(word)) }).toEqual({
        part,
        missing: [],
      });
    expect(wordsIn('京都').filter((word) => title.includes(word))).toEqual([]);
    expect(wordsIn('X東京 東')).toEqual(['x', '東京', '東']);
  });
});

describe('the search keys of a ticket', () => {
  test('contain the words of the ticket and its event, the venue and the seller', () => {
    expect(keysOf({ ...ticket, event }).tags).toEqual(
      expect.arrayContaining([
        'row',
        'seat',
        '7',
        'beyonce',
        'france',
        'venue:stade de france',
        `seller:${seller}`,
      ]),
    );
  });

  test('are those of their format: whoever changes them raises `keysFormat`', () => {
    expect(keysOf({ ...ticket, event })).toEqual({
      tags: [
        '*',
        `seller:${seller}`,
        'venue:stade de france',
        ...['row', '3', 'seat', '7', 'beyonce', 'live', 'stade', 'de', 'france'],
      ],
      price: `000001999/${ticket.id}`,
      starts: `2027-05-22T18:00:00.000Z/${ticket.id}`,
      format: 1,
    });
  });

  test('contain at most the first fifty words', () => {
    const title = Array.from({ length: 99 }, (_, index) => index).join(' ');
    expect(keysOf({ ...ticket, title, event }).tags).toHaveLength(53);
  });

  test('sort by price and by time, then by id; a ticket without a time sorts last', () => {
    const dear = keysOf({ ...ticket, priceInMinorUnits: 10_000, event });
    expect(keysOf(ticket).price < dear.price).toBe(true);
    expect(dear.starts < keysOf(ticket).starts).toBe(true);
    expect(positionOf(ticket, 'keys.price')).toBe(`000001999/${ticket.id}`);
  });
});

describe('a search', () => {
  test('without filters reads the tickets for sale, newest first', () => {
    expect(planOf(search())).toEqual({
      ownerId: undefined,
      tags: [],
      order: '_id',
      descending: true,
      ranges: {},
    });
  });

  test('by seller shows the seller also the tickets that are not for sale', () => {
    expect(planOf(search({ seller }), seller)).toMatchObject({ ownerId: seller, tags: [] });
    expect(planOf(search({ seller }), 'b'.repeat(24))).toMatchObject({
      ownerId: undefined,
      tags: [`seller:${seller}`],
    });
    expect(planOf(search({ seller }))).toMatchObject({ ownerId: undefined, tags: [`seller:${seller}`] });
    expect(planOf(search(), seller).ownerId).toBeUndefined();
  });

  test('of everything by price reads the tag that all tickets have', () => {
    expect(planOf(search({ sort: 'price' }))).toMatchObject({ tags: ['*'], order: 'keys.price' });
  });

  test('in one currency keeps its tags and its order, so that the currency filters what the index finds', () => {
    const { currency, ...plan } = planOf(search({ sort: 'price', currency: 'jpy' }));
    expect([currency, plan]).toEqual(['jpy', planOf(search({ sort: 'price' }))]);
  });

  test('by price includes both bounds', () => {
    const { ranges } = planOf(search({ lowestPrice: 1_999, highestPrice: 1_999 }));
    const { from = '', below = '' } = ranges['keys.price'] ?? {};
    const isInRange = (priceInMinorUnits: number) => {
      const { price } = keysOf({ ...ticket, priceInMinorUnits });
      return from <= price && price < below;
    };
    expect([1_998, 1_999, 2_000].map(isInRange)).toEqual([false, true, false]);
  });

  test('by time includes both bounds, and excludes tickets without a time', () => {
    const at = (startsAt?: Date) =>
      keysOf({ ...ticket, ...(startsAt && { event: { ...event, startsAt } }) }).starts;
    const matches = (range: Partial<Search>) => {
      const { from = '', below = '' } = planOf(search(range)).ranges['keys.starts'] ?? {};
      const { startsAt } = event;
      const around = [
        new Date(startsAt.getTime() - 1),
        startsAt,
        new Date(startsAt.getTime() + 1),
        undefined,
      ];
      return around.map((time) => from <= at(time) && at(time) < below);
    };
    expect(matches({ from: event.startsAt })).toEqual([false, true, true, false]);
    expect(matches({ to: event.startsAt })).toEqual([true, true, false, false]);
    expect(matches({ from: event.startsAt, to: event.startsAt })).toEqual([false, true, false, false]);
  });
});
