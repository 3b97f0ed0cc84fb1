import { differences, merge, offerFrom, offerOf, type Entered, type Offer } from './offer.js';

const event = {
  name: 'Cup final',
  venue: 'Olympiastadion',
  startsAt: '2050-05-22T18:00:30.000Z',
  timeZone: 'Europe/Berlin',
};
const offer: Offer = { title: 'Row 3', price: '19.90', currency: 'eur', quantity: 2, event };
const entered: Entered = {
  ...{ title: 'Row 3', price: '19,90', currency: 'eur', quantity: '2', hasEvent: true },
  ...{ name: event.name, venue: event.venue, localTime: '2050-05-22T20:00', timeZone: event.timeZone },
};

test('an entered offer has its price with a point and its start in the time zone of the venue', () => {
  expect(offerFrom(entered)).toEqual({
    ...offer,
    event: { ...event, startsAt: '2050-05-22T18:00:00.000Z' },
  });
});

test('a start that the seller has not touched keeps its seconds', () => {
  expect(offerFrom(entered, offer)).toEqual(offer);
  const moved = offerFrom({ ...entered, localTime: '2050-05-22T20:01' }, offer);
  expect(moved.event?.startsAt).toBe('2050-05-22T18:01:00.000Z');
  const elsewhere = offerFrom({ ...entered, timeZone: 'Europe/London' }, offer);
  expect(elsewhere.event?.startsAt).toBe('2050-05-22T19:00:00.000Z');
});

test('an offer without an event has none', () => {
  expect(offerFrom({ ...entered, hasEvent: false }, offer)).toEqual(offerOf({ ...offer, event: undefined }));
});

test.each<[what: string, other: Offer, expected: readonly string[]]>([
  ['none', { ...offer }, []],
  ['none, if a price has other decimals', { ...offer, price: '19.9' }, []],
  ['title and quantity', { ...offer, title: 'Row 4', quantity: 3 }, ['title', 'quantity']],
  ['price and currency', { ...offer, price: '20', currency: 'usd' }, ['price', 'currency']],
  [
    'the event, if it starts later',
    { ...offer, event: { ...event, startsAt: '2050-05-22T19:00:00Z' } },
    ['event'],
  ],
  ['the event, if it is removed', { ...offer, event: undefined }, ['event']],
])('two offers differ in %s', (_what, other, expected) => {
  expect(differences(offer, other)).toEqual(expected);
  expect(differences(other, offer)).toEqual(expected);
});

describe('an offer over a change from elsewhere', () => {
  const theirs: Offer = { ...offer, price: '25.00', quantity: 9, event: undefined };

  test('keeps what the seller entered and takes the rest from the change', () => {
    const mine = { ...offer, title: 'Row 4', price: '22.00' };
    expect(merge({ seen: offer, theirs, mine })).toEqual({
      ...{ title: 'Row 4', price: '22.00', currency: 'eur', quantity: 9 },
    });
  });

  test('is the change if the seller entered nothing, and what they entered if nothing has changed', () => {
    expect(merge({ seen: offer, theirs, mine: offer })).toEqual(offerOf(theirs));
    const mine = { ...offer, event: { ...event, venue: 'Wembley' } };
    expect(merge({ seen: offer, theirs: offer, mine })).toEqual(mine);
  });
});
