import { createRequestSlots, type Holder, type RequestSlots } from './request-slots.js';

const venue = { network: '10.0.0.1' };
const home = { network: '10.0.0.2' };

/** Takes slots until the first refusal. */
function takeAll(slots: RequestSlots, holder: Holder | (() => Holder)): number {
  for (let taken = 0; ; taken += 1)
    if (!slots.take(typeof holder === 'function' ? holder() : holder)) return taken;
}

describe('slots', () => {
  test('are taken by a lone network up to three quarters, and by a lone user up to a fifth', () => {
    expect(
      takeAll(
        createRequestSlots(() => 1_000),
        venue,
      ),
    ).toBe(750);
    expect(
      takeAll(
        createRequestSlots(() => 1_000),
        { ...venue, user: 'ann' },
      ),
    ).toBe(200);
  });

  test('remain for newcomers, however many a network has taken', () => {
    const slots = createRequestSlots(() => 64);
    expect(takeAll(slots, venue)).toBe(48);
    expect(takeAll(slots, home)).toBe(12);
    expect(takeAll(slots, { network: '10.0.0.3' })).toBe(4);
  });

  test('remain for others in the network of a greedy user', () => {
    const slots = createRequestSlots(() => 64);
    expect(takeAll(slots, { ...venue, user: 'ann' })).toBe(13);
    let guest = 0;
    expect(takeAll(slots, () => ({ ...venue, user: `guest ${(guest += 1)}` }))).toBe(35);
    expect(slots.take({ ...home, user: 'bob' })).toBe(true);
  });

  test('are never more than the limit, which may change', () => {
    let limit = 10;
    const slots = createRequestSlots(() => limit);
    let network = 0;
    const anyNetwork = () => ({ network: `10.0.0.${(network += 1)}` });
    expect(takeAll(slots, anyNetwork)).toBe(10);
    limit = 5;
    expect(takeAll(slots, anyNetwork)).toBe(0);
    limit = 12;
    expect([takeAll(slots, anyNetwork), slots.taken()]).toEqual([2, 12]);
  });

  test('remain for newcomers after the limit has shrunk below what one network holds', () => {
    let limit = 1_000;
    const slots = createRequestSlots(() => limit);
    expect(takeAll(slots, venue)).toBe(750);
    limit = 64;
    expect(slots.take(venue)).toBe(false);
    expect(takeAll(slots, home)).toBe(12);
    expect(takeAll(slots, { network: '10.0.0.3' })).toBe(4);
    expect(slots.take({ network: '10.0.0.4' })).toBe(false);
  });

  test('can be used again after they were given back', () => {
    const slots = createRequestSlots(() => 8);
    const ann = { ...venue, user: 'ann' };
    for (let round = 0; round < 100; round += 1) {
      expect(takeAll(slots, ann)).toBe(4);
      for (let slot = 0; slot < 4; slot += 1) slots.giveBack(ann);
    }
    expect(slots.taken()).toBe(0);
  });

  test('taken without a user count for the user from the moment it is known', () => {
    const slots = createRequestSlots(() => 8);
    const assigned = [1, 2, 3, 4, 5].map(() => slots.take(venue) && slots.assign('ann'));
    expect(assigned).toEqual([true, true, true, true, false]);
    expect(slots.take({ ...home, user: 'ann' })).toBe(false);
    slots.giveBack({ ...venue, user: 'ann' });
    expect(slots.take({ ...home, user: 'ann' })).toBe(true);
  });
});
