// The checker of mails finds each breach, and accepts what SMTP makes unavoidable.

import { findToldBreaches, type Delivery } from './told.js';

const ann = { to: 'ann@example.com', messageId: '<1@x>', about: 'order:completed of o1' };
const bob = { to: 'bob@example.com', messageId: '<2@x>', about: 'order:completed of o1' };
const deliver = ({ to, messageId }: typeof ann, at: number, answeredAt?: number): Delivery => ({
  ...{ to, messageId, at, answeredAt },
});
const breachesIn = (deliveries: readonly Delivery[], deaths: readonly number[] = []) =>
  findToldBreaches([ann, bob], deliveries, deaths, { recordedWithinMs: 1_000, inTransitMs: 10 });

const both = [deliver(ann, 100), deliver(bob, 100)];

test('one mail for each event and recipient is no breach', () => {
  expect(breachesIn(both)).toEqual([]);
});

test('a missing mail breaks the promise "no lost mail"', () => {
  expect(breachesIn([deliver(ann, 100)])).toEqual([
    { promise: 'no lost mail', problem: 'bob@example.com has no mail about order:completed of o1' },
  ]);
});

test.each<[string, number[], number]>([
  ['without a death', [], 1],
  ['and a death before the first one', [89], 1],
  ['and a death while the first one was in transit', [90], 0],
  ['and a death after the second one', [701], 1],
  ['and a death between them', [400], 0],
])('a mail that comes twice, %s', (_when, deaths, count) => {
  const breaches = breachesIn([...both, deliver(ann, 700)], deaths);
  expect(breaches.map(({ promise }) => promise)).toEqual(Array.from({ length: count }, () => 'told once'));
});

test('a death long after the answer is no reason to send a mail again', () => {
  const again = [deliver(ann, 100, 200), deliver(bob, 100), deliver(ann, 9_000)];
  expect(breachesIn(again, [1_200])).toEqual([]);
  expect(breachesIn(again, [1_201])).toMatchObject([{ promise: 'told once' }]);
});

test.each<[string, Delivery]>([
  ['with another Message-ID', { ...deliver(ann, 200), messageId: '<3@x>' }],
  ['to another recipient', { ...deliver(ann, 200), to: bob.to }],
])('a second mail about an event %s breaks the promise "told once"', (_what, second) => {
  const breaches = breachesIn([...both, second], [150]);
  expect(breaches).toMatchObject([{ promise: 'told once', problem: expect.stringContaining('no event') }]);
});
