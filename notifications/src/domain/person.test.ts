import { isWanted, remove, replicate, setUnwanted, type Person } from './person.js';

const id = 'a'.repeat(24);
const now = new Date('2026-11-25T12:00:00Z');
const profile = (version: number, email = `${version}@example.com`) => ({ id, version, email });
const deleted: Person = { id, version: 7, deletedAt: now };
const withPreferences: Person = { id, version: -1, unwanted: ['seller-sold'] };

const stateOf = (decision: { state: Person; outcome: string }) => [decision.outcome, decision.state];

test.each<[what: string, person: Person | undefined, version: number, outcome: string, email: unknown]>([
  ['an unknown person', undefined, 0, 'accepted', '0@example.com'],
  ['an older profile', profile(1), 2, 'accepted', '2@example.com'],
  ['the same profile', profile(2, 'same'), 2, 'already', 'same'],
  ['a newer profile', profile(3, 'newer'), 2, 'already', 'newer'],
  ['preferences without a profile', withPreferences, 0, 'accepted', '0@example.com'],
  ['a deleted person', deleted, 9, 'already', undefined],
])('a profile that arrives after %s', (_what, person, version, outcome, email) => {
  const [seen, state] = stateOf(replicate(person, profile(version)) as never);
  expect([seen, (state as Person).email]).toEqual([outcome, email]);
});

test('a new profile keeps the preferences', () => {
  expect(stateOf(replicate(withPreferences, profile(1)) as never)[1]).toMatchObject({
    unwanted: ['seller-sold'],
  });
});

test('a deleted person leaves a tombstone without personal data', () => {
  const person = { ...profile(3), name: 'Ada', unwanted: ['seller-sold'] } as Person;
  expect(stateOf(remove(person, id, 4, now) as never)).toEqual([
    'accepted',
    { id, version: 4, deletedAt: now },
  ]);
  expect(stateOf(remove(undefined, id, 4, now) as never)[0]).toBe('accepted');
  expect(stateOf(remove(deleted, id, 8, now) as never)).toEqual(['already', deleted]);
});

test('a deleted person gets no preferences', () => {
  expect(stateOf(setUnwanted(deleted, id, ['seller-sold']) as never)).toEqual(['already', deleted]);
});

test('equal preferences change nothing', () => {
  expect(setUnwanted(withPreferences, id, ['seller-sold']).outcome).toBe('already');
  expect(setUnwanted(withPreferences, id, []).outcome).toBe('accepted');
});

test('a mail about money or the account is always wanted', () => {
  const unwanted = ['seller-sold', 'order-paid', 'reset-password'] as never;
  expect(isWanted({ unwanted }, 'seller-sold')).toBe(false);
  expect(isWanted({ unwanted }, 'order-paid')).toBe(true);
  expect(isWanted({ unwanted }, 'reset-password')).toBe(true);
  expect(isWanted({}, 'seller-sold')).toBe(true);
});
