import { createPlaces, type Holder, type Places } from './places.js';

const venue = { network: '10.0.0.1' };
const home = { network: '10.0.0.2' };

/** Takes places until the first refusal. */
function takeAll(places: Places, holder: Holder | (() => Holder)): number {
  for (let taken = 0; ; taken += 1)
    if (!places.take(typeof holder === 'function' ? holder() : holder)) return taken;
}

describe('places', () => {
  test('are taken by a lone network up to three quarters, and by a lone user up to a fifth', () => {
    expect(
      takeAll(
        createPlaces(() => 1_000),
        venue,
      ),
    ).toBe(750);
    expect(
      takeAll(
        createPlaces(() => 1_000),
        { ...venue, user: 'ann' },
      ),
    ).toBe(200);
  });

  test('remain for newcomers, however many a network has taken', () => {
    const places = createPlaces(() => 64);
    expect(takeAll(places, venue)).toBe(48);
    expect(takeAll(places, home)).toBe(12);
    expect(takeAll(places, { network: '10.0.0.3' })).toBe(4);
  });

  test('remain for others in the network of a greedy user', () => {
    const places = createPlaces(() => 64);
    expect(takeAll(places, { ...venue, user: 'ann' })).toBe(13);
    let guest = 0;
    expect(takeAll(places, () => ({ ...venue, user: `guest ${(guest += 1)}` }))).toBe(35);
    expect(places.take({ ...home, user: 'bob' })).toBe(true);
  });

  test('are never more than the limit, which may change', () => {
    let limit = 10;
    const places = createPlaces(() => limit);
    let network = 0;
    const anyNetwork = () => ({ network: `10.0.0.${(network += 1)}` });
    expect(takeAll(places, anyNetwork)).toBe(10);
    limit = 5;
    expect(takeAll(places, anyNetwork)).toBe(0);
    limit = 12;
    expect([takeAll(places, anyNetwork), places.taken()]).toEqual([2, 12]);
  });

  test('remain for newcomers after the limit has shrunk below what one network holds', () => {
    let limit = 1_000;
    const places = createPlaces(() => limit);
    expect(takeAll(places, venue)).toBe(750);
    limit = 64;
    expect(places.take(venue)).toBe(false);
    expect(takeAll(places, home)).toBe(12);
    expect(takeAll(places, { network: '10.0.0.3' })).toBe(4);
    expect(places.take({ network: '10.0.0.4' })).toBe(false);
  });

  test('can be used again after they were given back', () => {
    const places = createPlaces(() => 8);
    const ann = { ...venue, user: 'ann' };
    for (let round = 0; round < 100; round += 1) {
      expect(takeAll(places, ann)).toBe(4);
      for (let place = 0; place < 4; place += 1) places.giveBack(ann);
    }
    expect(places.taken()).toBe(0);
  });

  test('taken without a user count for the user from the moment it is known', () => {
    const places = createPlaces(() => 8);
    const assigned = [1, 2, 3, 4, 5].map(() => places.take(venue) && places.assign('ann'));
    expect(assigned).toEqual([true, true, true, true, false]);
    expect(places.take({ ...home, user: 'ann' })).toBe(false);
    places.giveBack({ ...venue, user: 'ann' });
    expect(places.take({ ...home, user: 'ann' })).toBe(true);
  });
});
