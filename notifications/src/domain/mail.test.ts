import { afterAnswer, isTooOld, reasonNotToSend, type Answer, type Due } from './mail.js';

const now = new Date('2026-11-25T12:00:00Z');
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
const person = { id: 'a'.repeat(24), version: 0, email: 'ada@example.com' };
const day = 24 * 60;

const aMail = (more: object = {}) =>
  ({ kind: 'seller-sold', data: {}, at: minutesAgo(1), tries: 0, ...more }) as unknown as Due;
const aLink = (expiresAt: Date, more: object = {}) =>
  aMail({ kind: 'reset-password', data: { email: 'new@example.com', expiresAt }, ...more });

test.each([
  ['a fresh mail', aMail(), person, undefined],
  ['a mail that its person has turned off', aMail(), { ...person, unwanted: ['seller-sold'] }, 'unwanted'],
  ['a link in its time', aLink(minutesAgo(-1)), person, undefined],
  ['a link to somebody whose profile has not arrived', aLink(minutesAgo(-1)), undefined, undefined],
  ['a link whose time is over', aLink(now), person, 'outdated'],
  ['a mail of yesterday', aMail({ at: minutesAgo(day) }), person, 'dead'],
  ['a mail to an address that is not known yet', aMail(), undefined, 'due'],
  ['a mail of yesterday to nobody', aMail({ at: minutesAgo(day) }), undefined, 'dead'],
] as const)('%s', (_what, mail, to, expected) => {
  expect(reasonNotToSend(mail, to as never, now)?.status).toBe(expected);
});

const answers: [answer: Answer, expected: object][] = [
  [{ outcome: 'accepted' }, { status: 'sent' }],
  [
    { outcome: 'refused', problem: '550' },
    { status: 'refused', problem: '550' },
  ],
  [
    { outcome: 'later', problem: '451' },
    { status: 'due', tries: 1, problem: '451' },
  ],
  [
    { outcome: 'away', problem: 'ECONNREFUSED' },
    { status: 'due', tries: 0, problem: 'ECONNREFUSED' },
  ],
];
test.each(answers)('after the answer %j', (answer, expected) => {
  expect(afterAnswer(aMail(), answer, now)).toMatchObject(expected);
});

test('a mail that is refused for now waits longer after each try, at most 15 minutes', () => {
  const waits = [0, 1, 2, 9, 10, 50].map((tries) => {
    const next = afterAnswer(aMail({ tries }), { outcome: 'later', problem: '451' }, now);
    return 'nextTryAt' in next ? (next.nextTryAt.getTime() - now.getTime()) / 1_000 : undefined;
  });
  expect(waits).toEqual([1, 2, 4, 512, 900, 900]);
});

test('an event of yesterday makes no mail', () => {
  expect([isTooOld(minutesAgo(day - 1), now), isTooOld(minutesAgo(day), now)]).toEqual([false, true]);
});
