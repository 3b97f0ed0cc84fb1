// The checker of mails finds each breach, and accepts what SMTP makes unavoidable.

import { findToldBreaches, type Delivery } from './told.js';

const ann = { to: 'ann@example.com', messageId: '<1@x>', about: 'order:completed of o1' };
const bob = { to: 'bob@example.com', messageId: '<2@x>', about: 'order:completed of o1' };
const deliver = ({ to, messageId }: typeof ann, at: number): Delivery => ({ to, messageId, at });
const breachesIn = (deliveries: readonly Delivery[], faults: readonly number[] = []) =>
  findToldBreaches([ann, bob], deliveries, faults, { inDoubtMs: 1_000 });

const both = [deliver(ann, 100), deliver(bob, 100)];

test('one mail for each event and recipient is no breach', () => {
  expect(breachesIn(both)).toEqual([]);
});

test('a missing mail breaks told all', () => {
  expect(breachesIn([deliver(ann, 100)])).toEqual([
    { promise: 'told all', problem: 'bob@example.com has no mail about order:completed of o1' },
  ]);
});

test.each<[string, number[], number]>([
  ['without a fault', [], 1],
  ['and a fault before the first one', [99], 1],
  ['and a fault after the second one', [701], 1],
  ['and a fault between them', [400], 0],
])('a mail that comes twice, %s', (_when, faults, count) => {
  const breaches = breachesIn([...both, deliver(ann, 700)], faults);
  expect(breaches.map(({ promise }) => promise)).toEqual(Array.from({ length: count }, () => 'told once'));
});

test('a mail that comes again long after it was accepted breaks told once, although a fault lies between', () => {
  expect(breachesIn([...both, deliver(ann, 9_000)], [5_000])).toMatchObject([{ promise: 'told once' }]);
});

test.each<[string, Delivery]>([
  ['with another Message-ID', { ...deliver(ann, 200), messageId: '<3@x>' }],
  ['to another recipient', { ...deliver(ann, 200), to: bob.to }],
])('a second mail about an event %s breaks told once', (_what, second) => {
  const breaches = breachesIn([...both, second], [150]);
  expect(breaches).toMatchObject([{ promise: 'told once', problem: expect.stringContaining('no event') }]);
});
